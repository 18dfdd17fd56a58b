"""What a diagnosis finds: what is waited for, what is wrong, and whether waiting longer can help."""

from dataclasses import dataclass

from cluster.diagnosis.subject import Subject

AT_ONCE = 0.0
NEVER = float("inf")


@dataclass(frozen=True, kw_only=True)
class LogPlace:
    """Where the last log lines of a container are. `previous`: of its last run, because the current one has logged nothing yet."""

    namespace: str
    pod: str
    container: str
    previous: bool


@dataclass(frozen=True, kw_only=True)
class Suspicion:
    """A problem in one snapshot that may pass. It becomes hopeless when every snapshot of `patience_seconds` shows it.

    `key` is equal for the same problem in several snapshots, whatever numbers its text has. The lines of `log` are reported once: when it
    becomes hopeless, or after `tells_after` seconds of further waiting.
    """

    key: str
    about: str
    cause: str
    next_step: str
    patience_seconds: float
    log: LogPlace | None = None
    tells_after: float = NEVER


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A problem. `about` names the object, `cause` says what is wrong, `next_step` what to do. Hopeless: waiting cannot help.

    `told` holds the last log lines of a container that is still waited for, to be printed once; otherwise it is empty.
    """

    about: str
    cause: str
    next_step: str
    hopeless: bool
    told: str = ""

    def __str__(self) -> str:
        """Return what is wrong as one text, without the next step."""
        return f"{self.about}: {self.cause}"


@dataclass(frozen=True, kw_only=True)
class Situation:
    """A subject at one moment. `waiting` says in a few words what it waits for; empty if nothing is known."""

    subject: Subject
    waiting: str
    findings: tuple[Finding, ...] = ()

    @property
    def hopeless(self) -> Finding | None:
        """The first finding that waiting cannot resolve."""
        return next((finding for finding in self.findings if finding.hopeless), None)
