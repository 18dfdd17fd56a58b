"""The project as the commands see it before Pulumi runs: its folder, the stack, where the data folder is, what the stack file says.

The stack file is read here for what is needed without the engine: `doctor`, `status`, `down` after a lost state. The program gets the same
values from Pulumi.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from console.errors import ConsoleError
from console.exit_codes import ExitCode
from settings import Settings, parse_settings, read_data_folder
from settings.keys import PLATFORM_STACK

PROJECT = "flink-reviews"
_SECRET = "[secret]"  # noqa: S105  # what is shown in place of one


@dataclass(frozen=True, kw_only=True)
class Project:
    """`values` maps config keys without the namespace (`ports.kafka`) to texts. Those in `secrets` are encrypted and read `[secret]`."""

    root: Path
    stack: str
    data_folder: Path
    values: Mapping[str, str]
    secrets: frozenset[str]

    @property
    def stack_file(self) -> Path:
        """The committed settings of the stack."""
        return self.root / f"Pulumi.{self.stack}.yaml"

    def settings(self) -> Settings:
        """Parse the values. Raises components' SettingsError with every mistake."""
        from console.hosting import hosted_settings  # noqa: PLC0415  # reads the other stack's state, for the stacks that name one
        from console.secrets import secret_of  # noqa: PLC0415  # starts the CLI, where a secret is asked for

        stack = self.values.get(PLATFORM_STACK, "")
        given = {**self.values, **(hosted_settings(self, stack) if stack else {})}
        return parse_settings(given, concealed=self.secrets, project_folder=self.root, secret=secret_of(self))


def open_project(stack: str, root: Path | None = None) -> Project:
    """Read the stack file. Raises ConsoleError for a stack without one, and for YAML that cannot be read."""
    folder = (root or Path(__file__).parents[1]).resolve()
    stack_file = folder / f"Pulumi.{stack}.yaml"
    if not stack_file.is_file():
        known = sorted(path.name.removeprefix("Pulumi.").removesuffix(".yaml") for path in folder.glob("Pulumi.*.yaml"))
        raise ConsoleError(
            f"there is no stack {stack!r}: {stack_file.name} does not exist",
            advice=f"known stacks: {', '.join(known) or 'none'}; choose one with --stack, or write {stack_file.name}",
            exit_code=ExitCode.USAGE,
        )
    content = _read(stack_file)
    values, secrets = _values(content.get("config"))
    data_folder = read_data_folder(values, folder)
    return Project(root=folder, stack=stack, data_folder=data_folder, values=values, secrets=frozenset(secrets))


def _read(path: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConsoleError(f"{path.name} cannot be read: {error.strerror}", exit_code=ExitCode.USAGE) from error
    except yaml.MarkedYAMLError as error:
        place = f":{error.problem_mark.line + 1}:{error.problem_mark.column + 1}" if error.problem_mark else ""
        raise ConsoleError(f"{path.name}{place}: this is not valid YAML: {error.problem}", exit_code=ExitCode.USAGE) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConsoleError(f"{path.name} is not valid YAML: {' '.join(str(error).split())}", exit_code=ExitCode.USAGE) from error
    if content is not None and not isinstance(content, dict):
        raise ConsoleError(f"{path.name} must hold keys and values", exit_code=ExitCode.USAGE)
    return content or {}


def _values(config: object) -> tuple[dict[str, str], set[str]]:
    values: dict[str, str] = {}
    secrets: set[str] = set()
    for full, value in config.items() if isinstance(config, dict) else ():
        key = str(full).removeprefix(f"{PROJECT}:")
        if not str(full).startswith(f"{PROJECT}:") or value is None:
            continue
        if isinstance(value, dict) and "secure" in value:
            secrets.add(key)
        values[key] = _SECRET if key in secrets else _text(value)
    return values, secrets


def _text(value: object) -> str:
    """Write a value as the engine hands it to the program."""
    return value if isinstance(value, str) else json.dumps(value)
