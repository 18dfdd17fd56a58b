"""From stage to stage: what was run there may be run here, everything else is refused before anything is made."""

from pathlib import Path

import pytest

from components.names import STATEMENT_TYPE
from components.stack_state import IDENTITY_TYPE
from tests.program.kubernetes_declaration import contract, declare, declared, statements
from tests.program.recorder import State, StoppedError


def handed_on() -> dict[str, object]:
    """Return what `staging` hands on: what it took over, and where its own registry has the images."""
    accepted = contract()
    own = {"flinkRepository": "registry.example.com/flink-ai-demo", "modelGatewayRepository": "registry.example.com/model-gateway"}
    return {**accepted, "contractVersion": 1, "images": {**accepted["images"], **own}}


def test_the_namespace_says_what_it_was_promoted_from() -> None:
    annotations = declared("staging").of_type("core/v1:Namespace")["flink-staging"].inputs["metadata"]["annotations"]
    assert annotations["flink-reviews/promoted"] == f"dev {contract()['bundleHash']}"


def test_a_stack_records_what_it_took_over() -> None:
    made = declared("staging")
    inputs = made.of_type("stack:Identity")["identity"].inputs
    assert inputs["accepted"] == {**contract(), "contractVersion": 1}
    assert inputs["promoted"] == made.outputs["promotedFrom"] == {"stack": "dev", **contract(), "contractVersion": 1}


@pytest.mark.parametrize(
    "state",
    [
        pytest.param(((IDENTITY_TYPE, {"stack_id": "f" * 16, "accepted": contract()}),), id="recorded in its identity"),
        pytest.param((("pulumi:pulumi:Stack", {"promotion": contract()}),), id="exported by an earlier version"),
    ],
)
@pytest.mark.parametrize(
    "promotion", [pytest.param(contract(bundleHash="0" * 64), id="dev is ahead"), pytest.param("nothing", id="dev is down")]
)
def test_a_stack_goes_on_with_what_it_accepted_last(state: State, promotion: object, tmp_path: Path) -> None:
    made = declare("staging", tmp_path, promotion=promotion, state=state)
    assert made.outputs["promotion"] == handed_on()


def test_a_stage_hands_on_what_it_took_over() -> None:
    assert declared("staging").outputs["promotion"] == handed_on()


@pytest.mark.parametrize(
    ("promotion", "message"),
    [
        pytest.param("nothing", "stack dev is not up", id="no contract"),
        pytest.param(contract(contractVersion=2.0), "version 2 of the contract, this program reads 1", id="newer contract"),
        pytest.param(contract(bundleHash="0" * 64), r"was not run on stack dev, which runs reviews \(000000000000\)", id="another bundle"),
        pytest.param(contract(bundle="article"), "which runs article", id="another bundle's name"),
        pytest.param(contract(flinkLine="2.2"), r"stack dev runs Flink 2\.2, this stack is to run 2\.1", id="another line"),
        pytest.param(contract(images={"flink": "latest"}), "names no digests", id="no digests"),
    ],
)
def test_what_was_not_run_on_the_stage_before_is_refused(promotion: object, message: str, tmp_path: Path) -> None:
    with pytest.raises(StoppedError, match=message) as caught:
        declare("staging", tmp_path, promotion=promotion)
    assert "python -m console --stack dev up" in str(caught.value)


def without(name: str) -> State:
    return tuple((kind, outputs) for kind, outputs in statements() if outputs["name"] != name)


def edited(name: str, **changes: object) -> State:
    return tuple((kind, {**outputs, **(changes if outputs["name"] == name else {})}) for kind, outputs in statements())


@pytest.mark.parametrize(
    ("ran", "message"),
    [
        pytest.param(statements(contexts="failed: no memory"), "stack dev is not well: contexts is failed: no memory", id="failed there"),
        pytest.param(statements(contexts="restarting"), "contexts is restarting", id="fails again and again"),
        pytest.param(without("contexts"), "did not end well: contexts did not come to run there", id="never made there"),
        pytest.param(
            edited("product_reviews", text="CREATE TABLE product_reviews (x INT) WITH ('connector' = 'datagen')"),
            "did not end well: product_reviews",
            id="still what it was",
        ),
        pytest.param(edited("contexts", text="-- parallelism: 2\nSELECT 1", written=""), "did not end well: contexts", id="other SQL"),
        pytest.param((*statements(), (STATEMENT_TYPE, {"name": "more", "text": "SELECT 1", "kind": "job"})), ": more", id="one more there"),
        pytest.param(
            tuple((kind, {**one, "parameters": {**one["parameters"], "prompt_summary": "Say nothing."}}) for kind, one in statements()),
            "prompt summary",
            id="another prompt",
        ),
    ],
)
def test_what_does_not_run_well_on_the_stage_before_is_refused(ran: State, message: str, tmp_path: Path) -> None:
    with pytest.raises(StoppedError, match=message):
        declare("staging", tmp_path, ran=ran)


@pytest.mark.parametrize("preview", [pytest.param(True, id="preview"), pytest.param(False, id="up")])
def test_a_refusal_comes_before_anything_is_made(preview: bool, tmp_path: Path) -> None:
    made: list[str] = []
    with pytest.raises(StoppedError):
        declare("staging", tmp_path, preview=preview, promotion=contract(bundleHash="0" * 64), seen=made)
    assert made == []


def test_a_stack_is_not_promoted_from_itself(tmp_path: Path) -> None:
    with pytest.raises(StoppedError, match="this very stack"):
        declare("staging", tmp_path, {"promotion.from": "staging"})


@pytest.mark.parametrize("preview", [pytest.param(True, id="preview"), pytest.param(False, id="up")])
def test_the_committed_prod_is_refused_until_its_owner_chooses_where_checkpoints_lie(preview: bool, tmp_path: Path) -> None:
    made: list[str] = []
    with pytest.raises(StoppedError, match="checkpoints lie on a ReadWriteOnce volume"):
        declare("prod", tmp_path, {"flink.volumeAccess": ""}, preview=preview, seen=made)
    assert made == []
