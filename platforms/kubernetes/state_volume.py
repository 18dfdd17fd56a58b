"""Whether the volume of Flink's state has room: Flink itself tells of a full one no more than that checkpoints fail."""

from collections.abc import Iterator
from dataclasses import dataclass

from components.kubernetes.flink_configuration import STATE_FOLDER
from components.kubernetes.session_cluster import STATE_VOLUME
from platforms.finding import Finding
from platforms.health import ServiceHealth
from platforms.kubernetes.written_state import output_on_volume
from settings import Settings

_SCRIPT = 'stat -f -c "%S %b %a" "$1"'
"""Bytes of a block, all blocks, and those that anybody may still fill."""
_LEAST_SHARE, _LEAST_BYTES = 0.02, 4 * 1024 * 1024
_MEGA = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Space:
    """What a file system has, in bytes."""

    total: int
    free: int

    @property
    def is_full(self) -> bool:
        """Whether the next checkpoints hardly fit."""
        return self.free < max(self.total * _LEAST_SHARE, _LEAST_BYTES)


def full_state_volume(settings: Settings) -> Iterator[ServiceHealth]:
    """Give the volume as a part that is not well when it is full; nothing where it has room, or cannot be looked at."""
    for finding in check_state_volume(settings):
        yield ServiceHealth(
            name=f"volume claim {STATE_VOLUME}",
            state="FULL",
            process_id=None,
            uptime_seconds=None,
            ready=False,
            reason=f"{finding.what}; {finding.fix}",
        )


def check_state_volume(settings: Settings) -> Iterator[Finding]:
    """Tell of a volume that is full; nothing where it has room, or cannot be looked at."""
    space = space_on(output_on_volume(settings, ["sh", "-c", _SCRIPT, "sh", STATE_FOLDER]) or "")
    if space is None or not space.is_full:
        return
    namespace = settings.kubernetes.cluster.namespace
    yield Finding(
        subject="state",
        ok=False,
        blocks=False,
        what=f"the volume of Flink's state is full, {space.free / _MEGA:.1f} of {space.total / _MEGA:.0f} MB are free: checkpoints and "
        "savepoints fail, and jobs start again from their last one",
        fix="make room, then they go on by themselves: `console savepoints` lists what may be deleted, and whoever runs the storage can "
        f"enlarge the claim (`kubectl -n {namespace} edit pvc {STATE_VOLUME}`)",
    )


def space_on(text: str) -> Space | None:
    """Read the script's line; None for anything else."""
    words = text.split()
    if len(words) != 3 or not all(word.isdigit() for word in words):  # noqa: PLR2004  # as the script writes them
        return None
    block, total, free = map(int, words)
    return Space(total=block * total, free=block * free)
