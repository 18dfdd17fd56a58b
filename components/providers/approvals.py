"""Whether a change that may lose state is let through: by the file's header, or by an approval of exactly this change."""

import secrets
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path

from pulumi.dynamic import ConfigureRequest

from components.approval_store import CONFIGURED, Approval, ApprovalStore, Asked, UndoOrder, approval_store
from components.providers.definitions import hash_of
from components.providers.properties import Properties, text
from flinksql.sql import definition_hash
from flinksql.statement import Definition
from flinksql.statements import Former, PlannedChange
from flinksql.statements.compatibility import Verdict
from settings import Settings, SettingsError, parse_settings
from settings.configuration import is_own_program, settings_of_provider

REVISION = "revision"
"""The input that names a deployment: the check draws it anew for each change, so an approval counts for one only."""
_REVISION_BYTES = 4
FOREIGN_FOLDER = ".flinksql"
"""Where the program of another project keeps approvals and histories, beside its Pulumi.yaml."""
FOREIGN_KEYS = ("approve", "flink.line")
"""The keys of its configuration that are read."""


@dataclass(frozen=True, kw_only=True)
class Gate:
    """Asks for approvals and finds them. `configured` are the hashes of the stack's setting `approve`."""

    data_folder: Path
    flink_line: str
    configured: Collection[str] = ()
    previews: bool = True

    def change(self, verdict: Verdict, olds: Properties, new: Definition) -> PlannedChange:
        """Return a change of a job with its verdict. `olds` is what is recorded of the statement."""
        return self.planned(olds, new, verdict=str(verdict), consequence=verdict.consequence, job_id=verdict.job_id)

    def planned(self, olds: Properties, new: Definition, *, verdict: str, consequence: str, job_id: str) -> PlannedChange:
        """Return a change of any sort that is not made unasked."""
        return PlannedChange(
            stack=new.job_name.rpartition("/")[0],
            statement=new.name,
            flink_line=self.flink_line,
            before=hash_of(olds),
            revision=text(olds, REVISION),
            job_id=job_id,
            after=definition_hash(new),
            verdict=verdict,
            consequence=consequence,
        )

    def other_name(self, olds: Properties, new: Definition) -> PlannedChange:
        """Return the change by which Flink would know a statement's job under another name."""
        verdict = f"resets state: Flink knows its job as {text(olds, 'job_name')}, and that becomes {new.job_name}"
        return self.planned(olds, new, verdict=verdict, consequence="the job is ended and another one begun without its state", job_id="")

    def new_beside(self, former: Former, new: Definition) -> PlannedChange:
        """Return the change by which a new statement begins beside a job that may be its own, of a file that is gone."""
        verdict = f"resets state: job {former.job_id} of statement {former.statement}, which has no file any more, may be its own"
        return self.planned({}, new, verdict=verdict, consequence="it begins without that job's state", job_id=former.job_id)

    def approval(self, change: PlannedChange) -> Approval | None:
        """Return who approved the change; None when nobody did."""
        return self._store(change.stack).approval(change.hash, change.statement, self.configured)

    def let_through(self, change: PlannedChange, refusal: str) -> str:
        """Return nothing when the change was approved, else the refusal with how to approve it."""
        if self.approval(change):
            return ""
        self.ask(change)
        return f"{refusal}\n  Or {self.how(change)}"

    def ask(self, change: PlannedChange) -> None:
        """Note that the change wants an approval, for whoever approves it."""
        asked = Asked(
            hash=change.hash,
            statement=change.statement,
            verdict=change.verdict,
            consequence=change.consequence,
            in_preview=self.previews,
        )
        self._store(change.stack).ask(asked)

    def how(self, change: PlannedChange) -> str:
        """Say how to approve the change."""
        stack = change.stack.rpartition("/")[2]
        option = "" if stack == "local" else f" --stack {stack}"
        others = sorted(set(self.configured) - {change.hash})
        stale = f" (`approve: {','.join(others)}` in {CONFIGURED} is for another change.)" if others else ""
        return (
            f"approve this one change: `python -m console{option} approve {change.hash}`, or with plain Pulumi "
            f"`pulumi config set approve {change.hash}`.{stale}"
        )

    def undo_order(self, olds: Properties, new: Definition) -> UndoOrder | None:
        """Return the order by which the statement goes back to an earlier version in this run; None when there is none for this change."""
        order = self._store(new.job_name.rpartition("/")[0]).read().undo.get(new.name)
        wanted = (text(olds, REVISION), definition_hash(new))
        return order if order and (order.revision, order.before) == wanted else None

    def spend(self, new: Definition) -> None:
        """Drop what was used, and what was asked for: the change was made."""
        self._store(new.job_name.rpartition("/")[0]).spend(new.name)

    def _store(self, stack: str) -> ApprovalStore:
        return approval_store(self.data_folder, stack)


def gate_of(request: ConfigureRequest, *, previews: bool) -> Gate:
    """Return the gate of the stack whose provider process this is."""
    settings = own_settings(request)
    return Gate(data_folder=settings.data_folder, flink_line=settings.flink.line, configured=frozenset(settings.approve), previews=previews)


def own_settings(request: ConfigureRequest) -> Settings:
    """Return the settings by which changes are approved and written down.

    The program of another project has its own folder beside its Pulumi.yaml, and few keys: its other ones mean other things.
    """
    own = is_own_program(request)
    try:
        settings = settings_of_provider(request) if own else settings_of_provider(request, names=FOREIGN_KEYS)
    except SettingsError:
        settings = parse_settings({})
    # Pulumi starts the providers' process in the folder of the program.
    return settings if own else replace(settings, data=replace(settings.data, folder=Path.cwd() / FOREIGN_FOLDER))


def with_revision(olds: Properties, news: Properties) -> Properties:
    """Return a statement's inputs with the name of the deployment that they are for: a new one where they change what runs."""
    if not olds or hash_of(olds) != hash_of(news):
        return {**news, REVISION: secrets.token_hex(_REVISION_BYTES)}
    return {**news, REVISION: olds[REVISION]} if olds.get(REVISION) else news
