"""One thing that `doctor` looked at."""

from dataclasses import dataclass

WITHOUT = "ask who runs the cluster for the right to list them, or do without"
"""What can be done about something that this user may not look at."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """`what` says what is so, right or wrong; `fix` what to do when it is wrong. One that does not block is worth knowing only."""

    subject: str
    ok: bool
    what: str
    fix: str = ""
    blocks: bool = True

    @property
    def stops_up(self) -> bool:
        """Whether `up` cannot work before this is mended."""
        return self.blocks and not self.ok
