"""A stack that runs is taken over by the code of today: the code of an earlier commit brings it up, and `up` of today changes no job.

The commit is named by FLINK_REVIEWS_TAKEOVER_FROM, for example the last one before a redesign; else nothing is run. About two minutes.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from itertools import compress
from pathlib import Path
from typing import Any

import pytest

from tests.support.flink import job_manager_in
from tests.support.ports import free_ports
from tests.support.project import PORTS, REPOSITORY, ProjectCopy

pytestmark = [pytest.mark.real, pytest.mark.timeout(900)]

BEFORE = os.environ.get("FLINK_REVIEWS_TAKEOVER_FROM", "")
KEPT = {".data", ".state"}
OUR_PROCESSES = {"service model-gateway", "service flink-ui"}
"""The services that run this project's own code: they are started again where it changed."""
Jobs = list[tuple[str, str, int]]


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[ProjectCopy]:
    """A folder with the sources of before; whatever happens, its stack is down at the end."""
    if not BEFORE:
        pytest.skip("name the commit of before in FLINK_REVIEWS_TAKEOVER_FROM")
    folder = tmp_path.resolve() / "project"
    folder.mkdir()
    copy = ProjectCopy(folder)
    _clear(folder)
    archive = subprocess.run(["git", "archive", BEFORE], cwd=REPOSITORY, check=True, capture_output=True).stdout
    subprocess.run(["tar", "--extract"], cwd=folder, input=archive, check=True)
    try:
        yield copy
    finally:
        copy.run("down")


def test_the_jobs_of_a_running_stack_are_taken_over_as_they_run(stack: ProjectCopy) -> None:
    ports = {f"ports__{name}": port for name, port in zip(PORTS, free_ports(len(PORTS)), strict=True)}
    known = stack.folder.joinpath("options", "infrastructure.py").read_text(encoding="utf-8")
    of_then = [f"    {_attribute(name)}: int" in known for name in PORTS]
    stack.configure(**dict(compress(ports.items(), of_then)))
    stack.succeed("demo")
    before = stack.outputs()
    jobs = _jobs(before)
    assert len(jobs) == 2
    _clear(stack.folder)
    stack.place_sources()
    stack.configure(**ports)
    changed = {command: _changed(stack.succeed(command, "--json").output) for command in ("preview", "up")}
    again = _changed(stack.succeed("preview", "--json").output)
    print(changed, again)
    assert changed["preview"] == changed["up"]
    assert changed["up"].keys() <= OUR_PROCESSES, "all else runs on"
    assert set(changed["up"].values()) <= {"update"}
    assert again == {}
    after = stack.outputs()
    print(f"before {jobs}\nafter  {_jobs(after)}")
    assert _jobs(after) == jobs
    assert after["statements"] == before["statements"]
    stack.succeed("status")


def _attribute(port: str) -> str:
    """Return the name that a port has in the sources: an earlier commit may not have it yet."""
    return "".join(f"_{one.lower()}" if one.isupper() else one for one in port)


def _changed(output: str) -> dict[str, str]:
    """Return the operation of each resource that a run changes."""
    events = [json.loads(line) for line in output.splitlines()]
    found = [one for one in events if one["event"] == "resource" and one["operation"] not in ("same", "")]
    operations = {f"{one['kind']} {one['name']}": one["operation"] for one in found}
    assert events[-1]["changed"] == len(operations)
    return operations


def _jobs(outputs: Mapping[str, Any]) -> Jobs:
    """Return id, name and start of each job that runs."""
    return sorted((job.job_id, job.name, job.start_time) for job in job_manager_in(outputs).jobs() if not job.state.terminal)


def _clear(folder: Path) -> None:
    """Remove the sources; what belongs to the stack stays."""
    for path in folder.iterdir():
        if path.name in KEPT:
            continue
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
