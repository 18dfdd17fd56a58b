"""A stack's configuration: read once, every mistake told together, no secret shown."""

from pathlib import Path

import pytest

from options.flink_lines import FLINK_LINES
from options.model import ModelKind
from settings import PlatformKind, Settings, SettingsError, parse_settings
from settings.keys import KEYS


def problems(given: dict[str, str], concealed: tuple[str, ...] = ()) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        parse_settings(given, concealed=concealed)
    return caught.value.problems


def test_nothing_given_is_the_embedded_platform_with_the_offline_model() -> None:
    settings = parse_settings({}, project_folder=Path("/project"))
    assert settings.platform is PlatformKind.EMBEDDED
    assert (settings.bundle.name, settings.bundle.delivery_guarantee, settings.flink.line) == ("", "at-least-once", "2.2")
    assert settings.model.kind is ModelKind.OFFLINE
    assert settings.data_folder == Path("/project/.data")


@pytest.mark.parametrize("name", [pytest.param(name, id=name) for name in KEYS])
def test_a_default_is_a_value_that_could_have_been_given(name: str) -> None:
    declared = KEYS[name].declared
    assert declared.read(declared.default_text) == declared.default
    assert declared.example
    assert declared.read(declared.example) is not None


@pytest.mark.parametrize(
    ("given", "message"),
    [
        pytest.param({"platform": "docker"}, "platform is 'docker': it must be embedded or kubernetes", id="choice"),
        pytest.param({"flink.line": "1.20"}, f"flink.line is '1.20': it must be {' or '.join(FLINK_LINES)}", id="line"),
        pytest.param({"flink.line": "22"}, "for example `pulumi config set flink.line 2.2`", id="line with an example"),
        pytest.param({"flink.parallelism": "two"}, "a whole number from 1 to 256", id="word for a number"),
        pytest.param({"flink.parallelism": "1.5"}, "a whole number", id="half a number"),
        pytest.param({"flink.parallelism": "0"}, "a whole number", id="zero"),
        pytest.param({"flink.parallelism": ""}, "a whole number", id="empty number"),
        pytest.param({"flink.taskSlots": "-1"}, "a whole number", id="negative"),
        pytest.param(
            {"bundle.windowSeconds": "5", "bundle.parameters.window_seconds": "6"},
            "remove the former one",
            id="a key under both of its names",
        ),
        pytest.param({"topics.deleteOnDestroy": "yes"}, "must be true or false", id="yes for true"),
        pytest.param({"ports.kafka": "80"}, "from 1024 to 65535", id="privileged port"),
        pytest.param({"ports.kafka": "70000"}, "from 1024 to 65535", id="port too high"),
        pytest.param({"ports.kafka": "19083"}, "ports.sqlGateway and ports.kafka are both 19083", id="two parts on one port"),
        pytest.param({"flink.taskManagerMemory": "2Gi"}, "an amount of memory as Flink writes it", id="Kubernetes' notation for Flink"),
        pytest.param({"flink.taskManagerMemory": "512m"}, "the TaskManager needs 864m or more", id="too little memory"),
        pytest.param({"kafka.maxRecordBytes": "1024"}, "from 65536 to 16777216", id="records too small for Kafka itself"),
        pytest.param({"kafka.maxRecordBytes": "1Mi"}, "a whole number", id="records in mebibytes"),
        pytest.param({"model.kind": "openai"}, "model.endpoint is missing", id="openai without endpoint"),
        pytest.param({"model.endpoint": "localhost:8000"}, "an http or https URL", id="endpoint without scheme"),
        pytest.param({"model.endpoint": "http://user:pw@h"}, "without a user name", id="endpoint with credentials"),
        pytest.param({"model.endpoint": "http://h:port"}, "an http or https URL", id="endpoint with a bad port"),
        pytest.param({"data.folder": ""}, "a text without white space", id="no data folder"),
        pytest.param({"model.name": " x"}, "a text without white space", id="space before a name"),
        pytest.param({"flink.lien": "2.2"}, "flink.lien is not a setting of this project. Did you mean flink.line?", id="typing error"),
        pytest.param({"ports": "{}"}, "written flat, without --path", id="nested key"),
        pytest.param({"zzz": "1"}, "There are: platform, bundle", id="nothing like it"),
        pytest.param({"secret.": "x"}, "a secret's name", id="secret without a name"),
        pytest.param({"bundle.parameters.1st": "x"}, "a parameter's name", id="a parameter whose name no SQL could ask for"),
        pytest.param({"bundle.parameters": "x"}, "bundle.parameters is not a setting", id="parameters without a name"),
        pytest.param({"bundle.jars": "provided"}, "on this machine nobody else runs Flink", id="jars of others on this machine"),
        pytest.param({"schemaRegistry.url": "http://u:p@h"}, "without user, password and query", id="registry with credentials"),
    ],
)
def test_a_mistake_is_told_with_key_value_and_what_is_allowed(given: dict[str, str], message: str) -> None:
    found = problems(given, concealed=("secret.",))
    assert len(found) == 1
    assert message in found[0]


def test_parameters_of_the_bundle_are_handed_over_by_name_as_texts() -> None:
    given = {"bundle": "../team/orders", "bundle.parameters.window": "10", "bundle.parameters.currency": "EUR"}
    bundle = parse_settings(given).bundle
    assert (bundle.name, dict(bundle.parameters)) == ("../team/orders", {"window": "10", "currency": "EUR"})


def test_all_mistakes_are_told_together() -> None:
    found = problems({"flink.line": "3", "ports.kafka": "x", "nonsense": "1", "model.kind": "openai", "model.apiKey": "k"})
    assert len(found) == 5
    with pytest.raises(SettingsError, match="5 mistakes"):
        parse_settings({"flink.line": "3", "ports.kafka": "x", "nonsense": "1", "model.kind": "openai", "model.apiKey": "k"}, concealed=())


@pytest.mark.parametrize(
    ("given", "patience", "attempt"),
    [
        pytest.param({}, 150, 100, id="as by default"),
        pytest.param({"flink.parallelism": "2"}, 85, 85, id="two subtasks share five connections"),
        pytest.param({"flink.parallelism": "4", "model.patienceSeconds": "30", "model.attemptSeconds": "10"}, 30, 10, id="short enough"),
    ],
)
def test_all_rows_that_wait_for_a_dead_model_are_answered_before_flink_gives_up(given: dict[str, str], patience: int, attempt: int) -> None:
    model = parse_settings(given).model
    assert (model.patience_seconds, model.attempt_seconds) == (patience, attempt)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        pytest.param({"model.moneyPerDay": "1"}, "model.moneyPerDay needs prices", id="money without prices"),
        pytest.param({"model.moneyPerDay": "-1"}, "an amount such as 0.15", id="negative money"),
        pytest.param({"model.attemptSeconds": "160"}, "longer than model.patienceSeconds", id="an attempt longer than the patience"),
        pytest.param({"model.patienceSeconds": "171"}, "from 1 to 170", id="patience beyond Flink's"),
        pytest.param({"model.caFile": "/nowhere/ca.pem"}, "model.caFile is /nowhere/ca.pem: there is no such file", id="no certificate"),
        pytest.param({"evaluation.minimum": "1.5"}, "a number from 0 to 1", id="a score that nobody reaches"),
        pytest.param({"model.file": "/m.gguf"}, "model.file is /m.gguf: only model.kind llamacpp reads one", id="a file for another kind"),
        pytest.param({"model.kind": "llamacpp", "model.file": "/no.gguf"}, "model.file is /no.gguf: there is no such file", id="no model"),
        pytest.param({"model.kind": "llamacpp", "model.file": __file__}, "it is not a GGUF file", id="a file that is no model"),
        pytest.param({"model.kind": "llamacpp", "model.file": "/"}, "it cannot be read (Is a directory)", id="a folder for a model"),
        pytest.param({"model.kind": "llamacpp", "model.endpoint": "http://h/v1"}, "runs a server of its own", id="an endpoint too"),
        pytest.param(
            {"model.kind": "llamacpp", "platform": "kubernetes", "kubernetes.context": "kind-kind"}, "on this machine only", id="no cluster"
        ),
        pytest.param({"model.fallbackApiKey": "k"}, "--secret model.fallbackApiKey", id="a key in plain text"),
    ],
)
def test_a_limit_of_the_model_that_cannot_be_kept_is_named(given: dict[str, str], told: str) -> None:
    assert told in " ".join(problems(given))


@pytest.mark.parametrize(
    ("given", "name"),
    [
        pytest.param({}, "llama3.1", id="nothing given"),
        pytest.param({"model.kind": "ollama"}, "llama3.1", id="ollama"),
        pytest.param({"model.kind": "llamacpp"}, "smollm2-135m-instruct", id="the small model"),
        pytest.param({"model.kind": "llamacpp", "model.name": "mine"}, "mine", id="a name of one's own"),
        pytest.param({"model.kind": "llamacpp", "model.file": "{folder}/qwen3-4b.Q4.gguf"}, "qwen3-4b.Q4", id="a file"),
    ],
)
def test_a_model_is_named_by_its_kind_unless_it_has_a_name(given: dict[str, str], name: str, tmp_path: Path) -> None:
    (tmp_path / "qwen3-4b.Q4.gguf").write_bytes(b"GGUF")
    told = {key: value.format(folder=tmp_path) for key, value in given.items()}
    assert parse_settings(told).model.name == name


@pytest.mark.parametrize("key", [pytest.param("model.apiKey", id="api key"), pytest.param("secret.DATABASE", id="named secret")])
def test_a_secret_in_plain_text_is_refused_without_showing_it(key: str) -> None:
    (found,) = problems({key: "pa55word"})
    assert f"--secret {key}" in found
    assert "pa55word" not in found


def test_a_secret_leaves_only_its_name_in_the_settings() -> None:
    settings = parse_settings({"model.apiKey": "pa55word", "secret.DATABASE": "pa55word"}, concealed=("model.apiKey", "secret.DATABASE"))
    assert settings.secret_names == frozenset({"DATABASE"})
    assert settings.has_api_key
    assert "pa55word" not in repr(settings)


@pytest.mark.parametrize(
    ("kind", "given", "endpoint"),
    [
        pytest.param("offline", "", "", id="offline asks nobody"),
        pytest.param("ollama", "", "http://127.0.0.1:11434/v1", id="ollama on this machine"),
        pytest.param("ollama", "http://gpu:11434/v1/", "http://gpu:11434/v1", id="ollama elsewhere"),
        pytest.param("openai", "https://models/v1", "https://models/v1", id="any server"),
    ],
)
def test_the_model_server_is_where_it_was_said_or_where_ollama_is(kind: str, given: str, endpoint: str) -> None:
    assert parse_settings({"model.kind": kind, "model.endpoint": given}).model.endpoint == endpoint


@pytest.mark.parametrize(
    ("given", "folder"),
    [
        pytest.param("data", Path("/project/data"), id="relative to the project"),
        pytest.param("/elsewhere/data", Path("/elsewhere/data"), id="absolute"),
        pytest.param("~/data", Path.home() / "data", id="home"),
    ],
)
def test_the_data_folder_is_absolute(given: str, folder: Path) -> None:
    assert parse_settings({"data.folder": given}, project_folder=Path("/project")).data_folder == folder


def test_the_embedded_platform_gets_what_the_stack_says() -> None:
    given = {
        "flink.line": "2.1",
        "flink.taskSlots": "3",
        "ports.kafka": "20000",
        "data.folder": "/data",
        "flink.checkpointIntervalSeconds": "7",
    }
    settings: Settings = parse_settings(given)
    embedded, flink = settings.embedded, settings.embedded.flink
    assert (flink.line, flink.task_slots, embedded.ports.kafka, flink.checkpoint_interval_seconds) == ("2.1", 3, 20000, 7)
    assert embedded.data_folder == Path("/data")


@pytest.mark.parametrize("given", [pytest.param(True, id="given"), pytest.param(False, id="not given")])
def test_files_are_those_below_the_project_and_none_where_none_is_given(tmp_path: Path, *, given: bool) -> None:
    (tmp_path / "m.gguf").write_bytes(b"GGUF")
    (tmp_path / "golden.jsonl").write_text("{}\n")
    files = {"model.file": "m.gguf", "evaluation.set": "golden.jsonl"} if given else {}
    settings = parse_settings({"model.kind": "llamacpp", **files}, project_folder=tmp_path)
    found = (settings.model.file, settings.evaluation.golden, settings.model.ca_file)
    assert found == ((str(tmp_path / "m.gguf"), str(tmp_path / "golden.jsonl"), "") if given else ("", "", ""))
