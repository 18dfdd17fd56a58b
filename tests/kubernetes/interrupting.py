"""A run of a stack that something happens to in the middle."""

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from tests.kubernetes.stack import KubernetesStack


@contextmanager
def begun(
    stack: KubernetesStack, command: str, *, resource: str, kind: str = "", judged: bool = False
) -> Iterator["subprocess.Popen[str]"]:
    """Start a command and go on when it has begun with a resource; whatever happens, its processes are ended with the block.

    `judged`: the run changes a job, so that a preview judges it first, whose steps do not count.
    """
    process = stack.copy.start(command, "--json")
    try:
        _read_until_begun(process, resource, kind)
        if judged:
            _read_until_begun(process, resource, kind)
        yield process
    finally:
        if process.poll() is None:
            kill(process)


def kill(process: "subprocess.Popen[str]") -> None:
    """Kill the command with the CLI and the plugins that it started: nothing has a moment to tidy up."""
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def _read_until_begun(process: "subprocess.Popen[str]", resource: str, kind: str) -> None:
    assert process.stdout is not None
    said: list[str] = []
    for line in process.stdout:
        said.append(line.rstrip())
        event = json.loads(line) if line.startswith("{") else {}
        if event.get("event") == "resource" and event["name"] == resource and event["state"] == "running" and kind in ("", event["kind"]):
            return
    raise AssertionError(f"{resource} was never begun: {said[-20:]}")
