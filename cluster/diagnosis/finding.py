"""What a look at the cluster finds: what is waited for, what is wrong, and whether waiting longer can help."""

from dataclasses import dataclass

from cluster.diagnosis.subject import Subject

AT_ONCE = 0.0
NEVER = float("inf")


@dataclass(frozen=True, kw_only=True)
class LogPlace:
    """Where the last words of a container are. `previous`: of its last run, because the present one has said nothing yet."""

    namespace: str
    pod: str
    container: str
    previous: bool


@dataclass(frozen=True, kw_only=True)
class Suspicion:
    """Something that one look shows and that may pass. It becomes hopeless when every look of `patience_seconds` shows it.

    `key` is equal for the same trouble in several looks, whatever the numbers in its words. The lines of `log` are told, once, when it
    becomes hopeless, or after `tells_after` seconds of waiting on.
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
    """Something wrong. `about` names the object, `cause` says what is so, `next_step` what to do. Hopeless: waiting cannot help.

    `told` are last lines of a container that is still waited for, to be said once; empty else.
    """

    about: str
    cause: str
    next_step: str
    hopeless: bool
    told: str = ""

    def __str__(self) -> str:
        """Give what is wrong in one text, without the next step."""
        return f"{self.about}: {self.cause}"


@dataclass(frozen=True, kw_only=True)
class Situation:
    """A subject at one moment. `waiting` says in some words what it waits for; empty when nothing can be told."""

    subject: Subject
    waiting: str
    findings: tuple[Finding, ...] = ()

    @property
    def hopeless(self) -> Finding | None:
        """The first finding that no waiting helps against."""
        return next((finding for finding in self.findings if finding.hopeless), None)
