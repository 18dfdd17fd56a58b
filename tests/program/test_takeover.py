"""A stack of the code before is taken over: nothing is replaced, no statement is made anew, and jobs keep ids and hashes.

The engine and the program are real. Nothing of the stack runs, so that services are to be started and the rest is as last seen; with
running jobs the same is done by tests/embedded/test_takeover.py.
"""

import base64
import json
import pickle
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from components.providers.artifacts import Artifacts
from components.providers.custom_resource_definition import CustomResourceDefinition
from components.providers.definitions import hash_of
from components.providers.foundation import Foundation
from components.providers.generated_secret import GeneratedSecret
from components.providers.model import Model
from components.providers.namespace_claim import NamespaceClaim
from components.providers.orphaned_jobs import OrphanedJobs
from components.providers.orphaned_topics import OrphanedTopics
from components.providers.service import Service
from components.providers.stack_identity import Identity
from components.providers.statement import Statement
from components.providers.supervisor import Supervisor
from components.providers.topic import Topic
from console.toolchain import find
from tests.program.kubernetes_declaration import STACKS, declared
from tests.program.recorder import run_program, stack_config
from tests.support.project import REPOSITORY, ProjectCopy
from tests.support.takeover import PORTS, embedded_state, recorded, recorded_resources

STATEMENT = "pulumi-python:dynamic/flinksql:Statement"
PROCESSES = ("supervisor", "service", "artifacts")
"""What runs, and what it is made of: both are of the program, and change with it."""
DYNAMIC = (
    Artifacts,
    CustomResourceDefinition,
    Foundation,
    GeneratedSecret,
    Identity,
    Model,
    NamespaceClaim,
    OrphanedJobs,
    OrphanedTopics,
    Service,
    Statement,
    Supervisor,
    Topic,
)
STATEMENTS = {one["outputs"]["name"]: one["outputs"] for one in recorded_resources() if one["type"] == STATEMENT}
JOBS = {name: one["job_id"] for name, one in STATEMENTS.items()}


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What a preview said: the operation of each resource by kind and name, the outputs at the end, and the configuration."""

    operations: Mapping[tuple[str, str], str]
    end: Mapping[str, Any]
    config: Mapping[str, str]


@pytest.fixture(scope="module")
def preview(tmp_path_factory: pytest.TempPathFactory) -> Preview:
    toolchain = find(REPOSITORY / ".data")
    if toolchain is None:
        pytest.skip("no Pulumi CLI on PATH or in the data folder: run `python -m console toolchain` once")
    folder = tmp_path_factory.mktemp("takeover").resolve() / "project"
    folder.mkdir()
    copy = ProjectCopy(folder)
    copy.configure_free_ports()
    config = stack_config(folder / "Pulumi.local.yaml")
    state = folder / "before.json"
    state.write_text(embedded_state(copy.data, {name: int(config[f"ports.{name}"]) for name in PORTS}), encoding="utf-8")
    _pulumi(toolchain.cli, copy, "stack", "init", "local")
    _pulumi(toolchain.cli, copy, "stack", "import", "--stack", "local", "--file", str(state))
    finished = copy.succeed("preview", "--json")
    events = [json.loads(line) for line in finished.output.splitlines()]
    operations = {(one["kind"], one["name"]): one["operation"] for one in events if one["event"] == "resource"}
    return Preview(operations=operations, end=events[-1], config=config)


def _pulumi(cli: Path, copy: ProjectCopy, *arguments: str) -> None:
    told = {"PULUMI_CONFIG_PASSPHRASE": "", "PULUMI_SKIP_UPDATE_CHECK": "true", "PULUMI_HOME": str(copy.data / "pulumi")}
    subprocess.run([cli, *arguments], cwd=copy.folder, env={**copy.environment, **told}, check=True, capture_output=True)


def test_the_recording_has_jobs_that_ran() -> None:
    assert {name for name, job_id in JOBS.items() if job_id} == {"contexts", "summaries"}


def test_nothing_is_replaced_made_or_removed(preview: Preview) -> None:
    dynamic = [one for one in recorded_resources() if "__provider" in one.get("inputs", {})]
    assert preview.operations.keys() == {(one["type"].rpartition(":")[2].lower(), one["urn"].rpartition("::")[2]) for one in dynamic}
    assert set(preview.operations.values()) <= {"same", "update"}, preview.operations
    assert preview.end["changes"].keys() <= {"same", "update"}


def test_what_is_not_a_process_stays_as_it_is(preview: Preview) -> None:
    edited = {("statement", name) for name in _edited(preview.config)}
    changed = {key for key, operation in preview.operations.items() if operation != "same" and key[0] not in PROCESSES}
    assert changed <= edited


def _edited(config: Mapping[str, str]) -> set[str]:
    """Return the statements whose SQL was edited since the recording, in the bundle's files: those may change, and no other."""
    now = run_program(config).of_type(":Statement")
    return {name for name, before in STATEMENTS.items() if _texts(before) != _texts(now[name].inputs)}


def _texts(statement: Mapping[str, Any]) -> list[str]:
    return [statement["text"], *(one["text"] for one in statement["closure"])]


def test_jobs_keep_their_ids(preview: Preview) -> None:
    kept = JOBS.keys() - _edited(preview.config)
    assert "summaries" in kept
    ids = {name: one["jobId"] for name, one in preview.end["outputs"]["statements"].items()}
    assert {name: ids[name] for name in kept} == {name: JOBS[name] for name in kept}


@pytest.mark.parametrize("name", STATEMENTS)
def test_a_definition_of_before_has_the_hash_of_before(name: str) -> None:
    assert hash_of(STATEMENTS[name]) == STATEMENTS[name]["definition_hash"]


@pytest.mark.parametrize("kind", DYNAMIC)
def test_a_provider_of_before_is_the_provider_of_today(kind: type[Any]) -> None:
    """A resource is read and removed by the provider that its state names by module and class."""
    pickled = recorded("providers.json")[f"pulumi-python:{kind._resource_type_name}"]
    provider = pickle.loads(base64.b64decode(pickled))  # noqa: S301  # recorded by us
    assert type(provider).__name__ == f"{kind.__name__}Provider"
    assert type(provider).__module__ == kind.__module__
    assert callable(provider.diff)


def test_every_provider_of_before_is_known() -> None:
    assert recorded("providers.json").keys() == {f"pulumi-python:{kind._resource_type_name}" for kind in DYNAMIC}


@pytest.mark.parametrize("stack", STACKS)
def test_the_resources_of_a_kubernetes_stack_keep_their_urns(stack: str) -> None:
    """A resource under another URN is removed and made anew; that of a volume takes its data along."""
    assert set(recorded("kubernetes-urns.json")[stack]) - declared(stack).resources.keys() == set()
