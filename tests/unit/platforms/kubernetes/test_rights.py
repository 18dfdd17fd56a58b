"""The rights of a stack's user: what is asked for, the roles that allow it, and the document that lists it."""

import os
import re
from collections.abc import Iterable
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.kubernetes.session_cluster import flink_account_manifests
from components.names import PROJECT_FOLDER
from platforms.kubernetes.inventory import stack_manifests
from platforms.kubernetes.required_rights import IN_CLUSTER, IN_NAMESPACE, Ask, Right, asks, roles, rules
from settings import Settings, parse_settings

DOCUMENT = PROJECT_FOLDER / "docs" / "rights.md"
PROVIDED = {"kubernetes.manageNamespace": "false", "crds.manage": "false", "operator.install": "false"}
EXTERNAL = {"kafka.kind": "external", "kafka.bootstrap": "b:9092", "kubernetes.networkPolicies": "false"}
FULL = {"model.kind": "ollama", "akhq.security": "true", "metrics.enabled": "true"}

KEPT = {"secretFrom.A": "kafka-login/jaas", "secretFrom.B": "kafka-login/user"}


def settings(**values: str) -> Settings:
    return parse_settings({"platform": "kubernetes", "kubernetes.context": "kind-kind", **values})


def needed(rows: tuple[Right, ...], values: dict[str, str]) -> set[str]:
    return {str(one) for one in asks(settings(**values), rows, needed=True)}


@pytest.mark.parametrize(
    ("values", "rows", "right", "asked"),
    [
        pytest.param({}, IN_NAMESPACE, "create statefulsets.apps", True, id="its own broker"),
        pytest.param(EXTERNAL, IN_NAMESPACE, "create statefulsets.apps", False, id="a broker elsewhere"),
        pytest.param(EXTERNAL, IN_NAMESPACE, "create networkpolicies.networking.k8s.io", False, id="no policies"),
        pytest.param(PROVIDED, IN_NAMESPACE, "create secrets", False, id="no secret at all"),
        pytest.param(FULL, IN_NAMESPACE, "create podmonitors.monitoring.coreos.com", True, id="metrics"),
        pytest.param(PROVIDED, IN_NAMESPACE, "create podmonitors.monitoring.coreos.com", False, id="no metrics"),
        pytest.param({**PROVIDED, "akhq.security": "true"}, IN_NAMESPACE, "create secrets", True, id="a login"),
        pytest.param(PROVIDED, IN_NAMESPACE, "create leases.coordination.k8s.io", False, id="an operator of somebody else"),
        pytest.param({}, IN_NAMESPACE, "create leases.coordination.k8s.io", True, id="its own operator"),
        pytest.param(PROVIDED, IN_NAMESPACE, "update deployments.apps/finalizers", True, id="what Flink is granted"),
        pytest.param(PROVIDED, IN_NAMESPACE, "patch services/proxy", True, id="cancelling a job"),
        pytest.param({**PROVIDED, **KEPT}, IN_NAMESPACE, "get secrets kafka-login", True, id="a secret kept by somebody else"),
        pytest.param({**PROVIDED, **KEPT}, IN_NAMESPACE, "get secrets", False, id="no other secret of the namespace"),
        pytest.param({}, IN_CLUSTER, "create namespaces", True, id="its own namespace"),
        pytest.param({}, IN_CLUSTER, "patch namespaces flink", True, id="its own namespace by name"),
        pytest.param({}, IN_CLUSTER, "delete customresourcedefinitions.apiextensions.k8s.io", False, id="retained definitions"),
    ],
)
def test_a_right_is_asked_for_by_the_stacks_that_need_it(
    values: dict[str, str], rows: tuple[Right, ...], right: str, *, asked: bool
) -> None:
    assert (right in needed(rows, values)) is asked


def test_who_gets_everything_from_a_platform_team_needs_nothing_in_the_cluster() -> None:
    assert needed(IN_CLUSTER, PROVIDED) == set()


@pytest.mark.parametrize("values", [pytest.param(FULL, id="everything"), pytest.param({**PROVIDED, **EXTERNAL}, id="little")])
def test_every_object_that_the_stack_makes_may_be_made_changed_and_removed(values: dict[str, str]) -> None:
    allowed = {(one.verb, one.group, one.resource) for one in asks(settings(**values), IN_NAMESPACE, needed=True)}
    for one in stack_manifests(settings(**values)):
        group = one["apiVersion"].rpartition("/")[0]
        plural = {"NetworkPolicy": "networkpolicies"}.get(one["kind"], f"{one['kind'].lower()}s")
        assert {(verb, group, plural) for verb in ("get", "create", "patch", "delete")} <= allowed, (
            f"{one['kind']} {one['metadata']['name']}"
        )


def test_nobody_may_grant_what_he_has_not() -> None:
    """Kubernetes refuses a Role with more rights than its maker has."""
    [role] = [one for one in flink_account_manifests("flink") if one["kind"] == "Role"]
    held = set(_triples(rules(asks(settings(**PROVIDED), IN_NAMESPACE, needed=True))))
    assert set(_triples(role["rules"])) <= held


def test_the_roles_allow_what_is_asked_for_and_no_more() -> None:
    role, cluster_role, *bindings = roles(settings(), "dev", {"kind": "User", "name": "jane"})
    for made, rows in ((role, IN_NAMESPACE), (cluster_role, IN_CLUSTER)):
        wanted = [*asks(settings(), rows, needed=True), *asks(settings(), rows, needed=False)]
        assert set(_triples(made["rules"])) == {(one.verb, one.group, one.resource) for one in wanted}
        assert all("*" not in str(rule) for rule in made["rules"])
    assert [(one["kind"], one["roleRef"]["name"], one["subjects"][0]["name"]) for one in bindings] == [
        ("RoleBinding", "flink-reviews-dev", "jane"),
        ("ClusterRoleBinding", "flink-reviews-dev-flink", "jane"),
    ]


def test_rights_on_objects_of_a_name_are_for_that_name_only() -> None:
    made = rules([Ask(verb="get", group="", resource="namespaces", name="flink"), Ask(verb="create", group="", resource="namespaces")])
    assert made == [
        {"apiGroups": [""], "resources": ["namespaces"], "verbs": ["create"]},
        {"apiGroups": [""], "resources": ["namespaces"], "resourceNames": ["flink"], "verbs": ["get"]},
    ]


@pytest.mark.parametrize(
    ("title", "rows"), [pytest.param("namespace", IN_NAMESPACE, id="namespace"), pytest.param("cluster", IN_CLUSTER, id="cluster")]
)
def test_the_document_lists_these_rights(title: str, rows: tuple[Right, ...]) -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    [section] = re.findall(rf"<!-- rights: {title} -->\n(.*?)\n<!-- end -->", text, re.DOTALL)
    assert section == table(rows), f"docs/rights.md, {title}: the table is\n{table(rows)}"


def table(rows: Iterable[Right]) -> str:
    """Write the rows as the document does: one line for those that differ in the resource only."""
    together: dict[tuple[str, ...], list[str]] = {}
    for one in rows:
        when = one.case.words if one.needed else f"{one.case.words}; not needed"
        only = f" (`{','.join(one.names(settings()))}` only)" if one.names(settings()) else ""
        together.setdefault((one.group or "core", only, ", ".join(one.verbs), one.why, when), []).append(f"`{one.resource}`")
    lines = ["| group | resources | verbs | what for | when |", "|---|---|---|---|---|"]
    for (group, only, verbs, why, when), resources in together.items():
        lines.append(f"| {group} | {', '.join(resources)}{only} | {verbs} | {why} | {when} |")
    return "\n".join(lines)


def _triples(made: Iterable[dict[str, Any]]) -> Iterable[tuple[str, str, str]]:
    """Return verb, group and resource of each rule."""
    for rule in made:
        yield from product(rule["verbs"], rule["apiGroups"], rule["resources"])


def test_the_operators_chart_grants_no_more_than_its_installer_has() -> None:
    """Runs where the real chart is at hand: Helm's Role would be refused."""
    chart = os.environ.get("FLINK_REVIEWS_OPERATOR_CHART")
    if not chart:
        pytest.skip("name the unpacked chart in FLINK_REVIEWS_OPERATOR_CHART")
    text = (Path(chart) / "templates" / "rbac" / "_helpers.tpl").read_text(encoding="utf-8")
    written = text.partition('define "flink-operator.rbacRules"')[2].partition("{{- end }}\n\n{{/*")[0].partition("}}\n")[2]
    for_nodes = re.compile(r"\{\{- if .Values.rbac.nodesRule.create \}\}.*?\{\{- end \}\}\n", re.DOTALL)
    granted = set(_triples(yaml.safe_load(for_nodes.sub("", written))["rules"]))
    assert len(granted) > len(IN_NAMESPACE)
    assert granted <= set(_triples(rules(asks(settings(), IN_NAMESPACE, needed=True))))
