"""The promotions of a stack, as its identity keeps them."""

from typing import Any

import pytest

from components.promotion import Offer
from components.promotion_history import MOST, Override, Promotion, promotions_of, with_promotion
from components.providers.stack_identity import IdentityProvider, identity_inputs
from components.statement_history import Action, begun
from console.history import in_force

OVERRIDE = Override(hash="c0", by="ann@here", at="2026-01-01", reason="it burns", problem="never up")


def promotion(digit: str = "1", **more: Any) -> Promotion:  # noqa: ANN401  # fields of a promotion
    return Promotion(source="dev", offer=Offer(bundle="ids", bundle_hash=64 * digit, flink_line="2.2"), **more)


def inputs(one: Promotion | None) -> dict[str, Any]:
    return identity_inputs("p/s", "0", promotion=one)


def test_each_promotion_is_remembered_once_with_moment_and_person() -> None:
    provider = IdentityProvider()
    state = provider.create(inputs(promotion("1"))).outs or {}
    assert provider.diff("0", state, inputs(promotion("1"))).changes is False
    assert provider.diff("0", state, inputs(promotion("2"))).changes is True
    state = provider.update("0", state, inputs(promotion("2", override=OVERRIDE))).outs or {}
    first, second = promotions_of(state)
    assert (first.offer, second.offer) == (promotion("1").offer, promotion("2").offer)
    assert second.override == OVERRIDE
    assert first.at <= second.at != ""
    assert "@" in second.by
    kept = provider.update("0", state, inputs(promotion("2", override=OVERRIDE))).outs or {}
    assert promotions_of(kept) == [first, second], "the same once more is none"


def test_a_stack_that_is_promoted_from_none_is_no_difference_to_an_earlier_version() -> None:
    state = {"stack": "p/s", "stack_id": "0", "accepted": {}}
    assert IdentityProvider().diff("0", state, inputs(None)).changes is False
    assert (IdentityProvider().create(inputs(None)).outs or {}) == state


def test_the_memory_survives_that_a_stack_stops_to_be_promoted() -> None:
    state = IdentityProvider().create(inputs(promotion("1"))).outs or {}
    assert len(promotions_of(IdentityProvider().update("0", state, inputs(None)).outs or {})) == 1


def test_the_oldest_are_forgotten() -> None:
    state: dict[str, Any] = {}
    for number in range(MOST + 5):
        news = inputs(promotion(str(number % 10)))
        state = {**news, "promotions": with_promotion(state, news)}
    assert len(state["promotions"]) == MOST


@pytest.mark.parametrize("damaged", [pytest.param(None, id="nothing"), pytest.param("text", id="a text"), pytest.param({}, id="no stage")])
def test_what_is_no_promotion_is_left_out(damaged: object) -> None:
    assert promotions_of({"promotions": [damaged]}) == []


def test_they_are_told_with_version_and_override() -> None:
    assert str(promotion()) == "promoted from dev at ids (111111111111)"
    assert str(promotion(override=OVERRIDE)) == "promoted from dev at ids (111111111111), overridden as c0 by ann@here: it burns"
    assert str(promotion(goes_back=True)) == "back to what was promoted from dev at ids (111111111111)"


def test_an_entry_was_made_under_the_newest_promotion_before_it() -> None:
    known = [promotion("1", at="2026-01-01T00:00:00Z"), promotion("2", at="2026-01-02T00:00:00Z")]
    entry = begun("copy", Action.CHANGED)
    assert in_force(known, entry) == known[1]
    assert in_force([promotion("3", at="9999")], entry) is None
