"""Who the stack is, kept in its state: an id of its own, the contract that it accepted last, and its promotions.

Made before everything else, so that whatever a killed run left bears an id that the state knows.
"""

from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, DiffResult, Resource, ResourceProvider, UpdateResult

from components.names import IDENTITY
from components.promotion_history import PROMOTED, PROMOTIONS, Promotion, with_promotion
from components.providers.inputs import IDENTITY_INPUTS
from components.providers.properties import Properties, inputs_of, text


class IdentityProvider(ResourceProvider):
    """There is nothing outside to look at: what is in the state is all of it."""

    serialize_as_secret_always = False

    def diff(self, _id: str, olds: Properties, news: Properties) -> DiffResult:
        """Take note of another contract; the id stays."""
        return DiffResult(changes=inputs_of(IDENTITY_INPUTS, olds) != inputs_of(IDENTITY_INPUTS, news))

    def create(self, props: Properties) -> CreateResult:
        """Record it."""
        return CreateResult(text(props, "stack_id"), _state({}, props))

    def update(self, _id: str, olds: Properties, news: Properties) -> UpdateResult:
        """Record it again. Another promotion is added to those before it."""
        return UpdateResult(_state(olds, news))


class Identity(Resource, module="stack", name="Identity"):
    """`accepted` is the contract of another stack that this stack runs under; empty where it has all of its own.

    `promotion` says what it runs of the stage before; None where it is promoted from none.
    """

    stack_id: pulumi.Output[str]

    def __init__(
        self,
        stack: str,
        stack_id: str,
        accepted: Mapping[str, Any] | None = None,
        *,
        promotion: Promotion | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(IdentityProvider(), IDENTITY, identity_inputs(stack, stack_id, accepted, promotion), opts)


def identity_inputs(
    stack: str, stack_id: str, accepted: Mapping[str, Any] | None = None, promotion: Promotion | None = None
) -> dict[str, Any]:
    """Return the inputs of the stack's identity. One that is promoted from none has no such input: it is as it always was."""
    promoted = {PROMOTED: promotion.record()} if promotion else {}
    return {"stack": stack, "stack_id": stack_id, "accepted": dict(accepted or {}), **promoted}


def _state(olds: Properties, news: Properties) -> Properties:
    promotions = with_promotion(olds, news)
    return {**inputs_of(IDENTITY_INPUTS, news), **({PROMOTIONS: promotions} if promotions else {})}
