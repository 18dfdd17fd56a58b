"""Secrets that somebody else keeps in the stack's namespace: read when they are used, told when they are missing, shown nowhere."""

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from cluster.api_server import connect
from components.kubernetes.manifest import Manifest
from console.health import concealed
from console.project import Project
from flinksql.errors import PermanentError
from platforms.kubernetes.access import KubernetesAccess
from platforms.kubernetes.inventory import stack_manifests
from platforms.kubernetes.kept_secrets import KeptSecrets
from platforms.secret_values import secret_of
from settings import Settings, SettingsError, parse_settings
from tests.fakes.kubernetes_api import CONTEXT, FakeKubernetes, fake_kubernetes

SECRETS = "/api/v1/namespaces/flink/secrets"
ON_KUBERNETES = {"platform": "kubernetes", "kubernetes.context": CONTEXT}
STORE = {"flink.stateUri": "s3://b/f", "objectStore.credentials": "none"}
BROKER = {"kafka.kind": "external", "kafka.bootstrap": "b:9093"}
SERVED = {**ON_KUBERNETES, "model.kind": "openai", "model.endpoint": "https://m.example/v1"}


@dataclass(frozen=True, kw_only=True)
class Bench:
    cluster: FakeKubernetes
    values: dict[str, str]

    def settings(self, **given: str) -> Settings:
        return parse_settings({**self.values, **given})

    def put(self, name: str, **data: bytes) -> None:
        encoded = {key: base64.b64encode(value).decode() for key, value in data.items()}
        self.cluster.put(SECRETS, {"metadata": {"name": name, "namespace": "flink"}, "data": encoded})

    def problems(self, **given: str) -> list[str]:
        return list(KeptSecrets(self.settings(**given)).problems(connect(CONTEXT, self.values["kubernetes.kubeconfig"])))


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with fake_kubernetes() as cluster:
        yield Bench(cluster=cluster, values={**SERVED, "kubernetes.kubeconfig": str(cluster.kubeconfig(tmp_path))})


def test_a_secret_is_read_once_in_a_run_and_anew_in_the_next(bench: Bench) -> None:
    bench.put("kafka", jaas=b"first 'one'\n", user=b"u")
    settings = bench.settings(**{"secretFrom.JAAS": "kafka/jaas", "secretFrom.USER": "kafka/user"})
    access = KubernetesAccess(settings)
    assert access.kept_secrets(settings.secret_sources) == {"JAAS": "first 'one'\n", "USER": "u"}
    bench.put("kafka", jaas=b"second", user=b"u")
    assert access.kept_secrets({"JAAS": "kafka/jaas"})["JAAS"] == "first 'one'\n"
    assert secret_of(settings)("JAAS") == "second"
    assert settings.secret_names == {"JAAS", "USER"}


def test_what_lies_in_the_configuration_asks_no_cluster() -> None:
    """Where nothing is kept elsewhere no kubeconfig is even read."""
    settings = parse_settings({**ON_KUBERNETES, "kubernetes.kubeconfig": "/nowhere", "secret.A": "x"}, secret={"secret.A": "x"}.__getitem__)
    assert KubernetesAccess(settings).kept_secrets({}) == {}
    assert secret_of(settings)("A") == "x"


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        pytest.param({"secretFrom.JAAS": "none/jaas"}, "secretFrom.JAAS names Secret none, and namespace flink has none", id="no Secret"),
        pytest.param(
            {"secretFrom.JAAS": "kafka/jass"}, "key jass of Secret kafka, which does not have it. Its keys: jaas, raw", id="no key"
        ),
        pytest.param({"secretFrom.JAAS": "kafka/raw"}, "key raw of Secret kafka is no text in UTF-8", id="no text"),
        pytest.param(STORE, "objectStore.credentials names Secret none", id="credentials of an object store"),
        pytest.param({**STORE, "objectStore.credentials": "kafka"}, "names key access-key of Secret kafka", id="not credentials"),
        pytest.param({**BROKER, "kafka.login": "none"}, "kafka.login names Secret none, and namespace flink has none", id="login"),
        pytest.param({"model.apiKeyFrom": "none/key"}, "model.apiKeyFrom names Secret none", id="key of a model's server"),
        pytest.param({"model.fallbackApiKeyFrom": "kafka/key"}, "model.fallbackApiKeyFrom names key key of Secret", id="fallback"),
    ],
)
def test_what_is_missing_is_told_before_anything_is_made_with_its_setting(bench: Bench, given: dict[str, str], problem: str) -> None:
    bench.put("kafka", jaas=b"hidden-value", raw=b"\xff\xfe")
    (found,) = bench.problems(**given)
    assert problem in found
    assert "hidden" not in found


def test_who_may_not_read_it_is_told_so(bench: Bench) -> None:
    bench.cluster.refuse("GET /api/v1/namespaces/flink/secrets", 403, "Forbidden", "secrets is forbidden")
    (found,) = bench.problems(**{"secretFrom.JAAS": "kafka/jaas"})
    assert "names Secret kafka, and you may not read it: ask for the right" in found


def test_a_cluster_that_does_not_answer_is_an_error_of_the_statement_and_no_empty_password(bench: Bench) -> None:
    access = KubernetesAccess(bench.settings(**{"secretFrom.JAAS": "kafka/jaas"}))
    with pytest.raises(PermanentError, match="has none of that name"):
        access.kept_secrets({"JAAS": "kafka/jaas"})


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        pytest.param({"secretFrom.A": "s/k"}, "platform is embedded: `pulumi config rm secretFrom.A`", id="not on kubernetes"),
        pytest.param({"model.apiKeyFrom": "s/k"}, "then `pulumi config set --secret model.apiKey`", id="key not on kubernetes"),
        pytest.param({**ON_KUBERNETES, "secretFrom.A": "s/k", "secret.A": "x"}, "secretFrom.A and secret.A are both set", id="both"),
        pytest.param({**SERVED, "model.apiKeyFrom": "s/k", "model.apiKey": "x"}, "apiKeyFrom and model.apiKey are both", id="both keys"),
        pytest.param({**ON_KUBERNETES, "secretFrom.A": "only-a-name"}, "config set secretFrom.A <secret>/<key>`", id="no key in it"),
        pytest.param({**ON_KUBERNETES, "secretFrom.A": "Upper/k"}, "must be a Secret of the namespace", id="no name of an object"),
        pytest.param({**SERVED, "model.apiKeyFrom": "s"}, "model.apiKeyFrom is 's': it must be a Secret", id="no key in a setting"),
        pytest.param({**ON_KUBERNETES, "secretFrom.1": "s/k"}, "secretFrom.1: a secret's name begins with a letter", id="no name"),
    ],
)
def test_a_setting_that_cannot_be_meant_is_refused(given: dict[str, str], problem: str) -> None:
    with pytest.raises(SettingsError) as refused:
        parse_settings(given)
    assert problem in str(refused.value)


def deployment(**given: str) -> Manifest:
    settings = parse_settings({**SERVED, **given})
    return next(one for one in stack_manifests(settings) if one["kind"] == "Deployment" and one["metadata"]["name"] == "model-gateway")


def test_a_key_of_somebody_else_is_mounted_and_followed_and_no_secret_of_ours_is_made() -> None:
    pod = deployment(**{"model.apiKeyFrom": "openai/api-key"})["spec"]["template"]["spec"]
    [container] = pod["containers"]
    [volume] = [one for one in pod["volumes"] if one["name"] == "api-key"]
    assert volume["secret"] == {"secretName": "openai", "items": [{"key": "api-key", "path": "key"}], "defaultMode": 0o440}
    assert "--api-key-file /run/keys/api-key/key" in " ".join(container["args"])
    assert pod["securityContext"]["fsGroup"] == pod["securityContext"]["runAsGroup"], "else the process may not read it"
    assert "env" not in container
    made = stack_manifests(parse_settings({**SERVED, "model.apiKeyFrom": "openai/api-key"}))
    assert not [one for one in made if one["kind"] == "Secret" and one["metadata"]["name"] == "model-gateway"]


def test_a_kubeconfig_that_cannot_be_used_is_an_error_of_the_secret_too() -> None:
    access = KubernetesAccess(parse_settings({**ON_KUBERNETES, "kubernetes.kubeconfig": "/nowhere"}))
    with pytest.raises(PermanentError, match="secrets that lie in the cluster cannot be read"):
        access.kept_secrets({"A": "kafka/jaas"})


def test_where_secrets_lie_elsewhere_and_cannot_be_read_no_error_of_a_job_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(concealed, "find", lambda _folder: None)
    project = Project(root=tmp_path, stack="dev", data_folder=tmp_path, values={"secretFrom.A": "s/k"}, secrets=frozenset())
    assert concealed.redactor(project)("it quotes hidden-value") == concealed.NOT_SHOWN
