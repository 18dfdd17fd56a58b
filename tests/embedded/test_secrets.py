"""A canary in every secret of a running stack: it is used, and it is found nowhere."""

import json
import stat
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field

import httpx
import pytest

from components.parameters import load_bundle
from platforms.registry import endpoints_of
from settings import parse_settings
from tests.contract.bench import until
from tests.contract.model_gateway_parts import FakeModelServer, fake_model_server
from tests.support.flink import gateway_in
from tests.support.kafka import read
from tests.support.preloaded import REAL
from tests.support.project import Finished, ProjectCopy, project_copy
from tests.support.secrets import CANARIES, ROTATED, files_with_marks, texts_with_marks, watched_processes

pytestmark = [pytest.mark.real, pytest.mark.timeout(900)]

BUNDLE = {
    "ticks": "CREATE TABLE ticks (t STRING) WITH ('connector' = 'datagen', 'rows-per-second' = '1', 'fields.t.length' = '3')",
    "said": """CREATE TABLE said (t STRING, content STRING) WITH ('connector' = 'kafka', 'topic' = 'product_review_summary',
'properties.bootstrap.servers' = '${kafka_bootstrap}', 'properties.ssl.key.password' = '${secret:PASSWORD}', 'format' = 'json')""",
    "judge": """CREATE MODEL judge INPUT (t STRING) OUTPUT (content STRING) WITH ('provider' = 'openai', 'endpoint' = '${model_endpoint}',
'api-key' = '${secret:MODEL_KEY}', 'model' = '${model_name}')""",
    "judged": "INSERT INTO said SELECT t, content FROM ML_PREDICT(TABLE ticks, MODEL judge, DESCRIPTOR(t))",
}
ANSWER = json.dumps(
    {
        "id": "1",
        "object": "chat.completion",
        "created": 1,
        "model": "m",
        "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "fine", "refusal": None}}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
    }
).encode()
_SECRET_SIGNATURE = "4dabf18193072939515e22adb298388d"
"""By this key the engine knows a secret in a state."""
KEY_FILE = ".data/secrets/model-api-key"


@dataclass(frozen=True, kw_only=True)
class Watched:
    """A stack whose every word is kept."""

    copy: ProjectCopy
    model: FakeModelServer
    words: dict[str, str] = field(default_factory=dict)

    def run(self, *arguments: str) -> Finished:
        """Run a command of the console."""
        finished = self.copy.run(*arguments)
        self.words[f"{' '.join(arguments)} ({len(self.words)})"] = finished.said
        return finished

    def pulumi(self, *arguments: str, given: str = "") -> str:
        """Run a plain `pulumi` as a person does after `console environment`."""
        environment = self.copy.succeed("environment").output
        command = f'set -e\n{environment}\nexec pulumi "$@"'
        finished = subprocess.run(
            ["sh", "-c", command, "sh", *arguments],
            cwd=self.copy.folder,
            env=self.copy.environment,
            input=given,
            capture_output=True,
            text=True,
            check=False,
        )
        assert finished.returncode == 0, finished.stderr
        self.words[f"pulumi {' '.join(arguments)} ({len(self.words)})"] = finished.stdout + finished.stderr
        return finished.stdout


@pytest.fixture
def watched(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Watched]:
    # What the system shows of a forked command is the command line and environment of the process that it was forked from.
    monkeypatch.setenv(REAL, "1")
    place = tmp_path_factory.mktemp("canary")
    folder, temporary = place / "project", place / "temporary"
    folder.mkdir()
    temporary.mkdir()
    with fake_model_server() as model, project_copy(folder, bundle="article", model__kind="openai", model__endpoint=model.url) as copy:
        copy.environment["TMPDIR"] = str(temporary)
        model.body = ANSWER
        for file in (folder / "sql" / "article").glob("*.*"):
            file.unlink()
        for name, sql in BUNDLE.items():
            (folder / "sql" / "article" / f"{name}.sql").write_text(sql, encoding="utf-8")
        yield Watched(copy=copy, model=model)


def test_no_secret_is_found_anywhere(watched: Watched) -> None:
    with watched_processes() as processes:
        for name, value in CANARIES.items():
            watched.pulumi("config", "set", "--secret", name, given=value)
        up = watched.run("up")
        assert up.code == 0, up.said
        _used(watched)
        _refused_by_the_planner(watched)
        _refused_by_the_model(watched)
        _kept_in_the_ledger(watched)
        _told_by_the_gateways(watched)
        _rotated(watched)
        for command in (
            ("outputs", "--json"),
            ("status", "--json"),
            ("status",),
            ("doctor",),
            ("logs",),
            ("answers", "--newest", "20"),
            ("preview", "--json"),
        ):
            watched.run(*command)
        watched.pulumi("refresh", "--yes", "--non-interactive")
        exported = json.loads(watched.pulumi("stack", "export"))
        found = files_with_marks(watched.copy.folder, watched.copy.folder.parent / "temporary")
    marks = [one["outputs"]["secrets_in_use"] for one in exported["deployment"]["resources"] if "secrets_in_use" in one.get("outputs", {})]
    assert [sorted(one) for one in marks] == [[_SECRET_SIGNATURE, "ciphertext"]], "a digest in clear lets a short password be found"
    assert processes.places == {}
    assert texts_with_marks(watched.words) == {}
    assert found.pop(KEY_FILE) == ["later-api-c04d"], "the model gateway reads its key from this file alone"
    assert stat.S_IMODE((watched.copy.folder / KEY_FILE).stat().st_mode) == 0o600
    assert found == {}
    assert watched.run("down").code == 0
    assert files_with_marks(watched.copy.folder, watched.copy.folder.parent / "temporary") == {}


def _used(watched: Watched) -> None:
    """Require that the model's server was asked with the gateway's key and not with the one in the DDL."""
    watched.model.arrived.wait(60)
    keys = {headers["authorization"] for _path, _body, headers in watched.model.asked if "authorization" in headers}
    assert keys == {f"Bearer {CANARIES['model.apiKey']}"}


def _refused_by_the_planner(watched: Watched) -> None:
    file = watched.copy.folder / "sql" / "article" / "said.sql"
    file.write_text(BUNDLE["said"].replace("'json'", "'${secret:PASSWORD}'"), encoding="utf-8")
    refused = watched.run("preview")
    file.write_text(BUNDLE["said"], encoding="utf-8")
    assert refused.code != 0
    assert "${secret:PASSWORD}" in refused.said


def _refused_by_the_model(watched: Watched) -> None:
    said = f"Incorrect API key provided: {CANARIES['model.apiKey']}."
    watched.model.status, watched.model.body = 401, json.dumps({"error": {"message": said, "type": "auth", "code": "x"}}).encode()
    bootstrap = str(watched.copy.outputs()["kafkaBootstrap"])
    until(
        lambda: any(b"key_refused" in row and b"(key not shown)" in row for row in read(bootstrap, "product_review_summary")), seconds=120
    )


def _kept_in_the_ledger(watched: Watched) -> None:
    """Have the model's server refuse a text and quote the key: such a refusal is kept on disk."""
    said = f"This text is not for {CANARIES['model.apiKey']}."
    watched.model.status, watched.model.body = 400, json.dumps({"error": {"message": said, "type": "policy", "code": "x"}}).encode()
    bootstrap = str(watched.copy.outputs()["kafkaBootstrap"])
    until(lambda: any(b"This text is not for (key not shown)" in row for row in read(bootstrap, "product_review_summary")), seconds=120)
    ledger = watched.copy.data / "answers" / "ledger.sqlite"
    until(lambda: b"This text is not for (key not shown)" in b"".join(file.read_bytes() for file in ledger.parent.iterdir()), seconds=60)


def _rotated(watched: Watched) -> None:
    """Give two secrets other values: each reaches who uses it, and nobody else."""
    watched.model.status, watched.model.body = 200, ANSWER
    before = watched.copy.outputs()
    for name, value in ROTATED.items():
        watched.pulumi("config", "set", "--secret", name, given=value)
    preview = watched.run("preview")
    assert "Statement judged is started again: the value of secret PASSWORD changed" in preview.said
    assert "Statement judged: keeps state" in preview.said, preview.said
    assert "model-gateway gets another value of model.apiKey, and goes on running" in preview.said
    assert "2 to update" in preview.said, preview.said
    watched.model.asked.clear()
    up = watched.run("up")
    assert up.code == 0, up.said
    assert "Statement judged goes on from " in up.said
    assert "2 updated, 14 unchanged" in up.said, up.said
    after = watched.copy.outputs()
    assert before != after
    until(
        lambda: any(headers.get("authorization") == f"Bearer {ROTATED['model.apiKey']}" for *_, headers in watched.model.asked), seconds=60
    )
    again = watched.run("preview")
    assert "nothing to change" in again.said, again.said


def _told_by_the_gateways(watched: Watched) -> None:
    """Ask the model gateway for all it tells, and Flink for the production form's model."""
    outputs = watched.copy.outputs()
    for path in ("/metrics", "/health", "/v1/models"):
        watched.words[path] = httpx.get(f"{outputs['modelUrl']}{path}", timeout=30, trust_env=False).text
    settings = parse_settings({})
    create = load_bundle(settings, endpoints_of(settings)).entry("product_review_summarizer").rendered.sql
    with gateway_in(outputs).session() as session:
        session.configure(create)
        [[shown]] = session.execute("SHOW CREATE MODEL product_review_summarizer").rows
    assert "'model-gateway'" in str(shown)
    watched.words["SHOW CREATE MODEL"] = str(shown)
