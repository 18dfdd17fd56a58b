"""The nouns on Kubernetes in a Pulumi program of somebody else: typed args, another project, and none of this project's settings."""

import subprocess
import sys
from pathlib import Path

import pytest

import components
from tests.support.kubernetes_stack import write_chart
from tests.support.project import REPOSITORY

PROGRAM = """
import asyncio, sys
from pathlib import Path
import pulumi
from pulumi.runtime import mocks
from pulumi.runtime.stack import run_pulumi_func
from components import (
    Akhq, AkhqArgs, ClusterAccess, FlinkOperator, FlinkOperatorArgs, FlinkProcess, FlinkState, Kafka, KafkaArgs, ModelGateway,
    ModelGatewayArgs, ModelServer, ModelServerArgs, NetworkPolicies, NetworkPolicyArgs, SessionCluster, SessionClusterArgs, SqlGateway,
    SqlGatewayArgs, Storage, operator_chart,
)

class Answers(mocks.Mocks):
    def call(self, args): raise AssertionError(args.token)
    def new_resource(self, args):
        print(args.typ, args.name, args.inputs.get("context", ""))
        made_up = {"secret_text": "made up"} if args.typ.endswith(":GeneratedSecret") else {}
        return args.name, {**args.inputs, **made_up}

def program():
    here = "analytics"
    ground = NetworkPolicies(NetworkPolicyArgs(namespace=here)).ready
    chart = operator_chart(Path("charts"), sys.argv[1])
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

loop = asyncio.new_event_loop()
asyncio.set_event_loop(loop)
mocks.set_mocks(Answers(), project="theirs", stack="production")
async def main():
    await run_pulumi_func(program)
loop.run_until_complete(main())
"""
COMPONENTS = {"NetworkPolicies", "FlinkOperator", "Kafka", "Akhq", "ModelServer", "ModelGateway", "SessionCluster", "SqlGateway"}


@pytest.fixture(scope="module")
def declared(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The resources of the program, run in a folder without anything of this project, by a process of its own."""
    folder = tmp_path_factory.mktemp("theirs")
    chart = write_chart(folder / "chart")
    (folder / "program.py").write_text(PROGRAM, encoding="utf-8")
    command = [sys.executable, "program.py", str(chart)]
    done = subprocess.run(command, cwd=folder, env={"PYTHONPATH": str(REPOSITORY)}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_each_component_is_declared_with_its_objects(declared: list[str]) -> None:
    kinds = {line.split()[0].rpartition(":")[2] for line in declared}
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
