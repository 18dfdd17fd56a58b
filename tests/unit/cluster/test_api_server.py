"""An API server that refuses, hangs up or is no API server: errors say so in words, and hold no credential."""

import base64
import json
import os
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from threading import Barrier, BrokenBarrierError
from typing import Any

import pytest
import yaml

from cluster.api_server import ApiServer, connect
from cluster.errors import ApiServerRefusedError, ApiServerUnreachableError, ClusterError, KubeconfigError
from tests.fakes.http import serving
from tests.fakes.kubernetes_api import CONTEXT, TOKEN, FakeKubernetes
from tests.support.kubernetes_objects import CORE, pod
from tests.support.ports import free_ports


def test_the_kubeconfigs_credentials_are_sent(kubernetes: FakeKubernetes, api_server: ApiServer) -> None:
    kubernetes.put(f"{CORE}/pods", pod("one"))
    assert [one["metadata"]["name"] for one in api_server.read(f"{CORE}/pods")["items"]] == ["one"]


def test_a_missing_object_is_none(api_server: ApiServer) -> None:
    assert api_server.find(f"{CORE}/services/flink-sql-gateway") is None


@pytest.mark.parametrize(
    ("code", "reason", "message", "advice"),
    [
        pytest.param(403, "Forbidden", 'pods is forbidden: User "jane" cannot list', f"needs the right to GET {CORE}/pods", id="forbidden"),
        pytest.param(401, "Unauthorized", "Unauthorized", "log in again", id="unauthorised"),
        pytest.param(410, "Expired", "The provided continue parameter is too old", "", id="gone"),
        pytest.param(500, "InternalError", "etcdserver: leader changed", "", id="internal"),
    ],
)
def test_a_refusal_carries_what_was_said(
    kubernetes: FakeKubernetes, api_server: ApiServer, *, code: int, reason: str, message: str, advice: str
) -> None:
    kubernetes.refuse("/pods", code, reason, message)
    with pytest.raises(ApiServerRefusedError, match=message.split(":", maxsplit=1)[0]) as caught:
        api_server.read(f"{CORE}/pods")
    assert (caught.value.status, caught.value.reason) == (code, reason)
    assert advice in caught.value.advice
    assert TOKEN not in f"{caught.value} {caught.value.advice} {api_server!r}"


def test_a_reply_that_is_cut_off_is_trouble_of_the_way(kubernetes: FakeKubernetes, api_server: ApiServer) -> None:
    kubernetes.cut("/pods")
    with pytest.raises(ApiServerUnreachableError, match="the connection failed"):
        api_server.read(f"{CORE}/pods")


def test_a_server_that_does_not_answer_in_time_is_trouble_of_the_way(
    kubernetes: FakeKubernetes, api_server: ApiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cluster.api_server.READ_SECONDS", 0.1)
    kubernetes.stall("/pods")
    with pytest.raises(ApiServerUnreachableError, match=r"no reply within 0\.1 s"):
        api_server.read(f"{CORE}/pods")


def test_nobody_there_names_context_and_server(kubernetes: FakeKubernetes, tmp_path: Path) -> None:
    [port] = free_ports(1)
    kubernetes.url = f"http://127.0.0.1:{port}"
    with pytest.raises(ApiServerUnreachableError, match=f"context {CONTEXT} at http://127.0.0.1:{port} .* connection refused"):
        connect(CONTEXT, str(kubernetes.kubeconfig(tmp_path))).read("/version")


def test_another_program_at_the_address_is_named_as_such(kubernetes: FakeKubernetes, tmp_path: Path) -> None:
    with serving(lambda _method, _path, _body: (200, "hello")) as other:
        kubernetes.url = other.url
        with pytest.raises(ApiServerUnreachableError, match="no Kubernetes API server"):
            connect(CONTEXT, str(kubernetes.kubeconfig(tmp_path))).read("/version")


def test_the_environments_certificates_do_not_win_over_the_kubeconfigs(
    kubernetes: FakeKubernetes, api_server: ApiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere/ca.pem")
    assert api_server.session().trust_env is False
    assert api_server.read(f"{CORE}/pods")["items"] == []


def test_an_exec_plugin_gives_the_token(kubernetes: FakeKubernetes, tmp_path: Path) -> None:
    path = kubernetes.kubeconfig(tmp_path)
    credential = {"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": {"token": TOKEN}}
    plugin = {"apiVersion": credential["apiVersion"], "command": "echo", "args": [json.dumps(credential)], "interactiveMode": "Never"}
    content = yaml.safe_load(path.read_text())
    content["users"][0]["user"] = {"exec": plugin}
    path.write_text(yaml.safe_dump(content))
    assert connect(CONTEXT, str(path)).read(f"{CORE}/pods")["items"] == []


def test_an_exec_plugin_is_asked_once_as_long_as_the_kubeconfig_is_the_same(kubernetes: FakeKubernetes, tmp_path: Path) -> None:
    path, asked, plugin = kubernetes.kubeconfig(tmp_path), tmp_path / "asked", tmp_path / "plugin"
    credential = {"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": {"token": TOKEN}}
    plugin.write_text(f"#!/bin/sh\necho >> '{asked}'\ncat <<'END'\n{json.dumps(credential)}\nEND\n")
    plugin.chmod(0o700)
    content = yaml.safe_load(path.read_text())
    content["users"][0]["user"] = {"exec": {"apiVersion": credential["apiVersion"], "command": str(plugin), "interactiveMode": "Never"}}
    path.write_text(yaml.safe_dump(content))
    for _ in range(3):
        assert connect(CONTEXT, str(path)).read(f"{CORE}/pods")["items"] == []
    assert asked.read_text() == "\n"
    path.write_text(f"{path.read_text()}\n")
    connect(CONTEXT, str(path))
    assert asked.read_text() == "\n\n"


def test_keys_lie_in_a_folder_of_the_process_that_the_next_run_knows(kubernetes: FakeKubernetes, tmp_path: Path) -> None:
    """Killed, a process has no time to remove them."""
    path = kubernetes.kubeconfig(tmp_path)
    content = yaml.safe_load(path.read_text())
    key = base64.b64encode(f"key of {tmp_path.name}".encode()).decode()
    content["clusters"][0]["cluster"]["server"] = "https://127.0.0.1:1"
    content["users"][0]["user"] = {"client-key-data": key, "client-certificate-data": key}
    path.write_text(yaml.safe_dump(content))
    written = Path(str(connect(CONTEXT, str(path)).configuration.key_file))
    assert written.parent.name.startswith(f"flink-reviews-run-{os.getpid()}-")
    assert written.parent.stat().st_mode & 0o077 == 0


def test_a_kubeconfig_without_its_user_is_a_message(kubernetes: FakeKubernetes, tmp_path: Path) -> None:
    path = kubernetes.kubeconfig(tmp_path)
    content = yaml.safe_load(path.read_text())
    content["contexts"][0]["context"].pop("cluster")
    path.write_text(yaml.safe_dump(content))
    with pytest.raises(KubeconfigError, match="cannot be made out") as caught:
        connect(CONTEXT, str(path))
    assert "kubectl --context" in caught.value.advice
    assert isinstance(caught.value, ClusterError)


def test_threads_that_connect_together_leave_no_key_behind(
    kubernetes: FakeKubernetes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The library remembers one file for each key and removes that one."""
    made: list[str] = []
    make = tempfile.mkstemp

    def slowly(**place: Any) -> tuple[int, str]:  # noqa: ANN401
        descriptor, name = make(**place)
        made.append(name)
        with suppress(BrokenBarrierError):
            # Both would be here at the same time; one alone goes on after a moment.
            both.wait(0.5)
        return descriptor, name

    both = Barrier(2)
    monkeypatch.setattr(tempfile, "mkstemp", slowly)
    kubeconfig = kubernetes.kubeconfig(tmp_path)
    content = yaml.safe_load(kubeconfig.read_text(encoding="utf-8"))
    content["clusters"][0]["cluster"]["server"] = "https://127.0.0.1:1"
    content["users"][0]["user"] = {"client-key-data": base64.b64encode(tmp_path.name.encode()).decode()}
    kubeconfig.write_text(yaml.safe_dump(content), encoding="utf-8")
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _number: connect(CONTEXT, str(kubeconfig)), range(2)))
    assert len(made) == 1
