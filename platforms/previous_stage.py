"""The stage before: what of it this stack deploys, found out before anything is declared, on every platform.

A stack may always go on with what it took over before, and go back to it: it is repaired, resized and restarted also when the stage before
has moved on or is gone. Something new is taken over only from a stage where it runs well, or on somebody's word.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pulumi

from components.names import PIPELINE_TYPE
from components.program_errors import fail
from components.promotion import CONTRACT_VERSION, OUTPUT, PromotionError, Stage, Wanted, accept, matches, read_offer
from components.promotion_history import Promotion, last_of, overridden, promotions_of
from components.recorded_bundle import Recorded
from components.stack_state import OUTPUTS, OwnState, full_name, resources_of, stack_function
from flinksql.sql import Bundle
from platforms.promotion_overrides import Overrides, how_to_override, promotion_subject
from platforms.stage_health import differing, unhealthy
from settings import Settings

Say = Callable[[str], None]


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
        before = next((one for one in reversed(known) if one.source == source and matches(one.offer, wanted)), None)
        return _again(before, known, error, overrides, say) if before else _overridden(source, known, error, overrides, say)
    if last and (last.source, last.offer) == (source, offer):
        return last
    _spend(source, overrides)
    return Promotion(source=source, offer=offer)


def _again(before: Promotion, known: Sequence[Promotion], error: PromotionError, overrides: Overrides, say: Say) -> Promotion:
    """Return what was taken over before, although the stage before says something else now."""
    if before == known[-1]:
        say(f"Stack {before.source} does not provide what this stack runs ({error}). This stack keeps what it accepted before.")
        _spend(before.source, overrides)
        return before
    say(f"This stack goes back to {before.offer.version}, which it accepted {before.at[:19]} UTC. Stack {before.source} now: {error}")
    return replace(before, goes_back=True)


def _overridden(source: str, known: Sequence[Promotion], error: PromotionError, overrides: Overrides, say: Say) -> Promotion:
    """Return what somebody has approved. Raises RunError for what nobody has."""
    if error.offer is None:
        fail(str(error))
    change = overrides.change(source, error.offer, error.causes, last_of(known))
    approval = overrides.find(change)
    if approval is None:
        overrides.ask(change)
        fail(f"{error}\n  {how_to_override(change)}")
    say(f"Promotion from {source}, overridden as {approval.hash} by {approval.by}. What is wrong there: {error}")
    return Promotion(source=source, offer=error.offer, override=overridden(approval, "; ".join(error.causes)))


def read_stage(name: str, settings: Settings, bundle: Bundle) -> Stage:
    """Ask the engine what a stack runs, and the platform whether it is well. One that is not there, or not up, has no contract."""
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
    """Return the contract that a stack exports; of one that exports none what its pipeline tells. None where it is not up."""
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
