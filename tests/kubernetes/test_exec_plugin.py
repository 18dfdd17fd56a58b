"""A kubeconfig whose user is made out by a program, as every cloud's is: how often a run asks it."""

import base64
import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.kubernetes.figures import note
from tests.kubernetes.stack import KubernetesStack

pytestmark = [pytest.mark.timeout(900)]

SCRIPT = """#!/bin/sh
echo "$PPID $(tr '\\0' ' ' < /proc/$PPID/cmdline | cut -c1-120)" >> "{asked}"
cat "{credential}"
"""


def _with_a_program(stack: KubernetesStack, folder: Path) -> tuple[Path, Path]:
    """Write a kubeconfig whose user is made out by a script, which writes down who asks it; return both files."""
    paths = (stack.given.kubeconfig or os.environ.get("KUBECONFIG") or "~/.kube/config").split(os.pathsep)
    config: dict[str, Any] = yaml.safe_load(Path(paths[0]).expanduser().read_text(encoding="utf-8"))
    context = next(one for one in config["contexts"] if one["name"] == stack.given.context)
    user = next(one for one in config["users"] if one["name"] == context["context"]["user"])["user"]
    status = {"clientCertificateData": _pem(user, "client-certificate"), "clientKeyData": _pem(user, "client-key")}
    version = "client.authentication.k8s.io/v1"
    credential, asked, script = folder / "credential.json", folder / "asked", folder / "who-am-i"
    credential.write_text(json.dumps({"apiVersion": version, "kind": "ExecCredential", "status": status}), encoding="utf-8")
    credential.chmod(stat.S_IRUSR | stat.S_IWUSR)
    script.write_text(SCRIPT.format(asked=asked, credential=credential), encoding="utf-8")
    script.chmod(stat.S_IRWXU)
    for one in config["users"]:
        if one["user"] is user:
            one["user"] = {"exec": {"apiVersion": version, "command": str(script), "interactiveMode": "Never"}}
    written = folder / "kubeconfig"
    written.write_text(yaml.safe_dump(config), encoding="utf-8")
    return written, asked


def _pem(user: dict[str, Any], field: str) -> str:
    if f"{field}-data" in user:
        return base64.b64decode(user[f"{field}-data"]).decode()
    return Path(user[field]).read_text(encoding="utf-8")


def test_a_program_that_tells_who_asks_is_run_once_by_each_process(deployed: KubernetesStack, tmp_path: Path) -> None:
    kubeconfig, asked = _with_a_program(deployed, tmp_path)
    before = deployed.given.kubeconfig
    deployed.copy.configure(kubernetes__kubeconfig=str(kubeconfig))
    try:
        for command in ("preview", "up", "status"):
            asked.write_text("", encoding="utf-8")
            finished = deployed.copy.run(command)
            lines = asked.read_text(encoding="utf-8").splitlines()
            note("exec plugin", command=command, code=finished.code, asked=len(lines), processes=len(set(lines)), by=sorted(set(lines)))
            assert finished.code == 0, finished.said
            ours = [line for line in lines if "pulumi-resource-" not in line]
            assert len(ours) == len(set(ours)), lines
    finally:
        deployed.copy.configure(kubernetes__kubeconfig=before)
        deployed.up()
