"""A promotion that is refused, and who takes the responsibility for it: an approval of exactly this one, as of a change of a job."""

from collections.abc import Sequence

import pulumi

from components.approval_store import Approval, ApprovalStore, Asked, approval_store
from components.names import stack_mark
from components.promotion import Offer
from components.promotion_history import Promotion
from flinksql.statements import PlannedChange
from settings import Settings

PROMOTION = "promotion from "
CONSEQUENCE = "this stack runs what the stage before does not run well"


def promotion_subject(source: str) -> str:
    """Return what approvals call a promotion from a stage: no statement has such a name."""
    return f"{PROMOTION}{source}"


class Overrides:
    """Finds who takes the responsibility for a promotion that is refused, and asks for somebody."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._mark = stack_mark(pulumi.get_stack())

    def find(self, change: PlannedChange) -> Approval | None:
        """Return the approval of exactly this promotion."""
        return self._store().approval(change.hash, change.statement, self._settings.approve)

    def ask(self, change: PlannedChange) -> None:
        """Note that the promotion wants one."""
        asked = Asked(hash=change.hash, statement=change.statement, verdict=change.verdict, consequence=change.consequence)
        self._store().ask(asked)

    def spend(self, subject: str) -> None:
        """Drop what was asked for, and approvals: the promotion is in force, and the state remembers who approved it."""
        self._store().spend(subject)

    def change(self, source: str, offer: Offer, causes: Sequence[str], last: Promotion | None) -> PlannedChange:
        """Return the promotion as a change that is not made unasked. After another promotion, the same one has another hash."""
        return PlannedChange(
            stack=self._mark,
            statement=promotion_subject(source),
            flink_line=offer.flink_line,
            before=last.offer.bundle_hash if last else "",
            revision=last.at if last else "",
            job_id=offer.flink_digest,
            after=offer.bundle_hash,
            verdict="; ".join(causes),
            consequence=CONSEQUENCE,
        )

    def _store(self) -> ApprovalStore:
        return approval_store(self._settings.data_folder, self._mark)


def how_to_override(change: PlannedChange) -> str:
    """Say how the promotion is approved."""
    stack = change.stack.rpartition("/")[2]
    approve = f"`python -m console --stack {stack} approve {change.hash} --reason ...`"
    return (
        f"To deploy it all the same, approve this one promotion: {approve}, or with plain Pulumi `pulumi config set approve {change.hash}`."
    )
