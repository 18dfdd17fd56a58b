"""What counts as a change of an object by hand, and what the cluster only writes in another way or adds by itself."""

import pytest

from cluster.differences import SECRET_MARK, differences

GIVEN = {
    "metadata": {"name": "akhq", "labels": {"app": "akhq"}},
    "spec": {
        "replicas": 1,
        "template": {
            "spec": {
                "containers": [
                    {"name": "main", "image": "a:1", "args": ["-x"], "resources": {"limits": {"memory": "1024Mi", "cpu": 0.5}}},
                ],
                "volumes": [],
            }
        },
    },
}


def _live(**changes: object) -> dict[str, object]:
    """The object as a cluster gives it back: other spelling of amounts, and fields of its own."""
    container = {
        "name": "main",
        "image": changes.get("image", "a:1"),
        "args": changes.get("args", ["-x"]),
        "resources": {"limits": {"memory": changes.get("memory", "1Gi"), "cpu": "500m"}},
        "terminationMessagePath": "/dev/termination-log",
    }
    labels = changes.get("labels", {"app": "akhq", "added": "by somebody"})
    containers = [container, *([changes["sidecar"]] if "sidecar" in changes else [])]
    spec: dict[str, object] = {"replicas": changes.get("replicas", 1), "template": {"spec": {"containers": containers}}, "strategy": "x"}
    return {"metadata": {"name": "akhq", "uid": "1", "labels": labels}, "spec": spec, "status": {"replicas": 1}}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        pytest.param({}, [], id="nothing"),
        pytest.param({"replicas": 0}, ["spec.replicas is 0 and was 1"], id="scaled to 0"),
        pytest.param({"image": "a:2"}, ["spec.template.spec.containers[main].image is a:2 and was a:1"], id="image"),
        pytest.param({"memory": "2Gi"}, ["spec.template.spec.containers[main].resources.limits.memory is 2Gi and was 1024Mi"], id="amount"),
        pytest.param(
            {"args": ["-x", "-y"]}, ["spec.template.spec.containers[main].args is a list of 2 and was a list of 1"], id="longer list"
        ),
        pytest.param({"args": ["-y"]}, ["spec.template.spec.containers[main].args[0] is -y and was -x"], id="element"),
        pytest.param({"labels": {}}, ["metadata.labels.app is gone"], id="label taken away"),
        pytest.param({"sidecar": {"name": "side", "image": "b"}}, [], id="sidecar that something injects"),
    ],
)
def test_changes_by_hand_are_named_and_what_the_cluster_adds_is_none(changes: dict[str, object], said: list[str]) -> None:
    assert differences(GIVEN, _live(), _live(**changes)) == said


def test_what_the_cluster_made_of_it_at_first_is_no_change() -> None:
    assert differences({"spec": {"port": "http"}}, {"spec": {"port": 80}}, {"spec": {"port": 80}}) == []
    assert differences({"spec": {"old": "x"}}, {"spec": {}}, {"spec": {}}) == []
    assert differences({"spec": {"port": "http"}}, {"spec": {"port": 80}}, {"spec": {"port": 81}}) == ["spec.port is 81 and was http"]


def test_an_element_with_a_name_that_was_removed_is_a_change() -> None:
    given = {"env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]}
    assert differences(given, given, {"env": [{"name": "B", "value": "2"}]}) == ["env[A] is nothing and was an object"]


def test_an_encrypted_value_is_never_compared() -> None:
    given = {"data": {SECRET_MARK: "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "v1:x"}}
    assert differences(given, given, {"data": {"password": "eA=="}}) == []
