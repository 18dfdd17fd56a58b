"""What the benchmarks measure with: bundles, scripts, settings and folders that they make."""

import json
import re
from collections import Counter
from itertools import islice
from pathlib import Path

import pytest
import yaml

from benchmarks.bare_client import ORDER, article_statements
from benchmarks.context_cost import contexts
from benchmarks.no_op_up import COUNTS, MOST_JOBS, bundle
from benchmarks.places import PORTS, REPOSITORY
from benchmarks.project import empty, share_cli, stack_file
from benchmarks.submit_throughput import JOBS, jobs
from benchmarks.throughput import PRODUCTS, bounded_script, parameters, reviews
from benchmarks.warm_statements import bundles
from flinksql.sql import read_bundle
from flinksql.statement import Kind
from options.infrastructure import Ports
from tests.oracle.verdict import OK, judge

ARTICLE = REPOSITORY / "sql" / "article"
VALUES = parameters("127.0.0.1:9092")


def written(folder: Path, statements: dict[str, str]) -> Path:
    folder.mkdir()
    for name, text in statements.items():
        (folder / f"{name}.sql").write_text(text, encoding="utf-8")
    return folder


def test_contexts_are_those_of_stage_one() -> None:
    first, second = (json.loads(one) for one in contexts(2, "run"))
    table = (REPOSITORY / "sql" / "reviews" / "product_review_context.sql").read_text(encoding="utf-8")
    assert list(first) == re.findall(r"^    (\w+) [A-Z]", table, re.MULTILINE)
    assert first["product_id"] != second["product_id"]
    assert first["reviews"] != second["reviews"]
    assert len(json.loads(first["reviews"])) == first["review_count"]


@pytest.mark.parametrize("count", [pytest.param(count, id=f"{count} statements") for count in (*COUNTS, 3)])
def test_a_generated_bundle_is_valid_and_has_the_number_asked_for(tmp_path: Path, count: int) -> None:
    made = read_bundle(written(tmp_path / "sql", dict(bundle(count))), {}, tmp_path)
    kinds = Counter(statement.kind for statement in made.statements)
    assert kinds.total() == count
    assert 0 < kinds[Kind.JOB] <= MOST_JOBS


def test_a_stack_that_grows_keeps_its_jobs_as_they_are() -> None:
    smaller, larger = (bundle(count) for count in COUNTS[:2])
    assert {name: larger[name] for name in smaller} == dict(smaller)


def test_every_round_of_submissions_has_jobs_of_its_own() -> None:
    names = {definition.job_name for round_number in (1, 2) for definition in jobs(round_number)}
    assert len(names) == 2 * JOBS


def test_the_bare_client_posts_all_of_the_article_in_an_order_that_works() -> None:
    texts = article_statements(ARTICLE, "kafka:9092", "http://model")
    assert len(texts) == len(list(ARTICLE.glob("*.sql"))) == len(set(texts))
    assert not any("${" in text or text.endswith(";") for text in texts)
    made = read_bundle(ARTICLE, VALUES, REPOSITORY)
    for name in ORDER:
        needed = {statement.name for statement in made.closure(name)}
        assert needed <= set(ORDER[: ORDER.index(name)])


def test_the_stack_without_the_six_statements_has_their_topics_and_no_job(tmp_path: Path) -> None:
    idle, whole = bundles(ARTICLE)
    without = read_bundle(written(tmp_path / "idle", dict(idle)), VALUES, tmp_path)
    with_them = read_bundle(written(tmp_path / "whole", dict(whole)), VALUES, tmp_path)
    assert not without.jobs()
    assert {statement.name for statement in with_them.statements} - {statement.name for statement in without.statements} == set(ORDER)
    for name in ("product_reviews", "product_review_context", "product_review_summary"):
        assert any(f"'topic' = '${{topic_prefix}}{name}'" in text for text in idle.values())


@pytest.mark.parametrize(
    ("folder", "statement"), [pytest.param("reviews", "contexts", id="ours"), pytest.param("article", "aggregate_reviews", id="article")]
)
def test_a_job_over_what_is_there_has_its_source_bounded(folder: str, statement: str) -> None:
    *catalog, job = bounded_script(REPOSITORY / "sql" / folder, statement, VALUES)
    assert "INSERT INTO" in job
    source = next(sql for sql in catalog if "CREATE TABLE product_reviews" in sql)
    assert "'scan.bounded.mode' = 'latest-offset'" in source


def test_the_reviews_that_are_fed_are_valid_and_of_many_products() -> None:
    made = list(islice(reviews(10**9), 2 * PRODUCTS))
    assert {judge(value).reason for _, value in made} == {OK}
    assert Counter(key for key, _ in made) == {f"P{number}".encode(): 2 for number in range(PRODUCTS)}
    assert all(json.loads(value)["product_id"].encode() == key for key, value in made)


def test_a_stack_file_keeps_the_salt_and_holds_only_the_given_settings(tmp_path: Path) -> None:
    original = tmp_path / "Pulumi.local.yaml"
    original.write_text("encryptionsalt: v1:abc\nconfig:\n  flink-reviews:bundle.parameters.window_seconds: '10'\n", encoding="utf-8")
    made = yaml.safe_load(stack_file(original, {"ports.kafka": 17092, "topics.deleteOnDestroy": True}))
    assert made == {
        "encryptionsalt": "v1:abc",
        "config": {"flink-reviews:ports.kafka": "17092", "flink-reviews:topics.deleteOnDestroy": "true"},
    }


def test_emptying_a_data_folder_keeps_jars_and_archives_and_what_links_point_at(tmp_path: Path) -> None:
    folder, elsewhere = tmp_path / "data", tmp_path / "elsewhere"
    for made in ("data/archives", "data/kafka/log", "data/state", "elsewhere"):
        (tmp_path / made).mkdir(parents=True)
    for file in (folder / "archives" / "a.jsa", folder / "kafka" / "log" / "0", elsewhere / "jar", folder / "lock"):
        file.write_text("x", encoding="utf-8")
    (folder / "artifacts").symlink_to(elsewhere)
    (folder / "other").symlink_to(elsewhere)
    empty(folder)
    assert sorted(entry.name for entry in folder.iterdir()) == ["archives", "artifacts"]
    assert (folder / "archives" / "a.jsa").exists()
    assert (elsewhere / "jar").exists()


def test_the_cli_is_taken_from_this_checkout_even_when_the_one_before_is_gone(tmp_path: Path) -> None:
    ours, theirs, gone = tmp_path / "ours", tmp_path / "theirs", tmp_path / "gone"
    for folder in (theirs, gone):
        (folder / "bin").mkdir(parents=True)
    share_cli(gone, ours)
    (gone / "bin").rmdir()
    share_cli(theirs, ours)
    assert (ours / "bin").resolve() == theirs / "bin"


def test_emptying_a_folder_that_is_not_there_is_fine(tmp_path: Path) -> None:
    empty(tmp_path / "none")


def test_the_benchmarks_ports_are_not_those_of_a_developers_stack() -> None:
    assert not set(vars(PORTS).values()) & set(vars(Ports()).values())
