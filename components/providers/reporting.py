"""What a provider says besides its results: remarks in the run's log, and errors as one text without a traceback."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock

from cluster.errors import ClusterError
from components.errors import ConnectionSpecError, FormerStateError, SecondStateError, TenantsError, UntestedError
from embedded.errors import EmbeddedError
from flinksql.errors import FlinkSqlError
from flinksql.kafka.errors import TopicError
from options.errors import OptionError
from settings import SettingsError

AS_LAST_SEEN = "assumed unchanged since they were last seen"
"""Words in every remark on something that could not be checked: the console does not call such a run a success."""

KNOWN: tuple[type[Exception], ...] = (
    ClusterError,
    SettingsError,
    ConnectionSpecError,
    FormerStateError,
    SecondStateError,
    TenantsError,
    UntestedError,
    EmbeddedError,
    OptionError,
    FlinkSqlError,
    TopicError,
)
"""Errors whose text is for people."""


class ProviderError(Exception):
    """What Pulumi shows as the reason why a resource could not be made, changed or removed."""


@contextmanager
def plainly(doing: str, hide: Callable[[str], str] = str, *, but: tuple[type[Exception], ...] = ()) -> Iterator[None]:
    """Let errors out as one text. `doing` names the step for an error that nobody foresaw: a defect of this project.

    `hide` takes secrets out of a text. Errors of the types `but` are let out as they are, for a caller who knows what to do.
    """
    try:
        yield
    except but:
        raise
    except KNOWN as error:
        raise ProviderError(hide(with_advice(error))) from None
    except Exception as error:  # noqa: BLE001  # raised anew, but not `from` it: its own text would be printed with whatever is in it
        problem = hide(f"{doing} failed unexpectedly: {type(error).__name__}: {error}. This is a defect; please report it.")
        raise ProviderError(problem) from None


def with_advice(error: Exception) -> str:
    """Return an error's text with what to do next, where it has that apart."""
    advice = str(getattr(error, "advice", ""))
    return f"{error}: {advice}" if advice else str(error)


def say(remark: str) -> None:
    """Add a remark to the run's log. Pulumi takes it from the provider's output."""
    print(remark, flush=True)


class Once:
    """Says each remark once in the life of a provider process, from whichever thread comes first."""

    def __init__(self, speak: Callable[[str], None] = say) -> None:
        self._speak = speak
        self._said: set[str] = set()
        self._lock = Lock()

    def __call__(self, remark: str) -> None:
        """Say it unless it was said."""
        with self._lock:
            if remark in self._said:
                return
            self._said.add(remark)
        self._speak(remark)


class WhileAsked:
    """Passes remarks on only while a block `with` it runs, in any thread: what a client does when nobody waits is nobody's trouble."""

    def __init__(self, speak: Callable[[str], None]) -> None:
        self._speak = speak
        self._waiting = 0
        self._lock = Lock()

    def __call__(self, remark: str) -> None:
        """Say it if somebody waits."""
        if self._waiting:
            self._speak(remark)

    def __enter__(self) -> None:
        """Begin to wait."""
        with self._lock:
            self._waiting += 1

    def __exit__(self, *_error: object) -> None:
        """Wait no more."""
        with self._lock:
            self._waiting -= 1
