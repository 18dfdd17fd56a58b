"""The value of a secret where this process needs it itself, wherever the stack keeps it."""

from collections.abc import Callable

from platforms.registry import platform_of
from settings import Settings
from settings.keys import HIDDEN_PREFIX


def secret_of(settings: Settings) -> Callable[[str], str]:
    """Return what gives a secret's value by its name; empty where there is none. It raises FlinkSqlError where it cannot be read."""

    def value(name: str) -> str:
        if name in settings.secret_sources:
            return platform_of(settings).connect().kept_secrets({name: settings.secret_sources[name]})[name]
        return settings.secret(f"{HIDDEN_PREFIX}{name}")

    return value
