"""Samples of a bundle, where records of a file go, what is shown, and when the results of the samples are complete."""

from pathlib import Path

import pytest

from console.commands.watch import shown_topic
from console.errors import ConsoleError
from console.feeding.samples import file_batch, sample_batches
from console.watching.expectation import expectation_of
from console.watching.results import Result
from platforms.bundle_view import BundleView, Location, view_bundle
from settings import parse_settings

SOURCE = (
    "CREATE TABLE {name} (id STRING, city STRING) WITH ('connector' = 'kafka', 'topic' = '${{topic_prefix}}{name}', 'format' = '{form}', "
    "'properties.bootstrap.servers' = '${{kafka_bootstrap}}', 'properties.group.id' = 'g', 'scan.startup.mode' = 'earliest-offset'{more})"
)
FILES = {
    "orders": SOURCE.format(name="orders", form="json", more=""),
    "events": SOURCE.format(name="events", form="csv", more=", 'key.format' = 'json', 'key.fields' = 'id;city'"),
    "totals": SOURCE.format(name="totals", form="json", more=""),
    "count_orders": "INSERT INTO totals SELECT id, city FROM orders",
}
ORDERS = '{"id": "1", "city": "Rome"}\n{"id": "2", "city": "Oslo"}\n'
MANIFEST = """\
samples:
  - {table: orders, file: orders.jsonl, key: city, id: id}
  - {table: orders, file: bad.jsonl, key: city, malformed: true}
show: {table: totals, key: city, columns: [city], one: total, many: totals}
demo: {within_seconds: wait + 5, covers: orders, every_key: true}
parameters: {wait: {type: integer, default: 10}}
"""


def view(tmp_path: Path, manifest: str = MANIFEST, **more: str) -> BundleView:
    for name, text in FILES.items():
        (tmp_path / f"{name}.sql").write_text(text, encoding="utf-8")
    (tmp_path / "orders.jsonl").write_text(ORDERS, encoding="utf-8")
    (tmp_path / "bad.jsonl").write_text('{"note": "no JSON", "base64": "eA=="}\n', encoding="utf-8")
    (tmp_path / "bundle.yaml").write_text(manifest, encoding="utf-8")
    return view_bundle(parse_settings({"bundle": str(tmp_path), "topics.prefix": "dev.", **more}))


def test_samples_go_to_the_topics_of_their_tables(tmp_path: Path) -> None:
    good, bad = sample_batches(view(tmp_path))
    assert (good.topic, [one.key for one in good.records]) == ("dev.orders", [b"Rome", b"Oslo"])
    assert (bad.topic, bad.malformed, [one.value for one in bad.records]) == ("dev.orders", True, [b"x"])


CSV_SAMPLES = "samples: [{table: events, file: events.csv, key: city, id: id, time: at}]\n"
TIMED = FILES["events"].replace("city STRING", "city STRING, n INT, `at` TIMESTAMP(3)")


@pytest.mark.parametrize(
    ("file", "content"),
    [
        pytest.param("events.csv", 'id,city,n,at\na,"Rome; old",1,2026-01-01 10:00:00\nb,Oslo,,2026-01-01 10:00:01\n', id="CSV"),
        pytest.param("events.csv", 'id;city;n;at\na;"Rome; old";1;2026-01-01 10:00:00\nb;Oslo;;2026-01-01 10:00:01\n', id="as the table"),
        pytest.param(
            "events.jsonl",
            '{"id": "a", "city": "Rome; old", "n": 1, "at": "2026-01-01 10:00:00"}\n'
            '{"id": "b", "city": "Oslo", "at": "2026-01-01 10:00:01"}\n',
            id="JSON lines",
        ),
    ],
)
def test_rows_of_samples_are_sent_in_the_format_of_their_table(tmp_path: Path, file: str, content: str) -> None:
    view(tmp_path)
    (tmp_path / "events.sql").write_text(TIMED.replace("'csv'", "'csv', 'csv.field-delimiter' = ';'"), encoding="utf-8")
    (tmp_path / "bundle.yaml").write_text(CSV_SAMPLES.replace("events.csv", file), encoding="utf-8")
    (tmp_path / file).write_text(content, encoding="utf-8")
    project = view_bundle(parse_settings({"bundle": str(tmp_path)}))
    (batch,) = sample_batches(project)
    first, second = (one.value.decode() for one in batch.records)
    assert first.startswith('a;"Rome; old";1;')
    assert second.startswith("b;Oslo;;")
    assert "2026-01-01" not in first
    assert [one.key for one in batch.records] == [b'{"city":"Rome; old"}', b'{"city":"Oslo"}']
    assert batch.form.again(batch.records[0], 2).value.decode().startswith('a-2;"Rome; old";1;')


def test_a_sample_that_its_table_cannot_read_is_told_before_anything_is_sent(tmp_path: Path) -> None:
    view(tmp_path)
    (tmp_path / "bundle.yaml").write_text("samples: [{table: orders, file: orders.csv, key: city}]\n", encoding="utf-8")
    (tmp_path / "orders.csv").write_text("id,town\n1,Rome\n", encoding="utf-8")
    with pytest.raises(ConsoleError, match=r"orders\.csv:2:1: the table has no column town"):
        sample_batches(view_bundle(parse_settings({"bundle": str(tmp_path)})))


@pytest.mark.parametrize(
    ("to", "key", "topic", "first"),
    [
        pytest.param("", "", "dev.orders", b"Rome", id="as the samples"),
        pytest.param("", "id", "dev.orders", b"1", id="another key"),
        pytest.param("totals", "", "dev.totals", None, id="a table without samples"),
        pytest.param("totals", "id", "dev.totals", b"1", id="a table without samples, keyed"),
        pytest.param("events", "id", "dev.events", b'{"id":"1"}', id="a table whose keys are JSON"),
        pytest.param("dev.orders", "", "dev.orders", b"Rome", id="a topic with its prefix"),
    ],
)
def test_records_of_a_file_go_where_they_are_sent(tmp_path: Path, to: str, key: str, topic: str, first: bytes | None) -> None:
    batch = file_batch(view(tmp_path), str(tmp_path / "orders.jsonl"), to=to, key=key)
    assert (batch.topic, batch.records[0].key) == (topic, first)


@pytest.mark.parametrize(
    ("manifest", "to", "told"),
    [
        pytest.param(MANIFEST, "order", "has no table or topic order", id="no such table"),
        pytest.param("{}", "", "does not say where records go", id="no samples"),
        pytest.param(
            "samples: [{table: orders, file: orders.jsonl, key: [id, city]}]",
            "",
            "the key of samples for dev.orders has 2 fields",
            id="keys",
        ),
    ],
)
def test_records_that_have_nowhere_to_go_are_refused(tmp_path: Path, manifest: str, to: str, told: str) -> None:
    with pytest.raises(ConsoleError, match=told):
        file_batch(view(tmp_path, manifest), str(tmp_path / "orders.jsonl"), to=to)


def test_a_file_that_is_being_edited_hides_only_its_own_table(tmp_path: Path) -> None:
    read = view(tmp_path)
    (tmp_path / "events.sql").write_text("CREATE TABLE events (", encoding="utf-8")
    again = view_bundle(parse_settings({"bundle": str(tmp_path), "topics.prefix": "dev."}))
    assert read.location(table="events") == Location(topic="dev.events", key_format="json", format="csv")
    assert again.location(table="events") is None
    assert again.location(table="orders") == Location(topic="dev.orders", key_format="raw", format="json")


@pytest.mark.parametrize(
    ("manifest", "of", "topic", "many"),
    [
        pytest.param(MANIFEST, "", "dev.totals", "totals", id="as the manifest says"),
        pytest.param(MANIFEST, "totals", "dev.totals", "totals", id="the same by its name"),
        pytest.param(MANIFEST, "orders", "dev.orders", "results", id="another table"),
        pytest.param("{}", "", "dev.totals", "results", id="the only table that is written and not read"),
    ],
)
def test_what_is_shown(tmp_path: Path, manifest: str, of: str, topic: str, many: str) -> None:
    found, display = shown_topic(view(tmp_path, manifest), of)
    assert (found, display.many) == (topic, many)


def test_without_one_result_somebody_must_say_what_is_shown(tmp_path: Path) -> None:
    files = view(tmp_path, "{}")
    (tmp_path / "more.sql").write_text("INSERT INTO events SELECT id, city FROM orders", encoding="utf-8")
    with pytest.raises(ConsoleError, match="has 2 result tables") as caught:
        shown_topic(view_bundle(parse_settings({"bundle": str(files.folder)})))
    assert "--of" in caught.value.advice


def result(**fields: object) -> Result:
    return Result(fields=fields)


@pytest.mark.parametrize(
    ("results", "met"),
    [
        pytest.param([], False, id="nothing"),
        pytest.param([result(city="Rome", orders=2)], False, id="a key is missing"),
        pytest.param([result(city="Rome", orders=1), result(city="Oslo")], False, id="records are missing"),
        pytest.param([result(city="Rome", orders=1), result(city="Oslo", orders=1)], True, id="all"),
        pytest.param([result(city="Rome", orders="2"), result(city="Oslo", orders=None)], False, id="no numbers"),
    ],
)
def test_results_are_complete_when_all_that_is_expected_has_come(tmp_path: Path, results: list[Result], met: bool) -> None:
    read = view(tmp_path)
    expected = expectation_of(read, sample_batches(read))
    assert (expected.records, expected.keys) == (2, frozenset({b"Rome", b"Oslo"}))
    assert expected.is_met(results) is met


def test_a_demonstration_waits_as_long_as_the_parameters_say(tmp_path: Path) -> None:
    assert view(tmp_path).seconds() == 15
    assert view(tmp_path, **{"bundle.parameters.wait": "60"}).seconds() == 65


def test_without_expectations_one_result_is_enough(tmp_path: Path) -> None:
    read = view(tmp_path, "samples: [{table: orders, file: orders.jsonl}]\nshow: {table: totals}")
    expected = expectation_of(read, sample_batches(read))
    assert (expected.is_met([]), expected.is_met([result(a=1)])) == (False, True)
    assert expected.progress([]) == "0 of at least 1"
