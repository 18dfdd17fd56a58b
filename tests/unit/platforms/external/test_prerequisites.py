"""What a Flink that somebody else runs lacks is said before anything is started, with what to do."""

from pathlib import Path

import pytest

from flinksql.flink.gateway import GatewayClient
from flinksql.sql import Bundle, read_bundle
from flinksql.statement import Definition
from options.flink_lines import FLINK_LINES
from platforms.errors import PlatformError
from platforms.external.capacity import require_model, require_slots
from platforms.external.factories import missing_factories
from platforms.external.prerequisites import examine
from tests.fakes.jobs import Fate
from tests.unit.platforms.external.conftest import Place

TABLES = {
    "src": "CREATE TABLE src (id BIGINT) WITH ('connector' = 'datagen')",
    "snk": "CREATE TABLE snk (id BIGINT) WITH ('connector' = 'blackhole')",
    "copy": "-- parallelism: 3\nINSERT INTO snk SELECT id FROM src",
    "other": "INSERT INTO snk SELECT id FROM src",
}


def bundle(folder: Path, **texts: str) -> Bundle:
    for name, text in {**TABLES, **texts}.items():
        (folder / f"{name}.sql").write_text(f"{text};\n", encoding="utf-8")
    return read_bundle(folder, {"model_endpoint": "http://gateway"}, folder)


def definitions(found: Bundle) -> dict[str, Definition]:
    return {
        one.name: found.definition(one.name, f"flink-reviews/local/{one.name}", {"parallelism.default": "1"}) for one in found.statements
    }


def said(place: Place, **more: str) -> dict[str, str]:
    """Return what stands in the way, with what to do about it; the broker is another test's."""
    found = examine(place.settings(**more), place.access(**more))
    return {one.what: one.fix for one in found if one.stops_up and one.subject == "Flink"}


def test_a_flink_that_has_all_is_called_right(place: Place) -> None:
    assert said(place) == {}
    found = [one.what for one in examine(place.settings(), place.access()) if one.ok]
    assert found[0].startswith("2.2.1 at https://")
    assert "checkpoints go to file:///checkpoints, savepoints to file:///savepoints" in found


@pytest.mark.parametrize(
    ("versions", "line", "told", "fix"),
    [
        pytest.param(
            ("1.20.1", "1.20.1"), "2.2", f"is 1.20.1, and this program knows {' and '.join(FLINK_LINES)}", "ask for a Flink", id="too old"
        ),
        pytest.param(("2.1.2", "2.1.2"), "2.2", "is 2.1.2, and flink.line is 2.2", "pulumi config set flink.line 2.1", id="the other line"),
        pytest.param(("2.2.1", "2.1.2"), "2.2", "SQL Gateway is of Flink 2.1.2 and the JobManager", "cluster's own release", id="mixed"),
        pytest.param(("", "2.2.1"), "2.2", "SQL Gateway is of Flink 2.2.1", "cluster's own release", id="a JobManager that does not say"),
    ],
)
def test_a_version_that_does_not_fit_is_told(place: Place, versions: tuple[str, str], line: str, told: str, fix: str) -> None:
    place.flink.cluster.version, place.flink.gateway.version = versions
    [(what, advice)] = said(place, flink__line=line).items()
    assert told in what
    assert fix in advice


@pytest.mark.parametrize(
    ("configuration", "missing"),
    [
        pytest.param({}, "execution.checkpointing.dir and no execution.checkpointing.savepoint-dir", id="nothing"),
        pytest.param({"execution.checkpointing.dir": "s3://b/c"}, "execution.checkpointing.savepoint-dir", id="no savepoints"),
        pytest.param({"state.checkpoints.dir": "s3://b/c", "state.savepoints.dir": "s3://b/s"}, "", id="former keys"),
    ],
)
def test_a_flink_without_a_place_for_state_is_told(place: Place, configuration: dict[str, str], missing: str) -> None:
    place.flink.cluster.configuration = configuration
    assert [what.partition(" has no ")[2].partition(":")[0] for what in said(place)] == ([missing] if missing else [])


def test_a_server_that_does_not_answer_is_one_finding_with_what_to_do(place: Place) -> None:
    [(what, fix)] = said(place, external__gatewayUrl="https://127.0.0.1:99").items()
    assert what == "The SQL Gateway at https://127.0.0.1:99 cannot be reached: connection refused or host unknown"
    assert fix == "Correct `external.gatewayUrl`, or ask who runs that Flink."


def test_a_broker_that_does_not_answer_is_told(place: Place) -> None:
    [broker] = [one for one in examine(place.settings(), place.access()) if one.subject == "Kafka"]
    assert not broker.ok
    assert "no Kafka broker answers at 127.0.0.1:99" in broker.what


def test_options_that_no_kafka_client_takes_are_told(place: Place) -> None:
    more = {"external__kafkaOptions": "sasl.mechanism=PLAIN,no.such=1"}
    [broker] = [one for one in examine(place.settings(**more), place.access(**more)) if one.subject == "Kafka"]
    assert "the options of the Kafka client for 127.0.0.1:99 are refused" in broker.what
    assert "no.such" in broker.what


def test_jobs_that_find_no_slots_are_told_before_they_wait(place: Place, tmp_path: Path) -> None:
    wanted = definitions(bundle(tmp_path))
    place.flink.cluster.free_slots = 3
    with pytest.raises(PlatformError, match=r"need 4 task slots \(copy 3, other 1\), and the Flink at https://.* has 3 free of 8"):
        require_slots(place.access(), wanted)
    place.flink.cluster.free_slots = 4
    require_slots(place.access(), wanted)


def test_a_job_that_runs_has_its_slots(place: Place, tmp_path: Path) -> None:
    wanted = definitions(bundle(tmp_path))
    place.flink.cluster.free_slots = 1
    place.flink.cluster.submit({"pipeline.name": "flink-reviews/local/copy"}, Fate.RUNS)
    require_slots(place.access(), wanted)


@pytest.mark.parametrize("key", [pytest.param("kubernetes.cluster-id", id="kubernetes"), pytest.param("yarn.application.id", id="yarn")])
def test_task_managers_that_come_on_demand_are_not_counted(place: Place, tmp_path: Path, key: str) -> None:
    place.flink.cluster.free_slots = 0
    place.flink.cluster.configuration[key] = "one"
    require_slots(place.access(), definitions(bundle(tmp_path)))


def test_who_does_not_answer_is_told_elsewhere(place: Place, tmp_path: Path) -> None:
    require_slots(place.access(external__gatewayUrl="https://127.0.0.1:99"), definitions(bundle(tmp_path)))


def test_a_bundle_that_calls_a_model_needs_its_address(place: Place, tmp_path: Path) -> None:
    model = "CREATE MODEL m INPUT (a STRING) OUTPUT (b STRING) WITH ('provider' = 'openai', 'endpoint' = '${model_endpoint}')"
    found = bundle(tmp_path, m=model)
    with pytest.raises(PlatformError, match=r"m\.sql calls a model, and external\.modelUrl is not set"):
        require_model(place.settings(), found)
    require_model(place.settings(external__modelUrl="http://gateway:8080"), found)


def test_a_connector_that_the_gateway_does_not_have_is_named_with_its_file(place: Place, tmp_path: Path) -> None:
    found = bundle(tmp_path, elsewhere="CREATE TABLE elsewhere (id BIGINT) WITH ('connector' = 'jdbc', 'url' = 'jdbc:x')")
    [missing] = missing_factories(GatewayClient(place.access().gateway), found)
    assert (missing.what, missing.file) == ("connector 'jdbc'", "elsewhere.sql")
