"""A team with rights in one namespace, where a platform team made namespace, definitions, operator, quota and an admission policy.

The team's user is a ServiceAccount that has the roles which `rights` prints, and nothing else.
"""

import json
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import yaml
from kubernetes import client
from kubernetes.client.exceptions import ApiException

from platforms.kubernetes.arguments import chart_of
from platforms.kubernetes.required_rights import roles
from settings import parse_settings
from tests.kubernetes.conftest import found
from tests.kubernetes.double.objects import Cluster, Manifest
from tests.kubernetes.figures import note
from tests.kubernetes.given import Setting
from tests.kubernetes.preparing import kubernetes_stack
from tests.kubernetes.stack import KubernetesStack
from tests.kubernetes.users import account, kubeconfig_of
from tests.support.project import REPOSITORY, Finished

pytestmark = [pytest.mark.timeout(2400)]

TEAM, OPERATORS, USER = "team-reviews", "flink-operators", "deployer"
LABEL = "cost-center"
POLICY = "cost-center-of-team-reviews"
PROVIDED: dict[str, str | bool] = {
    "kubernetes__manageNamespace": False,
    "crds__manage": False,
    "operator__install": False,
    "operator__namespace": OPERATORS,
}
CHOSEN: dict[str, str | bool] = {"kubernetes__namespace": TEAM, "akhq__enabled": False, "topics__deleteOnDestroy": True}
_SETTLED_SECONDS = 60.0


def theirs() -> list[Manifest]:
    """Return what is in the namespace before the stack comes: the namespace itself, a quota, and things of another team."""
    names = {"namespace": TEAM}
    return [
        {
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {"name": TEAM, "labels": {"team": "a", "pod-security.kubernetes.io/enforce": "restricted"}},
        },
        {
            "apiVersion": "v1",
            "kind": "ResourceQuota",
            "metadata": {"name": "limit", **names},
            "spec": {"hard": {"pods": "20", "requests.memory": "12Gi"}},
        },
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "theirs", **names}, "data": {"a": "b"}},
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "theirs", **names},
            "spec": {
                "replicas": 0,
                "selector": {"matchLabels": {"app": "theirs"}},
                "template": {"metadata": {"labels": {"app": "theirs"}}, "spec": {"containers": [{"name": "c", "image": "none"}]}},
            },
        },
    ]


def policy() -> list[Manifest]:
    """Return an admission policy that lets nothing in without the label."""
    group = "admissionregistration.k8s.io"
    rules = [
        {"apiGroups": [api], "apiVersions": ["*"], "operations": ["CREATE", "UPDATE"], "resources": resources}
        for api, resources in (
            ("", ["pods", "persistentvolumeclaims"]),
            ("apps", ["deployments", "statefulsets"]),
            ("batch", ["jobs"]),
            ("flink.apache.org", ["flinkdeployments"]),
        )
    ]
    chosen = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": TEAM}}}
    validation = {
        "expression": f"has(object.metadata.labels) && '{LABEL}' in object.metadata.labels",
        "message": f"everything in this cluster bears the label {LABEL}",
    }
    return [
        {
            "apiVersion": f"{group}/v1",
            "kind": "ValidatingAdmissionPolicy",
            "metadata": {"name": POLICY},
            "spec": {"failurePolicy": "Fail", "matchConstraints": {"resourceRules": rules}, "validations": [validation]},
        },
        {
            "apiVersion": f"{group}/v1",
            "kind": "ValidatingAdmissionPolicyBinding",
            "metadata": {"name": POLICY},
            "spec": {"policyName": POLICY, "validationActions": ["Deny"], "matchResources": chosen},
        },
    ]


@pytest.fixture(scope="module")
def platform(given: Setting, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """The platform team's part, taken down at the end with the definitions that nobody had before."""
    cluster, parts = found(given)
    helm = shutil.which("helm")
    if not parts.operator or helm is None:
        pytest.skip("the platform team's operator is installed by helm, from the real chart")
    chart = chart_of(parse_settings(_values(given)))
    definitions = [yaml.safe_load(chart.crds[name].read_text(encoding="utf-8")) for name in sorted(chart.crds)]
    brought = [one for one in definitions if cluster.read(one) is None]
    for one in definitions:
        cluster.apply(one)
    made = theirs()
    for one in [*made, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": OPERATORS}}]:
        cluster.apply(one)
    values = tmp_path_factory.mktemp("operator") / "values.yaml"
    told = {
        "image": {"tag": chart.version},
        "watchNamespaces": [TEAM],
        "webhook": {"create": False},
        "jobServiceAccount": {"create": False},
        "rbac": {"jobRole": {"create": False}, "jobRoleBinding": {"create": False}},
    }
    values.write_text(yaml.safe_dump(told), encoding="utf-8")
    where = ["--namespace", OPERATORS, "--kube-context", given.context]
    command = [helm, "upgrade", "--install", "flink-kubernetes-operator", str(chart.folder), "--skip-crds", "--wait", "--timeout", "5m"]
    subprocess.run([*command, *where, "--values", str(values)], check=True, capture_output=True, timeout=400)
    for one in policy():
        cluster.apply(one)
    try:
        yield cluster
    finally:
        for one in reversed([*made, *policy()]):
            cluster.delete(one)
        subprocess.run([helm, "uninstall", "flink-kubernetes-operator", *where], check=False, capture_output=True, timeout=200)
        for one in [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": OPERATORS}}, *brought]:
            cluster.delete(one)


def _values(given: Setting) -> dict[str, str]:
    chart = {"operator.chart": given.chart} if given.chart else {}
    return {"platform": "kubernetes", "kubernetes.context": given.context, "data.folder": str(REPOSITORY / ".data"), **chart}


@pytest.fixture(scope="module")
def team(given: Setting, platform: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[KubernetesStack]:
    """The stack of the team's user, not yet up."""
    folder = tmp_path_factory.mktemp("team") / "project"
    folder.mkdir()
    with kubernetes_stack(folder, platform, found(given)[1], given) as stack:
        changes: dict[str, str | int | bool] = {
            **PROVIDED,
            "kubernetes__namespace": TEAM,
            "akhq__enabled": False,
            "topics__deleteOnDestroy": True,
        }
        settings = parse_settings({**_values(given), **{name.replace("__", "."): _text(value) for name, value in changes.items()}})
        user = account(USER, TEAM)
        platform.apply(user)
        granted = roles(settings, stack.copy.stack, {"kind": "ServiceAccount", "name": USER, "namespace": TEAM})
        for one in granted:
            platform.apply(one)
        kubeconfig = folder / "team-kubeconfig"
        kubeconfig.write_text(yaml.safe_dump(kubeconfig_of(platform, user)), encoding="utf-8")
        stack.copy.configure(**changes, kubernetes__kubeconfig=str(kubeconfig), kubernetes__context=USER)
        try:
            yield stack
        finally:
            stack.copy.run("down")
            # What is not of the namespace would stay, and count as left behind by the stacks of other tests.
            for one in granted:
                platform.delete(one)


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def told(stack: KubernetesStack, *command: str) -> Finished:
    """Run a command and keep what it says."""
    begun = time.monotonic()
    finished = stack.copy.run(*command)
    note(" ".join(command), code=finished.code, seconds=time.monotonic() - begun, said=finished.said[-3000:])
    return finished


def plain(one: Mapping[str, Any] | None) -> str:
    """Return what somebody made of an object."""
    assert one is not None
    metadata = one["metadata"]
    annotations = {key: value for key, value in (metadata.get("annotations") or {}).items() if key != "deployment.kubernetes.io/revision"}
    kept = {"uid": metadata["uid"], "labels": metadata.get("labels"), "annotations": annotations}
    return json.dumps({**kept, "spec": one.get("spec"), "data": one.get("data")}, sort_keys=True)


def test_the_user_has_no_rights_beyond_those_that_are_printed(team: KubernetesStack) -> None:
    api = client.ApiClient(_configuration(team))
    core = client.CoreV1Api(api)
    for ask in (core.list_namespace, core.list_node, core.list_pod_for_all_namespaces):
        with pytest.raises(ApiException) as caught:
            ask()
        assert caught.value.status == 403


def _configuration(team: KubernetesStack) -> client.Configuration:
    from kubernetes import config  # noqa: PLC0415  # its loader is untyped

    loaded = client.Configuration()
    loader: Any = config.load_kube_config
    loader(config_file=str(team.copy.folder / "team-kubeconfig"), client_configuration=loaded)
    return loaded


def test_an_admission_policy_is_told_before_anything_is_made(team: KubernetesStack) -> None:
    """The policy reaches the API servers a moment after it was written."""
    deadline = time.monotonic() + _SETTLED_SECONDS
    while (refused := team.copy.run("doctor")).code == 0 or LABEL not in refused.said:
        assert time.monotonic() < deadline, refused.said
    note("doctor without the label", code=refused.code, said=refused.said[-3000:])
    finished = told(team, "up")
    assert finished.code != 0
    assert LABEL in finished.said
    assert not [one for one in team.cluster.core.list_namespaced_config_map(TEAM).items if one.metadata.name.startswith("flink-reviews")]


def test_a_quota_that_cannot_hold_the_stack_is_told_by_doctor(team: KubernetesStack) -> None:
    quota = theirs()[1]
    team.cluster.apply({**quota, "spec": {"hard": {"pods": "20", "requests.memory": "2Gi"}}})
    try:
        finished = told(team, "doctor")
    finally:
        team.cluster.apply(quota)
    assert finished.code != 0
    assert "ResourceQuota limit allows requests.memory 2Gi" in " ".join(finished.said.split())


def test_from_doctor_to_down_with_rights_in_one_namespace(team: KubernetesStack) -> None:
    before = [plain(team.cluster.read(one)) for one in theirs()]
    team.copy.configure(kubernetes__labels=f"{LABEL}=reviews")
    for command in ("doctor", "preview", "up", "status", "preview", "up"):
        finished = told(team, command)
        assert finished.code == 0, finished.said[-6000:]
    assert "nothing changed" in finished.said
    assert [plain(team.cluster.read(one)) for one in theirs()] == before
    labelled = {one.metadata.name: (one.metadata.labels or {}).get(LABEL) for one in team.cluster.core.list_namespaced_pod(TEAM).items}
    note("pods and their label", **labelled)
    assert set(labelled.values()) == {"reviews"}
    down = told(team, "down")
    assert down.code == 0, down.said[-6000:]
    assert [plain(team.cluster.read(one)) for one in theirs()] == before
    team.wait("what the stack made is gone", lambda: True if _left(team) == set() else None)


def _left(team: KubernetesStack) -> set[str]:
    """Return what of the stack is in the namespace."""
    api = team.cluster.dynamic.client
    apps, core = client.AppsV1Api(api), client.CoreV1Api(api)
    listed: list[Any] = [
        *apps.list_namespaced_deployment(TEAM).items,
        *apps.list_namespaced_stateful_set(TEAM).items,
        *core.list_namespaced_pod(TEAM).items,
        *core.list_namespaced_service(TEAM).items,
        *core.list_namespaced_persistent_volume_claim(TEAM).items,
    ]
    return {one.metadata.name for one in listed} - {"theirs"}


def test_a_right_that_is_missing_is_named_with_who_can_give_it(team: KubernetesStack) -> None:
    role = next(one for one in _roles(team) if one["kind"] == "Role")
    rules = [rule for rule in role["rules"] if "flinkdeployments" not in rule["resources"]]
    team.cluster.apply({**role, "rules": rules})
    try:
        finished = told(team, "doctor")
    finally:
        team.cluster.apply(role)
    said = " ".join(finished.said.split())
    assert finished.code != 0
    assert "create, delete, get, list, patch, update, watch flinkdeployments.flink.apache.org in namespace" in said
    assert "ask who runs the cluster" in said


def _roles(team: KubernetesStack) -> list[Manifest]:
    printed = team.copy.run("rights", "--user", f"system:serviceaccount:{TEAM}:{USER}")
    return [one for one in yaml.safe_load_all(printed.output) if one]
