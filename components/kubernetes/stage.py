"""The stage before: a reference to its stack, and what of its contract this stack takes over.

A refusal must come before anything is made. The program runs before the other stack's outputs are known, so the namespace, which everything
else stands on, carries a value of the accepted contract: without it the namespace, and with it all the rest, is never declared.
"""

import pulumi

from components.failing import fail
from components.names import PROJECT, STAGE_BEFORE
from components.promotion import OUTPUT, Offer, PromotionError, Wanted, accept


class StageBefore:
    """`offer` is known in previews too: the other stack's outputs are those of its last update. Fails the run when nothing fits."""

    name: str
    offer: pulumi.Output[Offer]

    def __init__(self, name: str, wanted: Wanted) -> None:
        self.name = name
        reference = pulumi.StackReference(STAGE_BEFORE, f"{pulumi.get_organization()}/{PROJECT}/{name}")
        self.offer = reference.get_output(OUTPUT).apply(lambda contract: _accepted(contract, wanted, name))


def _accepted(contract: object, wanted: Wanted, name: str) -> Offer:
    try:
        return accept(contract, wanted, source=name)
    except PromotionError as error:
        fail(str(error))
