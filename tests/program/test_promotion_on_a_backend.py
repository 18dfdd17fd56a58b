"""Promotion over a real backend: two stacks of one folder, with the engine, and no cluster.

The programs are small: what a stage declares besides is the business of other tests, and needs a plugin that no package registry holds.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pulumi
import pytest

from components.names import PROJECT_FOLDER, stack_mark
from components.promotion import OUTPUT, Wanted
from components.providers.stack_identity import Identity
from components.stack_state import own_state
from console.driver.progress import Progress, Row
from console.driver.run import Driver, Outcome
from console.project import open_project
from console.toolchain import find
from flinksql.sql import Bundle
from flinksql.sql.graph import build_graph
from platforms.previous_stage import accepted, known_promotions, read_stage
from platforms.promotion_overrides import Overrides
from settings import parse_settings

DIGESTS = {"flink": f"sha256:{'a' * 64}", "modelGateway": f"sha256:{'b' * 64}"}
RUN = {"contractVersion": 1, "bundle": "reviews", "bundleHash": "c" * 64, "flinkLine": "2.1", "images": DIGESTS}
PACKAGES = ("components", "settings", "platforms", "cluster", "embedded", "flinksql")
NOTHING = Bundle(entries={}, graph=build_graph([]))
WANTED = Wanted(bundle="reviews", bundle_hash="c" * 64, flink_line="2.1")


@dataclass(kw_only=True)
class Silent:
    """Watches a run and says nothing."""

    said: list[str] = field(default_factory=list)

    def say(self, message: str) -> None:
        self.said.append(message)

    def follow(self, progress: Progress, clock: Callable[[], float]) -> None:
        pass

    def changed(self, row: Row) -> None:
        pass


@dataclass(frozen=True, kw_only=True)
class Stages:
    root: Path

    def driver(self, stack: str, program: Callable[[], None]) -> Driver:
        toolchain = find(PROJECT_FOLDER / ".data")
        if toolchain is None:
            pytest.skip("no Pulumi CLI on PATH or in the data folder: run `python -m console toolchain` once")
        return Driver(project=open_project(stack, self.root), toolchain=toolchain, program=program, observer=Silent())

    def hand_on(self, contract: dict[str, Any] | None) -> None:
        """Bring `dev` up with that contract, or without any."""
        outcome = self.driver("dev", lambda: pulumi.export(OUTPUT, contract) if contract else None).up()
        assert outcome.succeeded, outcome.progress.errors

    def forget_dev(self) -> None:
        """Remove `dev`, as the end of a laptop's day does."""
        self.driver("dev", lambda: None).forget()

    def take_over(self, wanted: Wanted = WANTED) -> Outcome:
        """Bring `staging` up with what `dev` hands on."""

        def program() -> None:
            state = own_state()
            settings = parse_settings({"promotion.from": "dev"}, project_folder=self.root)
            known = known_promotions(state, "dev")
            promotion = accepted("dev", wanted, known, lambda: read_stage("dev", settings, NOTHING), overrides=Overrides(settings))
            Identity(stack_mark("staging"), state.stack_id, promotion.offer.contract(), promotion=promotion)
            pulumi.export("flink", promotion.offer.flink_digest)
            pulumi.export("id", state.stack_id)

        return self.driver("staging", program).up()


@pytest.fixture
def stages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stages:
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "correct horse")
    monkeypatch.delenv("PULUMI_BACKEND_URL", raising=False)
    root = tmp_path.resolve()
    for name in ("Pulumi.yaml", "Pulumi.dev.yaml", "Pulumi.staging.yaml"):
        shutil.copy2(PROJECT_FOLDER / name, root / name)
    # Pulumi.yaml names its launcher, and the process of the dynamic providers imports them.
    for name in PACKAGES:
        (root / name).symlink_to(PROJECT_FOLDER / name)
    (root / ".venv").symlink_to(PROJECT_FOLDER / ".venv")
    monkeypatch.setenv("PYTHONPATH", str(PROJECT_FOLDER))
    return Stages(root=root)


def errors(outcome: Outcome) -> str:
    return "\n".join(problem.message for problem in outcome.progress.errors)


def test_what_was_run_on_dev_is_taken_over_by_staging(stages: Stages) -> None:
    stages.hand_on(RUN)
    outcome = stages.take_over()
    assert outcome.succeeded, errors(outcome)
    assert outcome.progress.outputs["flink"] == DIGESTS["flink"]


@pytest.mark.parametrize(
    ("contract", "message"),
    [
        pytest.param({**RUN, "bundleHash": "d" * 64}, "bundle reviews (cccccccccccc) was not run on stack dev", id="another bundle"),
        pytest.param(None, "stack dev is not up", id="nothing to take over"),
    ],
)
def test_a_refusal_is_one_plain_error_with_what_to_do(stages: Stages, contract: dict[str, Any] | None, message: str) -> None:
    stages.hand_on(contract)
    outcome = stages.take_over()
    assert not outcome.succeeded
    assert message in errors(outcome)
    assert "python -m console --stack dev up" in errors(outcome)
    assert "Traceback" not in errors(outcome)
    assert len(outcome.progress.errors) == 1


def test_a_stage_that_was_never_brought_up_is_named(stages: Stages) -> None:
    outcome = stages.take_over()
    assert not outcome.succeeded
    assert "dev" in errors(outcome)
    assert "Traceback" not in errors(outcome)


NEWER_FLINK = f"sha256:{'e' * 64}"
NEWER = {**RUN, "bundleHash": "d" * 64, "images": {"flink": NEWER_FLINK, "modelGateway": f"sha256:{'f' * 64}"}}


@pytest.mark.parametrize("is_gone", [pytest.param(False, id="dev is ahead"), pytest.param(True, id="dev is gone")])
def test_a_stack_goes_on_with_what_it_accepted_last(stages: Stages, is_gone: bool) -> None:
    stages.hand_on(RUN)
    first = stages.take_over()
    if is_gone:
        stages.forget_dev()
    else:
        stages.hand_on(NEWER)
    again = stages.take_over()
    assert again.succeeded, errors(again)
    assert again.progress.outputs == first.progress.outputs


@pytest.mark.parametrize("is_gone", [pytest.param(False, id="dev is behind"), pytest.param(True, id="dev is gone")])
def test_what_never_ran_on_dev_is_refused_also_by_a_stack_that_runs(stages: Stages, is_gone: bool) -> None:
    stages.hand_on(RUN)
    assert stages.take_over().succeeded
    if is_gone:
        stages.forget_dev()
    refused = stages.take_over(Wanted(bundle="reviews", bundle_hash="9" * 64, flink_line="2.1"))
    assert not refused.succeeded
    assert ("stack dev is not up" if is_gone else "was not run on stack dev") in errors(refused)


def test_what_dev_runs_newly_is_taken_over(stages: Stages) -> None:
    stages.hand_on(RUN)
    assert stages.take_over().succeeded
    stages.hand_on(NEWER)
    outcome = stages.take_over(Wanted(bundle="reviews", bundle_hash="d" * 64, flink_line="2.1"))
    assert outcome.succeeded, errors(outcome)
    assert outcome.progress.outputs["flink"] == NEWER_FLINK
