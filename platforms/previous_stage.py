"""The stage before: what of it this stack deploys, found out before anything is declared, on every platform.

A stack may always go on with what it took over before, and go back to it: it is repaired, resized and restarted also when the stage before
has moved on or is gone. Something new is taken over only from a stage where it runs well, or on somebody's word.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pulumi

from components.approval_store import Approval, Approvals, ApprovalStore, Asked, approval_store
from components.names import PIPELINE_TYPE, stack_mark
from components.program_errors import fail
from components.promotion import CONTRACT_VERSION, OUTPUT, Offer, PromotionError, Stage, Wanted, accept, matches, read_offer
from components.promotion_history import Promotion, last_of, overridden, promotions_of
from components.recorded_bundle import Recorded
from components.stack_state import OUTPUTS, OwnState, full_name, resources_of, stack_function
from embedded.errors import EmbeddedError
from flinksql.sql import Bundle
from flinksql.statements import PlannedChange
from platforms.stage_health import differing, unhealthy
from settings import Settings

Say = Callable[[str], None]
CONFIGURED = "the stack's configuration"
CONSEQUENCE = "this stack runs what the stage before does not run well"


def promotion_subject(source: str) -> str:
    """Return what approvals call a promotion from a stage: no statement has such a name."""
    return f"promotion from {source}"


def promotion_of(settings: Settings, bundle: Bundle, state: OwnState, *, images: bool, say: Say = pulumi.log.info) -> Promotion | None:
    """Return what is taken over from the stage before; None for a stack that is promoted from none. Raises RunError for a refusal.

    `images`: the stack runs in images that the stage before has built.
    """
    source = settings.promoted_from
    if not source:
        return None
    wanted = Wanted(bundle=bundle.name, bundle_hash=bundle.hash, flink_line=settings.flink.line, images=images)
    known = known_promotions(state, source)
    last = last_of(known)
    if last and last.source == source and matches(last.offer, wanted) and not images:
        return last
    return accepted(source, wanted, known, lambda: read_stage(source, settings, bundle), overrides=Overrides(settings), say=say)


class Overrides:
    """Finds who takes the responsibility for a promotion that is refused, and asks for somebody."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._mark = stack_mark(pulumi.get_stack())

    def find(self, change: PlannedChange) -> Approval | None:
        """Return the approval of exactly this promotion."""
        found = self._store().read().approved.get(change.hash)
        if found is None and change.hash in self._settings.approve:
            return Approval(hash=change.hash, statement=change.statement, by=CONFIGURED)
        return found

    def ask(self, change: PlannedChange) -> None:
        """Note that the promotion wants one. Who cannot write that has to approve by the configuration: the message names both ways."""
        asked = Asked(hash=change.hash, statement=change.statement, verdict=change.verdict, consequence=change.consequence)
        with suppress(EmbeddedError, OSError):
            self._store().change(lambda held: replace(held, asked={**held.asked, change.statement: asked}))

    def spend(self, subject: str) -> None:
        """Drop what was asked for, and approvals: the promotion is in force, and the state remembers who approved it."""
        held = self._store().read()
        if subject in held.asked or any(one.statement == subject for one in held.approved.values()):
            with suppress(EmbeddedError, OSError):
                self._store().change(lambda latest: _without(latest, subject))

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


def accepted(
    source: str, wanted: Wanted, known: Sequence[Promotion], read: Callable[[], Stage], *, overrides: Overrides, say: Say = pulumi.log.info
) -> Promotion:
    """Return what is taken over from stack `source`: what it hands on now, else what was taken over before, else what somebody approved.

    `known` are the promotions so far, oldest first. Raises RunError.
    """
    last = last_of(known)
    try:
        offer = accept(read(), wanted)
    except PromotionError as error:
        return _all_the_same(source, wanted, known, error, overrides, say)
    if last and (last.source, last.offer) == (source, offer):
        return last
    _spend(source, overrides)
    return Promotion(source=source, offer=offer)


def _all_the_same(
    source: str, wanted: Wanted, known: Sequence[Promotion], error: PromotionError, overrides: Overrides, say: Say
) -> Promotion:
    before = next((one for one in reversed(known) if one.source == source and matches(one.offer, wanted)), None)
    if before is not None and before == known[-1]:
        say(f"Stack {source} does not provide what this stack runs ({error}). This stack keeps what it accepted before.")
        _spend(source, overrides)
        return before
    if before is not None:
        say(f"Stack {source} runs something else by now. This stack goes back to {before.offer.version}, which it took over {before.at}.")
        return replace(before, goes_back=True)
    if error.offer is None:
        fail(str(error))
    last = last_of(known)
    change = overrides.change(source, error.offer, error.causes, last)
    approval = overrides.find(change)
    if approval is None:
        overrides.ask(change)
        fail(f"{error}\n  {_how(change)}")
    say(f"Promotion from {source}, overridden as {approval.hash} by {approval.by}. What is wrong there: {error}")
    return Promotion(source=source, offer=error.offer, override=overridden(approval, "; ".join(error.causes)))


def read_stage(name: str, settings: Settings, bundle: Bundle) -> Stage:
    """Ask the engine what a stack runs, and the platform whether it is well. Raises PromotionError when there is no such stack."""
    try:
        outputs: Mapping[str, Any] = stack_function(OUTPUTS, {"name": full_name(name)}).get("outputs") or {}
        resources = resources_of(name)
    except Exception as error:
        # The engine's functions raise nothing more exact.
        if "unknown stack" not in str(error):
            raise
        return Stage(name=name)
    contract = handed_on(outputs, resources)
    if contract is None:
        return Stage(name=name)
    return Stage(name=name, contract=contract, differing=differing(bundle, resources), unhealthy=unhealthy(settings, outputs, resources))


def handed_on(outputs: Mapping[str, Any], resources: Recorded) -> object:
    """Return the contract that a stack exports; of one that exports none what its pipeline tells. None where it never came up."""
    exported = outputs.get(OUTPUT)
    if isinstance(exported, Mapping):
        return exported
    # The pipeline's outputs are written when every statement has come to run.
    pipeline = next((told for kind, told in resources if kind == PIPELINE_TYPE), {})
    if not pipeline.get("hash") or not outputs.get("flinkLine"):
        return None
    return {
        "contractVersion": CONTRACT_VERSION,
        "bundle": pipeline.get("bundle"),
        "bundleHash": pipeline["hash"],
        "flinkLine": outputs["flinkLine"],
    }


def known_promotions(state: OwnState, source: str) -> list[Promotion]:
    """Return the promotions of a stack; of one of an earlier version, which kept the last contract from `source` only, that one."""
    found = promotions_of(state.identity)
    if found:
        return found
    contract = state.identity.get("accepted") or state.outputs.get(OUTPUT)
    if not isinstance(contract, Mapping) or "bundleHash" not in contract:
        return []
    return [Promotion(source=source, offer=read_offer(contract))]


def _spend(source: str, overrides: Overrides) -> None:
    if not pulumi.runtime.is_dry_run():
        overrides.spend(promotion_subject(source))


def _how(change: PlannedChange) -> str:
    stack = change.stack.rpartition("/")[2]
    return (
        f"To deploy it here all the same, approve this one promotion: `python -m console --stack {stack} approve {change.hash} --reason ...`, "
        f"or with plain Pulumi `pulumi config set approve {change.hash}`."
    )


def _without(held: Approvals, subject: str) -> Approvals:
    return replace(
        held,
        asked={name: one for name, one in held.asked.items() if name != subject},
        approved={key: one for key, one in held.approved.items() if one.statement != subject},
    )
