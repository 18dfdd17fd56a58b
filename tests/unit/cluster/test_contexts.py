"""Contexts are named, never guessed, and what looks local is on this machine."""

from pathlib import Path

import pytest
import yaml

from cluster.contexts import Context, contexts, find_context, kubeconfig_paths
from cluster.errors import KubeconfigError


def _write(path: Path, servers: dict[str, str], current: str = "") -> Path:
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": current,
        "clusters": [{"name": f"cluster-{name}", "cluster": {"server": server}} for name, server in servers.items()],
        "users": [{"name": f"user-{name}", "user": {"token": f"hidden-{name}"}} for name in servers],
        "contexts": [{"name": name, "context": {"cluster": f"cluster-{name}", "user": f"user-{name}"}} for name in servers],
    }
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    return path


def test_contexts_of_several_files_are_joined(tmp_path: Path) -> None:
    first = _write(tmp_path / "first", {"one": "https://127.0.0.1:6443"})
    second = _write(tmp_path / "second", {"two": "https://cluster.example:6443"})
    found = contexts(environment={"KUBECONFIG": f"{first}:{second}"})
    assert [context.name for context in found] == ["one", "two"]


def test_the_file_that_was_asked_for_wins_over_the_environment(tmp_path: Path) -> None:
    asked = _write(tmp_path / "asked", {"asked": "https://127.0.0.1:6443"})
    assert kubeconfig_paths(str(asked), {"KUBECONFIG": "/elsewhere"}) == str(asked)


def test_the_current_context_is_never_taken(tmp_path: Path) -> None:
    file = _write(tmp_path / "config", {"production": "https://10.0.0.1", "kind-flink": "https://127.0.0.1:6443"}, current="production")
    with pytest.raises(KubeconfigError, match="no context 'kind-flnk'") as caught:
        find_context("kind-flnk", str(file))
    assert caught.value.advice == "did you mean 'kind-flink'?"


def test_an_unknown_context_names_those_there_are(tmp_path: Path) -> None:
    file = _write(tmp_path / "config", {"production": "https://10.0.0.1", "staging": "https://10.0.0.2"})
    with pytest.raises(KubeconfigError) as caught:
        find_context("laptop", str(file))
    assert caught.value.advice == "contexts there are: production, staging"


def test_a_missing_kubeconfig_says_where_it_was_looked_for(tmp_path: Path) -> None:
    with pytest.raises(KubeconfigError, match="no kubeconfig at") as caught:
        contexts(str(tmp_path / "none"))
    assert "kind create cluster" in caught.value.advice


def test_a_broken_kubeconfig_is_no_traceback_and_shows_no_content(tmp_path: Path) -> None:
    file = tmp_path / "config"
    file.write_text("users:\n- name: one\n  user: {token: very-hidden\n", encoding="utf-8")
    with pytest.raises(KubeconfigError, match="not valid YAML at line") as caught:
        contexts(str(file))
    assert "very-hidden" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "server", "local"),
    [
        pytest.param("anything", "https://127.0.0.1:6443", True, id="loopback"),
        pytest.param("anything", "https://[::1]:6443", True, id="loopback-6"),
        pytest.param("anything", "https://localhost:6443", True, id="localhost"),
        pytest.param("docker-desktop", "https://kubernetes.docker.internal:6443", True, id="docker-desktop"),
        pytest.param("minikube", "https://192.168.49.2:8443", True, id="minikube"),
        pytest.param("kind-flink", "https://172.18.0.2:6443", True, id="kind-on-its-bridge"),
        pytest.param("k3d-flink", "https://0.0.0.0:6443", True, id="k3d"),
        pytest.param("company", "https://10.200.3.4:6443", False, id="a-private-address-alone"),
        pytest.param("kind-of-production", "https://cluster.example:6443", False, id="a-name-alone"),
        pytest.param("kind-of-production", "https://93.184.216.34:6443", False, id="a-name-and-a-public-address"),
        pytest.param("broken", "", False, id="no-server"),
    ],
)
def test_what_looks_local(name: str, server: str, *, local: bool) -> None:
    assert Context(name=name, server=server).is_local is local
