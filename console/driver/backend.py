"""The default backend as files: does a stack exist, what did the last run leave behind.

Layout of a file backend as the CLI 3.259 writes it: `.pulumi/stacks/<project>/<stack>.json` is the checkpoint,
`.pulumi/history/<project>/<stack>/` holds a record of each run, and `.pulumi/locks/organization/<project>/<stack>/` one JSON file per
lock. Reading it costs a millisecond where a CLI call costs a third of a second.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from components.names import DETAILS, PIPELINE_TYPE
from components.stack_state import STACK_TYPE
from console.project import PROJECT
from platforms.state import Resource, StackState


def parse_deployment(deployment: Mapping[str, Any]) -> StackState:
    """Read the `latest` part of a checkpoint, or the `deployment` of `pulumi stack export`: the same shape."""
    resources = deployment.get("resources") or []
    pending = deployment.get("pending_operations") or []
    root: Mapping[str, Any] = next((item for item in resources if item.get("type") == STACK_TYPE), {})
    return StackState(
        resources=tuple(_resource(item) for item in resources),
        pending_creates=_pending(pending, "creating"),
        pending_updates=_pending(pending, "updating"),
        pending_deletes=_pending(pending, "deleting"),
        outputs=stack_outputs({item.get("type", ""): item.get("outputs") or {} for item in (*resources, root)}),
    )


def _resource(item: Mapping[str, Any]) -> Resource:
    inputs, outputs = item.get("inputs") or {}, item.get("outputs") or {}
    digest = str(outputs.get("definition_hash") or "")
    return Resource(
        urn=item["urn"], kind=item["type"], custom=bool(item.get("custom")), definition_hash=digest, inputs=inputs, outputs=outputs
    )


def stack_outputs(by_type: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Any]:
    """Return the outputs of a stack: its own, and those that are too long to be shown after every run (platforms.exports)."""
    own = by_type.get(STACK_TYPE) or {}
    return {**((by_type.get(PIPELINE_TYPE) or {}).get(DETAILS) or {}), **own} if own else {}


def _pending(operations: Iterable[Mapping[str, Any]], what: str) -> tuple[str, ...]:
    return tuple(sorted({operation["resource"]["urn"] for operation in operations if operation.get("type") == what}))


@dataclass(frozen=True, kw_only=True)
class FileBackend:
    """A backend that is a folder on this machine."""

    folder: Path
    stack: str

    @property
    def checkpoint(self) -> Path:
        """The file that holds the stack's state."""
        return self.folder / ".pulumi" / "stacks" / PROJECT / f"{self.stack}.json"

    @property
    def locks(self) -> Path:
        """The folder of the stack's lock files."""
        return self.folder / ".pulumi" / "locks" / "organization" / PROJECT / self.stack

    @property
    def history(self) -> Path:
        """The folder with a record of each run."""
        return self.folder / ".pulumi" / "history" / PROJECT / self.stack

    def last_run(self) -> Mapping[str, Any]:
        """Give the record of the last run that changed something, or was to: `kind`, `result`, `endTime`; empty when there is none."""
        # The names end in the time in nanoseconds, so the last by the alphabet is the newest.
        for file in sorted(self.history.glob(f"{self.stack}-*.history.json"), reverse=True):
            try:
                found = json.loads(file.read_text(encoding="utf-8"))
            except (OSError, ValueError):
                continue
            if isinstance(found, dict):
                return found
        return {}

    def exists(self) -> bool:
        """Say whether the stack was created here."""
        return self.checkpoint.is_file()

    def state(self) -> StackState | None:
        """Give the stack's state, or None when there is none or it is not readable as JSON (a machine that lost power mid-write)."""
        try:
            content = json.loads(self.checkpoint.read_text(encoding="utf-8"))
            return parse_deployment(content["checkpoint"].get("latest") or {})
        except (OSError, ValueError, KeyError, TypeError):
            return None


def file_backend(url: str, stack: str) -> FileBackend | None:
    """Give the folder behind a `file://` URL; None for every other kind of backend, whose locks and state are its own affair."""
    parts = urlsplit(url)
    if parts.scheme != "file" or parts.netloc:
        return None
    return FileBackend(folder=Path(unquote(parts.path)).expanduser(), stack=stack)
