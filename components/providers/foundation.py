"""What a stack in a cluster stands on, as a resource that comes before every other: settings that cannot change under running jobs.

A changed line of Flink leaves job graphs that the new one cannot read, another place of state leaves checkpoints behind, and a volume
claim cannot be changed: it is removed with its data and made anew. Each is refused here, in a preview too, with the way that works.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import pulumi
from pulumi.dynamic import CheckFailure, CheckResult, ConfigureRequest, CreateResult, DiffResult, Resource, ResourceProvider, UpdateResult

from components.access import resolve
from components.names import FOUNDATION as LOGICAL_NAME
from components.providers.inputs import FOUNDATION, Change
from components.providers.properties import Properties, has_unknown, inputs_of, text
from components.providers.reporting import plainly, say
from flinksql.errors import FlinkSqlError
from flinksql.flink.jobmanager import JobManagerClient
from flinksql.flink.release_lines import is_older_line

_PAUSE = (
    "Stop the jobs first: `-- running: false` at the head of each job's file, `up`; change the setting, `up`; take the lines out, `up`: "
    "each is restored from its savepoint. Or revert the setting: `pulumi config set {key} {before}`"
)
_OLDER = (
    "Flink reads no state that a newer line wrote: the jobs would begin without theirs. Set it back: `pulumi config set {key} {before}`. "
    "To give their state up: `-- running: false` at the head of each job's file, `up`; change the setting, `up`; put "
    "`-- allow_state_reset: true` in place of each line, `up`"
)
_VOLUME = (
    "a volume claim cannot be changed: its data would be deleted with it. Set it back (`pulumi config set {key} {before}`), or take the "
    "stack down first"
)
_ADVICE: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "flink_line": ("flink.line", _PAUSE),
        "state_root": (
            "flink.stateUri",
            (
                "Stop the jobs first: `-- running: false`, `up`; copy their savepoints to the new place; change the setting, `up`; put "
                "`-- restore_from: <path there>` in place of each line, `up`. Or set it back to {before}"
            ),
        ),
        "kafka": (
            "kafka.kind",
            (
                "Offsets in the jobs' state belong to the broker before. Stop the jobs with `-- running: false`, and start them on the new "
                "broker with `-- allow_state_reset: true`; or set it back: `pulumi config set {key} {before}`"
            ),
        ),
        "namespace": (
            "kubernetes.namespace",
            (
                "everything of the stack lies in the namespace of before. Set it back (`pulumi config set {key} {before}`); for another "
                "namespace take the stack down first, or make a stack of its own"
            ),
        ),
        "storage_class": ("kubernetes.storageClass", _VOLUME),
        "flink_storage": ("flink.storage", _VOLUME),
        "volume_access": ("flink.volumeAccess", _VOLUME),
        "ledger_storage": ("model.ledgerMegabytes", _VOLUME),
        "kafka_storage": ("kafka.storage", _VOLUME),
        "kafka_nodes": (
            "strimzi.nodes",
            (
                "Kafka's controllers are among its nodes, and Strimzi does not change how many there are of a Kafka that runs; topics keep "
                "the replicas that they were made with. Set it back (`pulumi config set {key} {before}`), or take the stack down first"
            ),
        ),
        "model_storage": ("model.storage", _VOLUME),
        "jobs": (
            "the stack's name",
            "jobs bear the name of the stack in Flink and would all start empty. Rename it back: `pulumi stack rename {before}`",
        ),
    }
)
"""By input: the setting's key, and the ways that work."""
_BEFORE: Mapping[str, str] = MappingProxyType({"volume_access": "ReadWriteOnce"})
"""What a state says that was written before the setting existed."""
_OF_A_PART = frozenset({"kafka_storage", "kafka_nodes", "model_storage", "volume_access"})
"""Empty where the stack has no such part."""


class FoundationProvider(ResourceProvider):
    """Checks; there is nothing to make."""

    serialize_as_secret_always = False

    def configure(self, req: ConfigureRequest) -> None:
        """Take the way to the JobManager from the stack's configuration."""
        with plainly("reading the configuration"):
            self.access = resolve({}, req)
        self.look: Callable[[str], str] = self._running

    def check(self, olds: Properties, news: Properties) -> CheckResult:
        """Refuse what would break what runs. Each refusal names the setting, the way that works and the way back."""
        if has_unknown(news) or not olds:
            return CheckResult(news, [])
        olds = {**_BEFORE, **olds}
        changed = [name for name in FOUNDATION if name in olds and _differs(name, text(olds, name), text(news, name))]
        refused = [name for name in changed if FOUNDATION[name] is Change.REJECTED]
        pausable = [name for name in changed if FOUNDATION[name] is Change.PAUSED]
        runs = self.look(text(olds, "jobs")) if pausable else ""
        refused += pausable if runs else []
        return CheckResult(news, [CheckFailure("", _refusal(name, olds, news, runs)) for name in refused])

    def diff(self, _id: str, olds: Properties, news: Properties) -> DiffResult:
        """Tell whether something is to be remembered."""
        return DiffResult(changes=inputs_of(FOUNDATION, olds) != inputs_of(FOUNDATION, news))

    def create(self, props: Properties) -> CreateResult:
        """Remember what the stack stands on."""
        return CreateResult(LOGICAL_NAME, inputs_of(FOUNDATION, props))

    def update(self, _id: str, _olds: Properties, news: Properties) -> UpdateResult:
        """Remember what it stands on now."""
        return UpdateResult(inputs_of(FOUNDATION, news))

    def _running(self, prefix: str) -> str:
        """Name the stack's jobs that run. None where no JobManager answers: then what is set back must be let through."""
        with plainly("looking at the jobs"):
            try:
                jobs = JobManagerClient(self.access.jobmanager).jobs()
            except FlinkSqlError as error:
                say(f"Whether jobs run could not be looked at ({error}).")
                return ""
        return ", ".join(sorted(job.name.removeprefix(prefix) for job in jobs if job.name.startswith(prefix) and not job.state.terminal))


def _differs(name: str, before: str, after: str) -> bool:
    """Tell whether an input changed. A part that comes or goes as a whole has no volume that changes."""
    return before != after and not (name in _OF_A_PART and "" in (before, after))


def _refusal(name: str, olds: Properties, news: Properties, runs: str) -> str:
    key, advice = _ADVICE[name]
    before, after = text(olds, name), text(news, name)
    if name == "flink_line" and is_older_line(after, before):
        advice = _OLDER
    why = f" while {runs} run" if runs and FOUNDATION[name] is Change.PAUSED else ""
    return f"{key} was {before or 'not set'} and is {after or 'not set'} now{why}: {advice.format(key=key, before=before)}"


class Foundation(Resource, module="kubernetes", name="Foundation"):
    """What the stack stands on, as texts by the names in `inputs.FOUNDATION`."""

    def __init__(self, inputs: Mapping[str, str], opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(FoundationProvider(), LOGICAL_NAME, dict(inputs), opts)
