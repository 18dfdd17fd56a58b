"""Where the state of ended jobs is found: in what the JobManager remembers, in the platform's folders, and by its listing."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import pytest

from flinksql.sql import job_id
from flinksql.statement import Deployed
from flinksql.statements.situation import SavedState
from flinksql.statements.state import FORGOTTEN_GENERATIONS, StateFinder
from flinksql.statements.values import LifecycleSettings, Listing, WrittenState
from tests.unit.flinksql.statements.known_jobs import HELD, NAME, NOTHING, WROTE, JobManager, KnownJob, finder
from tests.unit.flinksql.statements.plan_situations import NEW_HASH, OLD_HASH

FOLDERS = {"checkpoints_folder": Path("/nowhere"), "savepoints_folder": Path("/nowhere")}


def listing_of(*written: WrittenState) -> Listing:
    return lambda jobs: [one for one in written if one.job_id in jobs]


def checkpoint(folder: Path, job: str, number: int = 1) -> str:
    place = folder / "checkpoints" / job / f"chk-{number}"
    place.mkdir(parents=True)
    (place / "_metadata").write_text("", encoding="utf-8")
    return f"file://{place}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("checkpoints", "savepoints"):
        (tmp_path / name).mkdir()
    return tmp_path


@pytest.mark.parametrize(
    ("known", "found"),
    [
        pytest.param({"a": KnownJob(latest=WROTE, completed=1)}, HELD, id="a checkpoint of its own"),
        pytest.param({"a": KnownJob(name="other", latest=WROTE)}, SavedState(), id="another name's job"),
        pytest.param({"a": KnownJob(definition="third", latest=WROTE)}, SavedState(), id="another definition's job"),
        pytest.param({"a": KnownJob(definition="", latest=WROTE)}, SavedState(), id="somebody else's job"),
        pytest.param(
            {"a": KnownJob(latest={"restored": {"external_path": "s3://b/before"}})},
            SavedState(path="s3://b/before"),
            id="what it started from",
        ),
        pytest.param({"a": KnownJob(), "b": KnownJob(latest=WROTE)}, SavedState(), id="the newest job ran and wrote nothing"),
        pytest.param({"a": KnownJob(ran=False), "b": KnownJob(latest=WROTE)}, HELD, id="the newest job never ran"),
        pytest.param({"a": KnownJob(forgotten=True), "b": KnownJob(latest=WROTE)}, HELD, id="the newest job is being forgotten"),
        pytest.param({"a": KnownJob(completed=3)}, SavedState(certain=False), id="it completed checkpoints and names none"),
        pytest.param(
            {"a": KnownJob(completed=3, latest={**WROTE, "savepoint": {"external_path": "s3://b/new", "trigger_timestamp": 7}})},
            SavedState(path="s3://b/new", writer=OLD_HASH),
            id="the newer of two",
        ),
    ],
)
def test_what_the_jobmanager_remembers(known: Mapping[str, KnownJob], found: SavedState) -> None:
    assert finder(known).latest(NAME, NOTHING, {OLD_HASH}) == found


def test_the_recorded_job_counts_under_any_name_and_whatever_it_says_of_itself() -> None:
    known = {"adopted": KnownJob(name="by hand", definition="", latest=WROTE)}
    assert finder(known).latest(NAME, Deployed(definition_hash=OLD_HASH, job_id="adopted"), {OLD_HASH}) == HELD
    assert finder(known).latest(NAME, Deployed(definition_hash=OLD_HASH, job_id="adopted"), {NEW_HASH}) != HELD


def test_jobs_of_other_names_do_not_count_beside_a_recorded_one() -> None:
    recorded = Deployed(definition_hash=OLD_HASH, job_id="gone")
    assert not finder({"other": KnownJob(name="other", latest=WROTE)}).latest(NAME, recorded, {OLD_HASH}).path


def test_the_recorded_job_that_the_jobmanager_knows_has_no_state_for_certain() -> None:
    recorded = Deployed(definition_hash=OLD_HASH, job_id="a")
    assert finder({"a": KnownJob(ran=False)}).latest(NAME, recorded, {OLD_HASH}) == SavedState(certain=True)


def test_without_definitions_every_job_of_the_project_counts() -> None:
    assert finder({"a": KnownJob(definition="third", latest=WROTE)}).latest(NAME, NOTHING) == SavedState(path=HELD.path, writer="third")


FORGOTTEN = Deployed(definition_hash=OLD_HASH, generation=2, job_id=job_id(NAME, OLD_HASH, 2, "salt"))
LAST = FORGOTTEN.generation + FORGOTTEN_GENERATIONS


@pytest.mark.parametrize("generation", [1, 2, LAST])
@pytest.mark.parametrize("salt", ["salt", ""], ids=["salted", "of an installation before salts"])
def test_a_forgotten_job_is_found_in_the_folders_by_its_id(folder: Path, generation: int, salt: str) -> None:
    path = checkpoint(folder, job_id(NAME, OLD_HASH, generation, salt))
    checkpoint(folder, job_id(NAME, OLD_HASH, LAST + 1, salt), 2)
    checkpoint(folder, job_id(NAME, "third", 1, salt), 3)
    assert finder(folder=folder).latest(NAME, FORGOTTEN, {OLD_HASH}) == SavedState(path=path, writer=OLD_HASH)


def test_a_forgotten_jobs_savepoint_is_found_and_what_is_incomplete_is_not(folder: Path) -> None:
    complete, cut_off = (folder / "savepoints" / f"savepoint-{FORGOTTEN.job_id[:6]}-{end}" for end in ("1a", "2b"))
    for place in (complete, cut_off, folder / "checkpoints" / FORGOTTEN.job_id / "chk-7"):
        place.mkdir(parents=True)
    assert finder(folder=folder).latest(NAME, FORGOTTEN, {OLD_HASH}) == SavedState()
    (complete / "_metadata").write_text("", encoding="utf-8")
    assert finder(folder=folder).latest(NAME, FORGOTTEN, {OLD_HASH}) == SavedState(path=f"file://{complete}", writer=OLD_HASH)


def test_a_job_that_is_forgotten_while_it_is_looked_at_is_found_in_its_folder(folder: Path) -> None:
    path = checkpoint(folder, "adopted")
    deployed = Deployed(definition_hash=OLD_HASH, job_id="adopted")
    known = {"adopted": KnownJob(name="by hand", forgotten=True)}
    assert finder(known, folder=folder).latest(NAME, deployed, {OLD_HASH}) == SavedState(path=path, writer=OLD_HASH)


def test_a_checkpoint_that_the_jobmanager_does_not_name_is_found_in_its_folder(folder: Path) -> None:
    path = checkpoint(folder, "a")
    assert finder({"a": KnownJob(completed=1)}, folder=folder).latest(NAME, NOTHING, {OLD_HASH}) == SavedState(path=path, writer=OLD_HASH)


@pytest.mark.parametrize(
    ("written", "found"),
    [
        pytest.param(
            (WrittenState(job_id=FORGOTTEN.job_id, path="s3://b/x", modified=1),), SavedState(path="s3://b/x", writer=OLD_HASH), id="one"
        ),
        pytest.param(
            (
                WrittenState(job_id=FORGOTTEN.job_id, path="s3://b/x", modified=1),
                WrittenState(job_id=job_id(NAME, OLD_HASH, 3, "salt"), path="s3://b/y", modified=2),
                WrittenState(job_id=job_id(NAME, OLD_HASH, 4, "salt"), modified=3),
            ),
            SavedState(path="s3://b/y", writer=OLD_HASH),
            id="the newest that is complete",
        ),
        pytest.param((WrittenState(job_id=FORGOTTEN.job_id),), SavedState(), id="the job's folder, with nothing in it"),
        pytest.param((), SavedState(certain=False), id="not even its folder"),
    ],
)
def test_a_forgotten_job_is_found_by_the_listing_of_a_platform(written: Sequence[WrittenState], found: SavedState) -> None:
    assert finder(listing=listing_of(*written)).latest(NAME, FORGOTTEN, {OLD_HASH}) == found


def test_a_job_forgotten_while_it_is_looked_at_is_asked_of_the_listing() -> None:
    deployed = Deployed(definition_hash=OLD_HASH, job_id="adopted")
    listed = listing_of(WrittenState(job_id="adopted", path="s3://b/x"))
    known = {"adopted": KnownJob(name="by hand", forgotten=True)}
    assert finder(known, listing=listed).latest(NAME, deployed, {OLD_HASH}) == SavedState(path="s3://b/x", writer=OLD_HASH)


def test_a_listing_that_cannot_be_made_leaves_the_matter_open() -> None:
    assert finder(listing=lambda _jobs: None).latest(NAME, FORGOTTEN, {OLD_HASH}) == SavedState(certain=False)


def test_a_paused_statement_has_its_savepoint_until_a_job_wrote_something_newer() -> None:
    paused = Deployed(definition_hash=OLD_HASH, savepoint="s3://b/kept")
    assert finder().latest(NAME, paused, {OLD_HASH}) == SavedState(path="s3://b/kept", writer=OLD_HASH)
    assert finder({"a": KnownJob()}).latest(NAME, paused, {OLD_HASH}) == SavedState(path="s3://b/kept", writer=OLD_HASH)
    assert finder({"a": KnownJob(latest=WROTE)}).latest(NAME, paused, {OLD_HASH}) == HELD


@pytest.mark.parametrize(
    ("settings", "configured", "looked", "example"),
    [
        pytest.param(
            {"state_root": "file:///v"}, {}, "below file:///v/checkpoints no checkpoint", "file:///v/checkpoints/0f", id="a volume"
        ),
        pytest.param(
            {"state_root": "s3://b"}, {}, "wrote below s3://b/checkpoints cannot be looked at", "s3://b/checkpoints/0f", id="a store"
        ),
        pytest.param(
            {}, {"execution.checkpointing.dir": "s3://c/d/"}, "below s3://c/d cannot be looked at", "s3://c/d/0f", id="another's Flink"
        ),
        pytest.param({}, {"state.checkpoints.dir": "s3://e"}, "below s3://e cannot be looked at", "s3://e/0f", id="by the former key"),
        pytest.param({}, {}, "what Flink wrote cannot be looked at", "file:///<folder>/checkpoints/0f", id="nobody tells"),
        pytest.param({}, None, "what Flink wrote cannot be looked at", "file:///<folder>/checkpoints/0f", id="nobody answers"),
        pytest.param(FOLDERS, {}, "in its folders no checkpoint", "file:///<folder>/checkpoints/0f", id="folders"),
    ],
)
def test_state_that_is_not_found_is_told_with_the_place_that_was_looked_at(
    settings: Mapping[str, Any], configured: Mapping[str, str] | None, looked: str, example: str
) -> None:
    known = JobManager(configured=configured)
    told = str(StateFinder(jobmanager=cast("Any", known), settings=LifecycleSettings(**settings)).not_found("copy", "0f"))
    assert looked in told
    assert f"`-- restore_from: {example}/chk-<number>`" in told


def test_a_job_whose_id_is_not_known_has_a_place_all_the_same() -> None:
    assert "`-- restore_from: file:///<folder>/checkpoints/<job id>/chk-<number>`" in str(finder().not_found("copy", ""))
