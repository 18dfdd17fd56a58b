"""Secrets that somebody else keeps in a namespace of theirs: used, rotated, deleted and forbidden, and found nowhere but where they lie."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import pytest
import yaml

from platforms.kubernetes.required_rights import roles
from settings import parse_settings
from tests.fakes.model_server import ModelServer, model_server
from tests.kubernetes.breaking import as_before
from tests.kubernetes.double.objects import Manifest
from tests.kubernetes.figures import note
from tests.kubernetes.inventory import NAMESPACE, inventory
from tests.kubernetes.pods import pods
from tests.kubernetes.shown import objects_and_logs
from tests.kubernetes.stack import KubernetesStack
from tests.kubernetes.users import account, kubeconfig_of
from tests.support.plain import in_the_environment_of
from tests.support.preloaded import REAL
from tests.support.project import Finished
from tests.support.samples import review
from tests.support.secrets import CANARIES, ROTATED, files_with_marks, texts_with_marks, watched_processes

pytestmark = [pytest.mark.timeout(2400)]

LOGIN, KEY = "kafka-login", "openai"
PASSWORD, API_KEY = "secret.PASSWORD", "model.apiKey"
HOLDERS: Mapping[str, tuple[str, str]] = {PASSWORD: (LOGIN, "password"), API_KEY: (KEY, "api-key")}
USED = "    'properties.ssl.key.password' = '${secret:PASSWORD}',\n    'value.format' = 'json'\n"
"""An option of the table into which `summaries` writes. Nothing reads it while the broker speaks without TLS."""


@dataclass(kw_only=True)
class Kept:
    """The stack in a namespace of somebody else, with every word that it says."""

    stack: KubernetesStack
    model: ModelServer
    words: dict[str, str] = field(default_factory=dict)

    def run(self, command: str, **more: str) -> Finished:
        """Run a command and keep what it says."""
        finished = self.stack.copy.run(command, **more)
        self.words[f"{command} {len(self.words)}"] = finished.said
        return finished

    def put(self, setting: str, value: str) -> None:
        """Make the Secret of a setting, or give it another value."""
        name, key = HOLDERS[setting]
        self.stack.cluster.apply({**_secret(name), "stringData": {key: value}})

    def remove(self, setting: str) -> None:
        """Delete the Secret of a setting."""
        self.stack.cluster.delete(_secret(HOLDERS[setting][0]))

    def asked_with(self) -> set[str]:
        """Return the keys with which the model's server was asked."""
        return {call.headers.get("authorization", "") for call in self.model.calls}


@pytest.fixture
def kept(stack: KubernetesStack, monkeypatch: pytest.MonkeyPatch) -> Iterator[Kept]:
    """Give a namespace that is there before the stack, as a team gets it, still without the Secrets."""
    # What the system shows of a forked command is the command line and environment of the process that it was forked from.
    monkeypatch.setenv(REAL, "1")
    stack.down()
    stack.wait_until_nothing_is_left()
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}
    node = stack.cluster.core.list_node().items[0]
    address = next(one.address for one in node.status.addresses if one.type == "InternalIP")
    table = stack.copy.folder / "sql" / "reviews" / "product_review_summary.sql"
    with model_server(host=address) as model, as_before(table, stack.copy.folder / "Pulumi.dev.yaml"):
        table.write_text(table.read_text(encoding="utf-8").replace("    'value.format' = 'json'\n", USED), encoding="utf-8")
        stack.copy.configure(model__kind="openai", model__endpoint=model.url, model__name="llama3.1")
        stack.copy.configure(secretFrom__PASSWORD=f"{LOGIN}/password", model__apiKeyFrom=f"{KEY}/api-key")
        stack.cluster.apply(namespace)
        try:
            yield Kept(stack=stack, model=model)
        finally:
            stack.down()
            stack.cluster.delete(namespace)
            stack.wait_until_nothing_is_left()


def _secret(name: str) -> Manifest:
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "namespace": NAMESPACE}}


def test_a_secret_of_somebody_else_is_used_rotated_missed_and_shown_nowhere(kept: Kept) -> None:
    with watched_processes() as processes:
        _refused_without_it(kept, "preview", "up")
        for setting in HOLDERS:
            kept.put(setting, CANARIES[setting])
        up = kept.run("up")
        assert up.code == 0, up.said
        jobs = kept.stack.wait_for_jobs(kept.stack.job_names())
        _answered(kept, "first", CANARIES[API_KEY])
        _the_gateway_follows_its_key(kept)
        jobs = _only_the_job_that_uses_it_is_started_again(kept, jobs)
        _missed(kept, jobs)
        _forbidden(kept, jobs)
        for command in ("status", "outputs", "logs", "doctor"):
            kept.run(command)
        exported = in_the_environment_of(kept.stack.copy, "stack", "export").output
        assert texts_with_marks(objects_and_logs(kept.stack, but={LOGIN, KEY})) == {}
    assert processes.places == {}
    assert texts_with_marks({**kept.words, "the exported state": exported}) == {}
    assert files_with_marks(kept.stack.copy.folder) == {}


def _refused_without_it(kept: Kept, *commands: str, setting: str = PASSWORD) -> None:
    name, _ = HOLDERS[setting]
    before = inventory(kept.stack.cluster)
    for command in commands:
        refused = kept.run(command)
        note("a Secret that is not there", command=command, code=refused.code, said=refused.said[-900:])
        assert refused.code != 0
        assert f"names Secret {name}, and namespace {NAMESPACE} has none of that name" in " ".join(refused.said.split())
        assert "Traceback" not in refused.said
    assert inventory(kept.stack.cluster) == before


def _answered(kept: Kept, product: str, key: str) -> None:
    with kept.stack.flow() as flow:
        flow.feed([review(product, f"a good {product}")])
        flow.settle()
    assert kept.model.calls[-1].headers["authorization"] == f"Bearer {key}"


def _the_gateway_follows_its_key(kept: Kept) -> None:
    """Kubernetes brings another value into the pod's file within about a minute; nobody runs anything."""
    (before,) = pods(kept.stack, "model-gateway")
    kept.put(API_KEY, ROTATED[API_KEY])
    asked = iter(range(1000))

    def arrived() -> bool | None:
        product = f"rotated-{next(asked)}"
        with kept.stack.flow() as flow:
            # A text of its own each time: what was answered before is not asked again.
            flow.feed([review(product, f"a good {product}")])
            flow.settle()
        return True if f"Bearer {ROTATED[API_KEY]}" in kept.asked_with() else None

    kept.stack.wait("the gateway sends the new key", arrived)
    (after,) = pods(kept.stack, "model-gateway")
    note("the model's key rotated", asked_with_the_old_one_after_it=next(asked) - 1)
    assert after.metadata.uid == before.metadata.uid
    assert [one.restart_count for one in after.status.container_statuses] == [0]


def _only_the_job_that_uses_it_is_started_again(kept: Kept, jobs: Mapping[str, str]) -> dict[str, str]:
    kept.put(PASSWORD, ROTATED[PASSWORD])
    preview = kept.run("preview")
    said = " ".join(preview.said.split())
    assert "Statement summaries is started again: the value of secret PASSWORD changed, and its job has the former one." in said
    assert "Statement summaries: keeps state" in said
    assert "Statement contexts" not in said
    up = kept.run("up")
    note("a secret of a statement rotated", preview=preview.said[-1200:], up=up.said[-1200:], code=up.code)
    assert up.code == 0, up.said
    after = kept.stack.wait_for_jobs(kept.stack.job_names())
    assert [name for name in jobs if after[name] != jobs[name]] == [name for name in jobs if name.endswith("/summaries")]
    _answered(kept, "second", ROTATED[API_KEY])
    again = kept.run("up")
    assert "nothing changed" in again.said, again.said
    return after


def _missed(kept: Kept, jobs: Mapping[str, str]) -> None:
    for setting in HOLDERS:
        kept.remove(setting)
        _refused_without_it(kept, "doctor", "preview", "up", setting=setting)
        assert kept.stack.running() == jobs
        kept.put(setting, ROTATED[setting])
    up = kept.run("up")
    assert "nothing changed" in up.said, up.said


def _forbidden(kept: Kept, jobs: Mapping[str, str]) -> None:
    """A user with the printed roles may read the Secrets of these names, and no other."""
    stack = kept.stack
    other = {**_secret("of-another-team"), "stringData": {"password": "not for you"}}
    values = {"platform": "kubernetes", "kubernetes.context": stack.given.context, "kubernetes.namespace": NAMESPACE}
    provided = {"operator.install": "false", "crds.manage": "false", "kubernetes.manageNamespace": "false", "akhq.enabled": "false"}
    settings = parse_settings({**values, **provided, "secretFrom.PASSWORD": f"{LOGIN}/password"})
    user = account("deployer", NAMESPACE)
    granted = [user, *roles(settings, "dev", {"kind": "ServiceAccount", "name": "deployer", "namespace": NAMESPACE})]
    file = stack.copy.folder / "deployers-kubeconfig"
    for one in (*granted, other):
        stack.cluster.apply(one)
    file.write_text(yaml.safe_dump(kubeconfig_of(stack.cluster, user)), encoding="utf-8")
    try:
        with as_before(stack.copy.folder / "Pulumi.dev.yaml"):
            stack.copy.configure(kubernetes__kubeconfig=str(file), kubernetes__context="deployer")
            stack.copy.configure(**{name.replace(".", "__"): value for name, value in provided.items()})
            allowed = kept.run("doctor")
            assert f"Secret {LOGIN}" not in allowed.said
            stack.copy.configure(secretFrom__PASSWORD="of-another-team/password")  # where it lies, not what it is
            for command in ("doctor", "preview", "up"):
                refused = kept.run(command)
                note("a Secret that the user may not read", command=command, code=refused.code, said=refused.said[-900:])
                assert refused.code != 0
                assert "secretFrom.PASSWORD names Secret of-another-team, and you may not read it" in " ".join(refused.said.split())
            assert stack.running() == jobs
    finally:
        file.unlink()
        for one in (*granted, other):
            stack.cluster.delete(one)
