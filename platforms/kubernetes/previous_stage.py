"""The stage before: what of its contract this stack takes over, read before anything is declared.

A stack may always go on with what it accepted last: it is repaired, resized and restarted also when the stage before has moved on or is
gone. Something new is taken over only from a stage where it ran.
"""

from collections.abc import Callable, Mapping

import pulumi

from components.program_errors import fail
from components.promotion import OUTPUT, Offer, PromotionError, Wanted, accept
from components.stack_state import OUTPUTS, OwnState, full_name, stack_function

Say = Callable[[str], None]


def accepted_offer(name: str, wanted: Wanted, state: OwnState, say: Say = pulumi.log.info) -> Offer:
    """Return what is taken over from stack `name`: what it hands on now, else what was accepted last. Raises RunError."""
    try:
        return accept(_contract(name), wanted, source=name)
    except PromotionError as error:
        last = _accepted_last(name, wanted, state)
        if last is None:
            fail(str(error))
        say(f"Stack {name} does not provide what this stack runs ({error}). This stack keeps what it accepted before.")
        return last


def _contract(name: str) -> object:
    try:
        outputs: Mapping[str, object] = stack_function(OUTPUTS, {"name": full_name(name)}).get("outputs") or {}
    except Exception as error:
        # The engine's functions raise nothing more exact.
        if "unknown stack" not in str(error):
            raise
        raise PromotionError(
            f"there is no stack {name} in this backend: nothing can be taken over from it. "
            f"Bring it up with this program: `python -m console --stack {name} up`"
        ) from None
    return outputs.get(OUTPUT)


def _accepted_last(name: str, wanted: Wanted, state: OwnState) -> Offer | None:
    recorded = state.identity.get("accepted") or state.outputs.get(OUTPUT)
    try:
        return accept(recorded, wanted, source=name)
    except PromotionError:
        return None
