"""The values of the stack's secrets, for commands that connect with a password. They are asked for when one is used, and once."""

from collections.abc import Callable
from functools import cache

from pulumi.automation import CommandError

from console.errors import ConsoleError
from console.project import PROJECT, Project
from console.toolchain import find


def secret_of(project: Project) -> Callable[[str], str]:
    """Return what gives a secret by its key. One that the stack does not have costs nothing.

    It raises ConsoleError where the secrets cannot be read.
    """

    @cache
    def values() -> dict[str, str]:
        from console.driver.workspace import open_stack  # noqa: PLC0415  # the Automation API, for stacks with secrets alone

        toolchain = find(project.data_folder)
        if toolchain is None:
            raise ConsoleError("the stack's secrets cannot be read: there is no Pulumi CLI", advice="run `python -m console toolchain`")
        try:
            config = open_stack(project, toolchain, lambda: None, {}).get_all_config()
        except CommandError as error:
            raise ConsoleError(
                f"the secrets of stack {project.stack} cannot be read",
                advice="check PULUMI_CONFIG_PASSPHRASE; they are set with `pulumi config set --secret <key>`",
            ) from error
        return {key.removeprefix(f"{PROJECT}:"): one.value or "" for key, one in config.items() if one.secret}

    return lambda key: values().get(key, "") if key in project.secrets else ""
