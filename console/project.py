"""The project as the commands see it before Pulumi runs: its folder, the stack, where the data folder is, what the stack files say.

The stack files are read here only for what is needed without the engine (`doctor`, `down` after a lost state). The program itself gets
its settings from Pulumi, by the same rules: Pulumi.yaml gives defaults, Pulumi.<stack>.yaml overrides.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from console.errors import ConsoleError
from console.exit_codes import ExitCode

PROJECT = "flink-reviews"
LOCAL = "local"
"""The stack whose secrets need no passphrase: it holds nothing that is worth one."""


@dataclass(frozen=True, kw_only=True)
class Project:
    """`values` maps flat config keys without the namespace (`ports.kafka`) to plain values; secrets are left out."""

    root: Path
    stack: str
    data_folder: Path
    values: Mapping[str, str]

    @property
    def stack_file(self) -> Path:
        """The committed settings of the stack."""
        return self.root / f"Pulumi.{self.stack}.yaml"


def open_project(stack: str, root: Path | None = None) -> Project:
    """Read the stack files. Raises ConsoleError for a stack without a file, and for YAML that cannot be read."""
    folder = (root or Path(__file__).parents[1]).resolve()
    stack_file = folder / f"Pulumi.{stack}.yaml"
    if not stack_file.is_file():
        known = sorted(path.name.removeprefix("Pulumi.").removesuffix(".yaml") for path in folder.glob("Pulumi.*.yaml"))
        raise ConsoleError(
            f"there is no stack {stack!r}: {stack_file.name} does not exist",
            advice=f"known stacks: {', '.join(known) or 'none'}; choose one with --stack, or write {stack_file.name}",
            exit_code=ExitCode.USAGE,
        )
    values = {**_defaults(_read(folder / "Pulumi.yaml")), **_given(_read(stack_file))}
    return Project(root=folder, stack=stack, data_folder=(folder / values.get("data.folder", ".data")).resolve(), values=values)


def _read(path: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConsoleError(f"{path.name} cannot be read: {error.strerror}", exit_code=ExitCode.USAGE) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConsoleError(f"{path.name} is not valid YAML: {_one_line(error)}", exit_code=ExitCode.USAGE) from error
    if not isinstance(content, dict):
        raise ConsoleError(f"{path.name} must hold keys and values", exit_code=ExitCode.USAGE)
    return content


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())


def _defaults(content: Mapping[str, Any]) -> dict[str, str]:
    values: dict[str, str] = {}
    for key, schema in _mapping(content.get("config")).items():
        if isinstance(schema, dict) and "default" in schema:
            _flatten(key.removeprefix(f"{PROJECT}:"), schema["default"], values)
        elif not isinstance(schema, dict):
            _flatten(key.removeprefix(f"{PROJECT}:"), schema, values)
    return values


def _given(content: Mapping[str, Any]) -> dict[str, str]:
    values: dict[str, str] = {}
    for key, value in _mapping(content.get("config")).items():
        if key.startswith(f"{PROJECT}:"):
            _flatten(key.removeprefix(f"{PROJECT}:"), value, values)
    return values


def _flatten(key: str, value: object, into: dict[str, str]) -> None:
    """Nested values become dotted keys, as the engine itself treats dots. Encrypted ones (`secure:`) are skipped."""
    if isinstance(value, dict):
        if "secure" not in value:
            for name, part in value.items():
                _flatten(f"{key}.{name}", part, into)
    elif isinstance(value, bool):
        into[key] = "true" if value else "false"
    elif value is not None:
        into[key] = str(value)


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
