"""Promotion on this machine's platform: the same seam as in a cluster, without images; and contracts of topics that others read."""

import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from components.access import Access
from components.approval_store import Approval, approval_store
from components.names import PIPELINE_TYPE, PROJECT, STATEMENT_TYPE, stack_mark
from components.promotion_history import with_promotion
from components.providers.definitions import plain_definition
from components.stack_state import IDENTITY_TYPE
from flinksql.sql import read_bundle
from platforms.embedded.platform import EmbeddedPlatform
from tests.program.recorder import STACK_ID, Declaration, State, StoppedError, run_program
from tests.support.ports import free_ports

DEV = f"organization/{PROJECT}/dev"
TOTALS = """-- what others read
CREATE TABLE totals ({columns}) WITH ('connector' = 'kafka', 'topic' = 'totals', 'properties.bootstrap.servers' = 'k:9092',
  'format' = 'json');
"""
FILES = {
    "src.sql": "CREATE TABLE src (id BIGINT) WITH ('connector' = 'datagen');\n",
    "totals.sql": TOTALS.format(columns="id BIGINT, n BIGINT"),
    "fill.sql": "INSERT INTO totals SELECT id, 1 FROM src;\n",
    "bundle.yaml": "public: [totals]\n",
}


class Stages:
    """The bundle in the working tree, what `dev` runs, and what `staging` remembers."""

    def __init__(self, folder: Path) -> None:
        self.bundle = folder / "ids"
        self.bundle.mkdir()
        for name, text in FILES.items():
            self.write(name, text)
        self.data = folder / "data"
        self.data.mkdir()
        self.dev: State = ()
        """Nothing of a stack that was made and never up. One that was never made is a test on the engine: mocks do not get over it."""
        self.outputs: Mapping[str, Any] = {}
        self.own: State = ((IDENTITY_TYPE, {"stack_id": STACK_ID}),)
        self.made: list[str] = []

    def write(self, name: str, text: str) -> None:
        (self.bundle / name).write_text(text, encoding="utf-8")

    @property
    def hash(self) -> str:
        return read_bundle(self.bundle, {}, self.bundle.parent).hash

    def statements(self, stack: str = "dev", **conditions: str) -> State:
        """Return what a state has of the statements that are in the working tree now."""
        bundle = read_bundle(self.bundle, {}, self.bundle.parent)
        definitions = [bundle.definition(one.name, f"{PROJECT}/{stack}/{one.name}") for one in bundle.statements]
        return tuple((STATEMENT_TYPE, {**plain_definition(one), "condition": conditions.get(one.name, "running")}) for one in definitions)

    def up_in_dev(self, **conditions: str) -> None:
        """Let `dev` have come up with the working tree."""
        self.dev = ((PIPELINE_TYPE, {"bundle": "ids", "hash": self.hash}), *self.statements(**conditions))
        self.outputs = {"platform": "embedded", "flinkLine": "2.2", "dataFolder": str(self.data)}

    def declare(self, more: Mapping[str, str] = MappingProxyType({}), *, preview: bool = False) -> Declaration:
        """Run the program for `staging`."""
        self.made = []
        config = {"bundle": str(self.bundle), "promotion.from": "dev", "data.folder": str(self.data), **more}
        known = {DEV: self.outputs}
        return run_program(
            config,
            stack="staging",
            preview=preview,
            stacks=known,
            resources={DEV: self.dev},
            state=self.own,
            seen=self.made,
        )

    def refused(self, **more: str) -> str:
        with pytest.raises(StoppedError) as caught:
            self.declare(more, preview=True)
        assert self.made == []
        return str(caught.value)

    def take_over(self, **more: str) -> dict[str, Any]:
        """Run the program, let `staging` remember what its identity would, and return that promotion."""
        made = self.declare(more)
        inputs = dict(made.of_type("stack:Identity")["identity"].inputs)
        before = dict(self.own[0][1])
        self.own = ((IDENTITY_TYPE, {**inputs, "promotions": with_promotion(before, inputs)}),)
        assert made.outputs["promotedFrom"] == inputs["promoted"]
        return dict(inputs["promoted"])


@pytest.fixture
def stages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stages:
    monkeypatch.setattr(EmbeddedPlatform, "connect_to_stage", lambda _self, _outputs: None)
    return Stages(tmp_path)


def test_what_dev_runs_well_is_taken_over_and_remembered(stages: Stages) -> None:
    stages.up_in_dev()
    assert stages.take_over() == {
        "stack": "dev",
        "contractVersion": 1,
        "bundle": "ids",
        "bundleHash": stages.hash,
        "flinkLine": "2.2",
    }


def test_a_stack_that_is_promoted_from_none_is_as_it_was(stages: Stages) -> None:
    made = stages.declare({"promotion.from": ""})
    assert "promoted" not in made.of_type("stack:Identity")["identity"].inputs
    assert "promotedFrom" not in made.outputs


def test_a_stage_that_was_never_up_is_named(stages: Stages) -> None:
    said = stages.refused()
    assert "stack dev is not up" in said
    assert "python -m console --stack dev up" in said


def test_a_stage_whose_first_up_failed_has_nothing_to_promote(stages: Stages) -> None:
    stages.up_in_dev()
    stages.dev = stages.statements()
    assert "stack dev is not up: it never was, its first `up` did not end well" in stages.refused()


def test_edits_that_dev_does_not_run_are_named(stages: Stages) -> None:
    stages.up_in_dev()
    stages.write("fill.sql", "INSERT INTO totals SELECT id, 2 FROM src;\n")
    stages.write("more.sql", "INSERT INTO totals SELECT id, 3 FROM src;\n")
    said = stages.refused()
    assert "was not run on stack dev, which runs ids (" in said
    assert "Different: fill, more." in said
    assert "or check out what runs there" in said


def test_comments_and_white_space_are_no_difference(stages: Stages) -> None:
    stages.up_in_dev()
    stages.write("fill.sql", "-- more words\nINSERT INTO totals\nSELECT id, 1 FROM src;\n")
    assert stages.take_over()["bundleHash"] == stages.hash


def test_another_flink_line_is_refused(stages: Stages) -> None:
    stages.up_in_dev()
    assert "stack dev runs Flink 2.2, this stack is to run 2.1" in stages.refused(**{"flink.line": "2.1"})


def test_what_is_recorded_as_unwell_in_dev_is_refused(stages: Stages) -> None:
    stages.up_in_dev(fill="failed: no memory")
    assert "stack dev is not well: fill is failed" in stages.refused()


def test_dev_is_looked_at_where_it_can_be_reached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stages = Stages(tmp_path)
    stages.up_in_dev()
    [port] = free_ports(1)
    for url in (f"http://127.0.0.1:{port}", f"https://127.0.0.1:{port}"):
        # With TLS there is no certificate in the data folder: it is another machine's.
        stages.outputs = {**stages.outputs, "jobManagerUrl": url}
        assert "stack dev is not well: fill is unreachable" in stages.refused()
    looked: list[Mapping[str, Any]] = []

    def connected(self: EmbeddedPlatform, outputs: Mapping[str, Any]) -> Access:
        looked.append(outputs)
        return self.connect(outputs)

    monkeypatch.setattr(EmbeddedPlatform, "connect_to_stage", connected)
    stages.own = ((IDENTITY_TYPE, {"stack_id": STACK_ID, "promotions": [{"stack": "dev", "at": "2026", **contract(stages)}]}),)
    stages.declare()
    assert looked == [], "what was taken over before needs nobody's word"


def contract(stages: Stages) -> dict[str, Any]:
    return {"contractVersion": 1, "bundle": "ids", "bundleHash": stages.hash, "flinkLine": "2.2"}


def asked(said: str) -> str:
    found = re.search(r"--stack staging approve (c[0-9a-f]{11}) --reason", said)
    assert found is not None, said
    return found[1]


@pytest.mark.parametrize("way", [pytest.param("configuration", id="configuration"), pytest.param("command", id="command")])
def test_an_override_lets_exactly_one_promotion_through_and_is_remembered(stages: Stages, way: str) -> None:
    stages.up_in_dev(fill="restarting")
    change = asked(stages.refused())
    assert asked(stages.refused()) == change, "the same from one look to the next"
    assert stages.refused(approve="c00000000000")
    given = {"approve": change}
    store = approval_store(stages.data, stack_mark("staging"))
    if way == "command":
        given = {}
        approval = Approval(hash=change, statement="promotion from dev", by="ann@here", at="2026-01-01", reason="it burns")
        held = store.read()
        store.change(lambda _held: type(held)(asked=held.asked, approved={change: approval}))
    promoted = stages.take_over(**given)
    override = promoted["override"]
    assert (override["hash"], override["problem"]) == (change, "unhealthy fill")
    expected = {"command": ("ann@here", "it burns"), "configuration": ("the stack's configuration", None)}
    assert (override["by"], override.get("reason")) == expected[way]
    assert stages.take_over() == promoted, "what is in force needs no word again"

    stages.write("fill.sql", "INSERT INTO totals SELECT id, 2 FROM src;\n")
    assert asked(stages.refused(**given)) != change


def test_a_stack_of_which_nothing_ever_ran_elsewhere_can_be_overridden(stages: Stages) -> None:
    assert stages.take_over(approve=asked(stages.refused()))["override"]["problem"] == "not up"


def test_a_stack_goes_back_to_what_it_took_over_before(stages: Stages) -> None:
    stages.up_in_dev()
    first = stages.take_over()
    stages.write("fill.sql", "INSERT INTO totals SELECT id, 2 FROM src;\n")
    stages.up_in_dev()
    second = stages.take_over()
    assert second["bundleHash"] != first["bundleHash"]
    stages.write("fill.sql", FILES["fill.sql"])
    assert stages.take_over() == {**first, "goesBack": True}
    assert [one["bundleHash"] for one in stages.own[0][1]["promotions"]] == [one["bundleHash"] for one in (first, second, first)]
    stages.write("fill.sql", "INSERT INTO totals SELECT id, 3 FROM src;\n")
    assert "was not run on stack dev" in stages.refused()


def test_a_stack_is_not_promoted_from_itself(stages: Stages) -> None:
    assert "this very stack" in stages.refused(**{"promotion.from": "staging"})


@pytest.mark.parametrize("preview", [pytest.param(True, id="preview"), pytest.param(False, id="up")])
def test_a_public_topic_that_loses_a_column_is_refused_before_anything_is_made(stages: Stages, preview: bool) -> None:
    stages.own = (*stages.own, *stages.statements("staging"))
    stages.write("totals.sql", TOTALS.format(columns="id BIGINT"))
    stages.write("fill.sql", "INSERT INTO totals SELECT id FROM src;\n")
    with pytest.raises(StoppedError, match=r"ids/totals\.sql:2:14: others read topic totals .*it loses the column n\. .*a new topic"):
        stages.declare({"promotion.from": ""}, preview=preview)
    assert stages.made == []
    stages.write("bundle.yaml", "public: []\n")
    stages.declare({"promotion.from": ""}, preview=preview)
