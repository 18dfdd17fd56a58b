"""Where configuration comes from: the program's own process, or the one that runs the dynamic providers."""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

from pulumi.dynamic import ConfigureRequest
from pulumi.runtime import config as pulumi_config

from settings.keys import EXTERNAL_PASSWORD, EXTERNAL_TOKEN, KEYS, PLATFORM_STACK
from settings.project import PROJECT
from settings.reading import parse_settings
from settings.stack import Settings

_NAMESPACE = f"{PROJECT}:"
Platform = Callable[[str], Mapping[str, str]]


def settings_of_program(platform: Platform = lambda _stack: {}) -> Settings:
    """Read the running program's configuration. `platform` gives what the stack of that name says of its platform.

    Raises SettingsError. pulumi.Config answers for a key that is named, and an unknown key has no name to ask for: so the whole mapping
    is read, from where pulumi.Config looks.
    """
    values = {**pulumi_config.get_config_env(), **pulumi_config.CONFIG.get()}
    given = {key.removeprefix(_NAMESPACE): str(value) for key, value in values.items() if key.startswith(_NAMESPACE)}
    in_environment = pulumi_config.get_config_secret_keys_env()
    concealed = {key for key in given if pulumi_config.is_config_secret(f"{_NAMESPACE}{key}") or f"{_NAMESPACE}{key}" in in_environment}
    stack = given.get(PLATFORM_STACK, "")
    return parse_settings({**given, **(platform(stack) if stack else {})}, concealed=concealed, secret=lambda key: given.get(key, ""))


def settings_of_provider(
    request: ConfigureRequest,
    platform: Mapping[str, str] = MappingProxyType({}),
    *,
    names: Iterable[str] = (*KEYS, EXTERNAL_PASSWORD, EXTERNAL_TOKEN),
) -> Settings:
    """Read the configuration that a provider process was given, of it `names` only, and what another stack says of the platform.

    Raises SettingsError.
    """

    def value(key: str) -> str:
        found = request.config.get(key)
        return "" if found is None else str(found)

    values = {name: request.config.get(name) for name in names}
    given = {name: str(found) for name, found in values.items() if found is not None}
    return parse_settings({**given, **platform}, secret=value)


def is_own_program(request: ConfigureRequest) -> bool:
    """Return whether the provider process is one of this project's program: the configuration of another project means other things."""
    return request.config._project_name == PROJECT  # noqa: SLF001  # it has no public name


def secrets_of_provider(request: ConfigureRequest, names: Mapping[str, str]) -> dict[str, str]:
    """Return the values of secrets: `names` maps what the caller calls them to their configuration keys. Those not set are left out."""
    values = {name: request.config.get(key) for name, key in names.items()}
    return {name: str(value) for name, value in values.items() if value is not None}
