"""A data folder belongs to one stack.

Whoever types `pulumi stack init lokal` has a second stack with the defaults of the first: the same processes, ports and topics. Its `up`
would take them over, and its `destroy` would end them under the first one.
"""

import json
from pathlib import Path

from components.names import PROJECT, PROJECT_FOLDER
from settings import Settings, SettingsError

STACKS = PROJECT_FOLDER / ".state" / ".pulumi" / "stacks" / PROJECT
"""Where the default backend keeps the state of each stack. Of another backend nothing is known here."""
_SUPERVISOR = ":Supervisor"


def require_own_folder(settings: Settings, stack: str, stacks: Path | None = None) -> None:
    """Raise SettingsError when another stack runs in this stack's data folder."""
    folder = str(settings.embedded.data_folder)
    for file in sorted((stacks or STACKS).glob("*.json")):
        if file.stem != stack and folder in _folders(file):
            problem = f"data.folder is {folder}, where stack {file.stem} runs: select that one with `pulumi stack select {file.stem}`, or "
            own = f"give stack {stack} its own with `pulumi config set data.folder <path>`, and its own ports (`ports.*`)"
            raise SettingsError([problem + own])


def _folders(file: Path) -> set[str]:
    """Return the data folders in which a stack has its supervisor, by its state."""
    try:
        checkpoint = json.loads(file.read_text(encoding="utf-8"))["checkpoint"]
        resources = (checkpoint.get("latest") or {}).get("resources") or []
        return {str((one.get("outputs") or {}).get("data_folder")) for one in resources if str(one.get("type")).endswith(_SUPERVISOR)}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        # A state that cannot be read is told by Pulumi, when that stack is used.
        return set()
