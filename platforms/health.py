"""How a service of a platform is right now."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class ServiceHealth:
    """A process, or a workload of the cluster. `uptime_seconds` is None when it does not run; `reason` says why it is not ready.

    A process has a `process_id`; a workload has `pods` (ready of wanted: `1/1`) and counts the restarts of its containers.
    `ended` says how it ended by itself lately, although it may be back; with `ends_again` it goes on doing so.
    """

    name: str
    state: str
    process_id: int | None
    uptime_seconds: float | None
    ready: bool
    reason: str = ""
    pods: str = ""
    restarts: int | None = None
    ended: str = ""
    ends_again: bool = False

    @property
    def healthy(self) -> bool:
        """Ready for work, and likely to stay so."""
        return self.ready and not self.ends_again

    @property
    def remark(self) -> str:
        """What is missing, and how it ended lately."""
        return "; ".join(filter(None, (self.reason, self.ended)))
