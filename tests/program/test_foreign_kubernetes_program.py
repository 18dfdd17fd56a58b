"""The nouns on Kubernetes in a Pulumi program of somebody else: typed args, another project, and none of this project's settings."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import components
from tests.support.kubernetes_stack import write_chart
from tests.support.project import REPOSITORY

HARNESS = """
import asyncio, runpy, sys
import pulumi
from pulumi.runtime import mocks
from pulumi.runtime.stack import run_pulumi_func

class Answers(mocks.Mocks):
    def call(self, args): raise AssertionError(args.token)
    def new_resource(self, args):
        print(args.typ, args.name, args.inputs.get("context", ""))
        made_up = {"secret_text": "made up"} if args.typ.endswith(":GeneratedSecret") else {}
        return args.name, {**args.inputs, **made_up}

loop = asyncio.new_event_loop()
asyncio.set_event_loop(loop)
mocks.set_mocks(Answers(), project="theirs", stack="production")
pulumi.runtime.set_all_config({f"theirs:{key}": value for key, value in (one.split("=", 1) for one in sys.argv[1:])}, ["theirs:modelKey"])
async def main():
    await run_pulumi_func(lambda: runpy.run_path("program.py", run_name="__main__"))
loop.run_until_complete(main())
"""
PROGRAM = """
from pathlib import Path
import pulumi
from components import (
    Akhq, AkhqArgs, ClusterAccess, FlinkOperator, FlinkOperatorArgs, FlinkProcess, FlinkState, Kafka, KafkaArgs, ModelGateway,
    ModelGatewayArgs, ModelServer, ModelServerArgs, NetworkPolicies, NetworkPolicyArgs, SessionCluster, SessionClusterArgs, SqlGateway,
    SqlGatewayArgs, Storage, operator_chart,
)

here = "analytics"
ground = NetworkPolicies(NetworkPolicyArgs(namespace=here)).ready
chart = operator_chart(Path("charts"), pulumi.Config().require("chart"))
operator = FlinkOperator(FlinkOperatorArgs(namespace=here, chart=chart, cluster=ClusterAccess(context="their-cluster")), after=ground)
kafka = Kafka(KafkaArgs(namespace=here, storage=Storage(size="9Gi", keep=True)), after=ground)
Akhq(AkhqArgs(namespace=here, bootstrap=kafka.bootstrap, secured=True), after=kafka.ready)
server = ModelServer(ModelServerArgs(namespace=here, models=("llama3.1",)), after=ground)
model = ModelGatewayArgs(namespace=here, image="them/gateway@sha256:0", kind="openai", model="llama3.1", upstream=server.endpoint)
ModelGateway(model, api_key=pulumi.Output.secret("sk"), after=ground)
state = FlinkState(object_store="s3://theirs/flink")
flink = SessionClusterArgs(namespace=here, image="them/flink@sha256:0", flink_version="v2_2", state=state,
                           task_manager=FlinkProcess(cpu=1, memory_megabytes=4096))
session = SessionCluster(flink, after=[*ground, *operator.ready])
SqlGateway(SqlGatewayArgs(namespace=here, image="them/flink@sha256:0", state=state), after=session.ready)
"""
DOCUMENTED = re.search(
    r"## On Kubernetes.*?```python\n(.*?)```", (REPOSITORY / "docs" / "any-program.md").read_text(encoding="utf-8"), re.DOTALL
)
COMPONENTS = {"NetworkPolicies", "FlinkOperator", "Kafka", "Akhq", "ModelServer", "ModelGateway", "SessionCluster", "SqlGateway"}


def run(folder: Path, program: str) -> list[str]:
    """Run a program in a folder without anything of this project, by a process of its own; return its resources."""
    chart = write_chart(folder / "chart")
    (folder / "harness.py").write_text(HARNESS, encoding="utf-8")
    (folder / "program.py").write_text(program, encoding="utf-8")
    given = {
        "chart": str(chart),
        "context": "their-cluster",
        "flinkImage": "them/flink@sha256:0",
        "gatewayImage": "them/g@sha256:0",
        "modelKey": "sk",
    }
    command = [sys.executable, "harness.py", *(f"{key}={value}" for key, value in given.items())]
    done = subprocess.run(command, cwd=folder, env={"PYTHONPATH": str(REPOSITORY)}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def kinds_of(declared: list[str]) -> set[str]:
    return {line.split()[0].rpartition(":")[2] for line in declared}


@pytest.fixture(scope="module")
def declared(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    return run(tmp_path_factory.mktemp("theirs"), PROGRAM)


def test_the_documented_program_declares_what_it_names(tmp_path: Path) -> None:
    assert DOCUMENTED is not None
    declared = run(tmp_path, DOCUMENTED[1])
    assert kinds_of(declared) >= COMPONENTS - {"Akhq", "ModelServer"}
    assert [line for line in declared if "kubernetes:CustomResourceDefinition" in line and not line.endswith(" their-cluster")] == []


def test_each_component_is_declared_with_its_objects(declared: list[str]) -> None:
    kinds = kinds_of(declared)
    assert kinds >= {"StatefulSet", "Deployment", "Service", "NetworkPolicy", "FlinkDeployment", "Release", "CustomResourceDefinition"}
    assert kinds >= COMPONENTS


def test_definitions_go_to_the_cluster_that_the_program_names(declared: list[str]) -> None:
    definitions = [line for line in declared if "kubernetes:CustomResourceDefinition" in line]
    assert len(definitions) == 4
    assert all(line.endswith(" their-cluster") for line in definitions)


@pytest.mark.parametrize("name", components.__all__)
def test_every_noun_can_be_imported_from_the_package(name: str) -> None:
    assert getattr(components, name).__name__ == {"TopicArgs": "Topic"}.get(name, name)
    assert name in dir(components)


def test_an_unknown_name_is_named() -> None:
    with pytest.raises(AttributeError, match="module 'components' has no attribute 'Kafak'"):
        components.Kafak  # type: ignore[attr-defined]  # noqa: B018


def test_the_package_itself_loads_no_library(tmp_path: Path) -> None:
    program = "import components, sys; print([one for one in ('pulumi', 'pulumi_kubernetes', 'kubernetes') if one in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
