"""What a bundle's SQL is given, and which topics its tables lie on."""

from pathlib import Path

import pytest

from components.bundle_folder import bundle_folder
from components.bundle_topics import topic_config, topic_replication, topics_of, topics_touched, written_topics
from components.endpoints import embedded_endpoints
from components.parameters import load_bundle, model_endpoint, prompt_version
from flinksql.errors import BundleError
from flinksql.sql import Bundle, read_manifest
from flinksql.sql.lanes import MARK
from flinksql.sql.table_usage import catalog_of
from platforms.pipeline import definitions
from platforms.registry import endpoints_of
from settings import Settings, parse_settings

SETTINGS = parse_settings({})
TABLE = (
    "CREATE TABLE {name} (a STRING) WITH ('connector' = '{connector}', 'topic' = '{topic}', "
    "'scan.startup.mode' = 'earliest-offset', 'b' = '${{kafka_bootstrap}}')"
)
MODEL = (
    "CREATE MODEL m INPUT (a STRING) OUTPUT (b STRING) WITH ('provider' = 'openai', 'endpoint' = '${{model_endpoint}}', 'p' = '{prompt}')"
)


def bundle(folder: Path, **files: str) -> Bundle:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.sql").write_text(text, encoding="utf-8")
    return load_bundle(SETTINGS, embedded_endpoints(SETTINGS), folder)


def table(name: str, topic: str, connector: str = "kafka") -> str:
    return TABLE.format(name=name, topic=topic, connector=connector)


def test_topics_are_named_once_whoever_shares_them(tmp_path: Path) -> None:
    read = bundle(
        tmp_path,
        a=table("a", "one"),
        b=table("b", "one"),
        c=table("c", "two;three"),
        d=table("d", "x", "datagen"),
        e=table("e", "y", "upsert-kafka"),
    )
    assert topics_of(read) == ("one", "three", "two", "y")


def test_a_job_touches_the_topics_behind_its_views_and_of_its_sink(tmp_path: Path) -> None:
    read = bundle(
        tmp_path,
        source=table("source", "in"),
        sink=table("sink", "out"),
        other=table("other", "elsewhere"),
        seen="CREATE VIEW seen AS SELECT a FROM source",
        job="INSERT INTO sink SELECT a FROM seen",
    )
    assert topics_touched(read, "job") == ("in", "out")


def test_topics_come_from_the_whole_definition(tmp_path: Path) -> None:
    read = bundle(
        tmp_path,
        base=table("base", "base"),
        like_in="CREATE TABLE like_in (b STRING) WITH ('topic' = 'own') LIKE base",
        like_base="CREATE TABLE like_base LIKE base (INCLUDING ALL)",
        bare="CREATE TABLE bare WITH ('connector' = 'print') LIKE base (EXCLUDING OPTIONS)",
        job="INSERT INTO base /*+ OPTIONS('topic' = 'hinted-out') */ SELECT a FROM like_in /*+ OPTIONS('topic' = 'hinted-in') */",
    )
    assert topics_of(read) == ("base", "hinted-in", "hinted-out", "own")
    assert topics_touched(read, "job") == ("base", "hinted-in", "hinted-out", "own")


@pytest.mark.parametrize(
    ("files", "place", "words"),
    [
        pytest.param({"a": table("a", "col.lide"), "b": table("b", "col_lide")}, "b.sql:1:66", "for the same", id="names that collide"),
        pytest.param({"a": table("a", "bad topic!")}, "a.sql:1:66", "is no name for a topic", id="a bad name"),
        pytest.param(
            {"a": table("a", "x"), "j": "INSERT INTO a SELECT a FROM a /*+ OPTIONS('topic' = 'y y') */"},
            "j.sql:1:29",
            "is no name for a topic",
            id="a bad name in a hint",
        ),
    ],
)
def test_names_that_no_topic_can_have_are_told_at_their_place(tmp_path: Path, files: dict[str, str], place: str, words: str) -> None:
    with pytest.raises(BundleError) as caught:
        bundle(tmp_path, **files)
    (problem,) = caught.value.problems
    assert str(problem).split(": ")[0].endswith(place)
    assert words in problem.problem


def test_the_prompt_version_follows_the_models_and_nothing_else(tmp_path: Path) -> None:
    def version(folder: str, prompt: str, remark: str, topic: str) -> str:
        bundle(tmp_path / folder, m=remark + MODEL.format(prompt=prompt), t=table("t", topic))
        return prompt_version(tmp_path / folder)

    first = version("1", "Be brief.", "", "one")
    comment = version("2", "Be brief.", "-- A remark\n", "two")
    other = version("3", "Be long.", "", "one")
    assert first == comment
    assert first != other
    assert len(first) == 8


def test_the_prompt_version_reaches_the_sql(tmp_path: Path) -> None:
    text = "CREATE VIEW v AS SELECT '${prompt_version}' AS version"
    read = bundle(tmp_path, m=MODEL.format(prompt="Be brief."), v=text)
    assert f"'{prompt_version(tmp_path)}'" in read.entry("v").rendered.sql


@pytest.mark.parametrize(
    ("name", "url"),
    [
        pytest.param("article", "http://h:1/v1/chat/completions", id="the article's statements call the plain path"),
        pytest.param("reviews", f"http://h:1/lanes/{MARK}/v1/chat/completions", id="each statement of a bundle has a path of its own"),
    ],
)
def test_a_bundle_calls_its_own_path(name: str, url: str) -> None:
    assert model_endpoint(read_manifest(bundle_folder(name), name).model, "http://h:1") == url


ON_SHARED = {
    "platform": "kubernetes",
    "kubernetes.context": "kind-kind",
    "kafka.kind": "external",
    "kafka.bootstrap": "shared.example.com:9092",
}
SINK = (
    "CREATE TABLE sink (a STRING) WITH ('connector' = 'kafka', 'topic' = '${topic_prefix}out', 'format' = 'raw', "
    "'properties.bootstrap.servers' = '${kafka_bootstrap}', 'sink.delivery-guarantee' = 'exactly-once', "
    "'properties.transaction.timeout.ms' = '600000', "
    "'sink.transactional-id-prefix' = '%s')"
)
JOB = "-- kind: bounded\nINSERT INTO sink SELECT 'a'"


def written(folder: Path, settings: Settings, **files: str) -> Bundle:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.sql").write_text(text, encoding="utf-8")
    return load_bundle(settings, endpoints_of(settings), folder)


@pytest.mark.parametrize("prefix", [pytest.param("out", id="a constant"), pytest.param("${topic_prefix}out", id="the topics' prefix")])
def test_transactional_ids_that_other_stacks_may_have_are_refused_on_a_shared_broker(tmp_path: Path, prefix: str) -> None:
    with pytest.raises(BundleError, match=r"Write 'sink.transactional-id-prefix' = '\$\{job_name\}/") as caught:
        written(tmp_path, parse_settings({**ON_SHARED, "topics.prefix": "staging."}), sink=SINK % prefix, job=JOB)
    assert "sink.sql:1:" in str(caught.value)


@pytest.mark.parametrize(
    ("given", "prefix"),
    [
        pytest.param(ON_SHARED, "${job_name}/out", id="the job's name on a shared broker"),
        pytest.param({}, "out", id="a constant on the stack's own broker"),
    ],
)
def test_transactional_ids_of_the_stacks_own_are_right(tmp_path: Path, given: dict[str, str], prefix: str) -> None:
    assert written(tmp_path, parse_settings(given), sink=SINK % prefix, job=JOB).jobs()


def test_each_job_has_groups_and_transactional_ids_of_its_own_in_a_table_that_both_use(tmp_path: Path) -> None:
    read = written(tmp_path, parse_settings(ON_SHARED), sink=SINK % "${job_name}/out", one=JOB, other=JOB)
    made = definitions(parse_settings(ON_SHARED), read, "staging")
    ids = {name: catalog_of(made[name]).uses()[0].options["sink.transactional-id-prefix"] for name in ("one", "other")}
    assert ids == {"one": "flink-reviews/staging/one/out", "other": "flink-reviews/staging/other/out"}


@pytest.mark.parametrize("name", [pytest.param("reviews", id="reviews"), pytest.param("article", id="article")])
def test_the_bundles_of_the_project_share_neither_topics_nor_ids_with_another_stack(name: str) -> None:
    settings = parse_settings({**ON_SHARED, "bundle": name, "topics.prefix": "staging.", "bundle.deliveryGuarantee": "exactly-once"})
    read = load_bundle(settings, endpoints_of(settings))
    assert all(topic.startswith("staging.") for topic in topics_of(read))
    for definition in definitions(settings, read, "staging").values():
        for use in catalog_of(definition).uses():
            ids = [use.options[key] for key in ("properties.group.id", "sink.transactional-id-prefix") if key in use.options]
            assert all(one.startswith(f"flink-reviews/staging/{definition.statement.name}/") for one in ids)


def test_a_table_of_another_broker_has_no_topic_on_this_one(tmp_path: Path) -> None:
    here = table("here", "one").replace("'b' =", "'properties.bootstrap.servers' =")
    there = here.replace("${kafka_bootstrap}", "broker.example.com:9092").replace("here", "there").replace("'one'", "'two'")
    read = bundle(tmp_path, here=here, there=there)
    assert topics_of(read) == ("one", "two")
    assert topics_of(read, embedded_endpoints(SETTINGS).kafka_bootstrap) == ("one",)
    assert topics_of(read, f"other:1,{embedded_endpoints(SETTINGS).kafka_bootstrap}") == ("one",)


@pytest.mark.parametrize(
    ("manifest", "config"),
    [
        pytest.param("{}", {"cleanup.policy": "compact"}, id="by itself"),
        pytest.param("topics: {log: {config: {cleanup.policy: 'compact,delete'}}}", {"cleanup.policy": "compact,delete"}, id="as said"),
    ],
)
def test_the_topic_of_an_upsert_table_is_a_changelog(tmp_path: Path, manifest: str, config: dict[str, str]) -> None:
    tmp_path.joinpath("bundle.yaml").write_text(manifest, encoding="utf-8")
    read = bundle(tmp_path, a=table("a", "log", "upsert-kafka"), b=table("b", "plain"))
    assert topic_config(SETTINGS, read, "log") == config
    assert topic_config(SETTINGS, read, "plain") == {}


def test_replicas_are_the_stacks_setting_unless_the_manifest_says_otherwise(tmp_path: Path) -> None:
    tmp_path.joinpath("bundle.yaml").write_text("topics: {one: {replication: 3, config: {retention.ms: 5}}}", encoding="utf-8")
    settings = parse_settings({"topics.prefix": "p.", "topics.replication": "2"})
    files = {"a": table("a", "${topic_prefix}one"), "b": table("b", "${topic_prefix}two")}
    read = written(tmp_path, settings, **files)
    assert [topic_replication(settings, read, name) for name in ("p.one", "p.two")] == [3, 2]
    assert topic_config(settings, read, "p.one") == {"retention.ms": "5"}


def test_what_a_job_writes_is_told_from_what_it_reads(tmp_path: Path) -> None:
    read = bundle(tmp_path, a=table("a", "in"), b=table("b", "out"), job="INSERT INTO b SELECT a FROM a")
    assert written_topics(read) == {"out"}
