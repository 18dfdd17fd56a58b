"""A job whose secrets changed: told in a preview, judged, and started again from its own state with the values of now."""

from collections.abc import Callable, Mapping
from contextlib import suppress

from components.providers.approvals import Gate
from components.providers.cluster import Cluster
from components.providers.definitions import SECRETS_IN_USE, deployed_of
from components.providers.messages import rotation_remarks
from components.providers.properties import Properties, text
from components.providers.recording import Attempt
from components.providers.reporting import say
from components.providers.state_verdicts import rotated
from components.providers.statement_secrets import StatementSecrets
from components.statement_history import Action, cut
from flinksql.errors import TransientError
from flinksql.statement import Definition, Deployed
from flinksql.statements import Observation


class Rotations:
    """Rotated secrets under running jobs. `judges` is whether a verdict is asked for before `up` touches a job, as in a preview."""

    def __init__(
        self, secrets: StatementSecrets, cluster: Callable[[], Cluster], gate: Gate, remark: Callable[[str], None], *, judges: bool
    ) -> None:
        self._secrets = secrets
        self._cluster = cluster
        self._gate = gate
        self._remark = remark
        self._judges = judges

    def due(self, olds: Properties, definition: Definition) -> bool:
        """Tell whether an unchanged job is started again, and say why and what becomes of its state.

        Raises StatementError where its state depends on a secret that changed.
        """
        if not definition.policy.running:
            return False
        found = self._secrets.rotated(definition, olds)
        for remark in rotation_remarks(definition, found):
            self._remark(remark)
        if found.changed and self._judges:
            lifecycle = self._cluster().validation(self._secrets.of(definition))
            # Where nobody answers, `up` finds out before it touches the job.
            with suppress(TransientError):
                rotated(lifecycle, olds, definition, self._gate, self._speaker(definition), secrets=found.changed)
        return bool(found.changed)

    def doubted(self, olds: Properties, definition: Definition, observation: Observation) -> None:
        """Say of a job that another run left that nobody knows what it was given."""
        if observation.job_id and observation.job_id != text(olds, "job_id"):
            self.due({**olds, SECRETS_IN_USE: ""}, definition)

    def carry_out(self, olds: Properties, definition: Definition, attempt: Attempt) -> Deployed | None:
        """Start a job again whose secrets changed; None where none did, or it is not to run."""
        found = self._secrets.rotated(definition, olds)
        if not found.changed or not definition.policy.running:
            return None
        lifecycle = self._cluster().lifecycle(self._secrets.of(definition), definition.name)
        judged = rotated(lifecycle, olds, definition, self._gate, self._speaker(definition), secrets=found.changed)
        attempt.note(action=Action.RESTARTED, verdict=cut(judged.words), reason=f"other values of {', '.join(found.changed)}")
        attempt.approved(judged.approval)
        return lifecycle.restart(definition, deployed_of(olds), restore=judged.restore)

    def is_due(self, olds: Mapping[str, object], definition: Definition) -> bool:
        """Tell whether a secret of a running job changed, and say nothing."""
        return bool(self._secrets.rotated(definition, dict(olds)).changed)

    def _speaker(self, definition: Definition) -> Callable[[str], None]:
        hide = self._secrets.hiding(definition)
        return lambda remark: say(hide(remark))
