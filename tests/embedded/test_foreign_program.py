"""Somebody else's Pulumi program on the Flink and the Kafka of a stack that runs: upped, changed, moved and destroyed."""

import json
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from embedded.certificates import certificates_of
from embedded.data_folder import DataFolder
from flinksql.flink.jobmanager import JobManagerClient, JobSummary
from flinksql.kafka.admin import TopicAdmin
from tests.support.flink import job_manager_in
from tests.support.plain import PlainPulumi
from tests.support.project import REPOSITORY, ProjectCopy

pytestmark = pytest.mark.real


class Foreign:
    """The program in a folder of its own, with `pulumi` and the addresses of the stack that it uses."""

    def __init__(self, folder: Path, home: Path, outputs: Mapping[str, Any]) -> None:
        shutil.copytree(REPOSITORY / "tests" / "foreign", folder, ignore=shutil.ignore_patterns("__pycache__"))
        (folder / ".venv").symlink_to(REPOSITORY / ".venv")
        self.pulumi = PlainPulumi(folder, home)
        self.pulumi.environment |= {
            "PYTHONPATH": str(REPOSITORY),
            "PULUMI_BACKEND_URL": f"file://{home}",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        }
        self.jobmanager: JobManagerClient = job_manager_in(outputs)
        self.topics = TopicAdmin(str(outputs["kafkaBootstrap"]))
        folder_of_stack = DataFolder(root=Path(str(outputs["dataFolder"])))
        certificates = certificates_of(folder_of_stack)
        self.pulumi.succeed("stack", "init", "dev")
        for key, value in {
            "gateway": outputs["gatewayUrl"],
            "jobManager": outputs["jobManagerUrl"],
            "kafka": outputs["kafkaBootstrap"],
            "certificate": certificates.client,
            "authority": certificates.authority,
            "plans": folder_of_stack.plans,
        }.items():
            self.pulumi.succeed("config", "set", key, str(value))

    def jobs(self) -> dict[str, JobSummary]:
        """Return its running jobs by their statements."""
        return {
            one.name.rpartition("/")[2]: one
            for one in self.jobmanager.jobs()
            if one.name.startswith("orders/dev/") and not one.state.terminal
        }


@pytest.fixture
def foreign(real_stack: ProjectCopy, tmp_path: Path) -> Iterator[Foreign]:
    made = Foreign(tmp_path / "orders", tmp_path / "home", real_stack.outputs())
    yield made
    made.pulumi.run("destroy", "--yes", "--skip-preview")


def test_a_foreign_program_is_upped_changed_moved_and_destroyed(foreign: Foreign, real_stack: ProjectCopy) -> None:
    ours = {one.job_id for one in foreign.jobmanager.jobs() if not one.state.terminal}
    foreign.pulumi.succeed("up", "--yes")
    first = foreign.jobs()
    assert first.keys() == {"taken", "counts"}
    told = json.loads(foreign.pulumi.succeed("stack", "output", "--json"))["jobs"]
    assert told == {name: job.job_id for name, job in first.items()}
    foreign.pulumi.succeed("preview", "--expect-no-changes")
    _another_statement_is_upgraded_alone(foreign, first)
    _another_address_touches_no_job(foreign)
    foreign.pulumi.succeed("destroy", "--yes", "--skip-preview")
    assert foreign.jobs() == {}
    assert [foreign.topics.describe(name) for name in ("orders", "totals")] == [None, None]
    assert ours <= {one.job_id for one in foreign.jobmanager.jobs() if not one.state.terminal}, "the stack's own jobs run on"


def _another_statement_is_upgraded_alone(foreign: Foreign, first: Mapping[str, JobSummary]) -> None:
    foreign.pulumi.succeed("config", "set", "least", "5")
    foreign.pulumi.succeed("up", "--yes", "--skip-preview")
    changed = foreign.jobs()
    assert changed["counts"].job_id == first["counts"].job_id
    assert changed["taken"].job_id != first["taken"].job_id


def _another_address_touches_no_job(foreign: Foreign) -> None:
    """The same servers under another name: the state changes in place, and nothing in Flink does."""
    before = foreign.jobs()
    former = foreign.pulumi.succeed("config", "get", "jobManager").strip()
    foreign.pulumi.succeed("config", "set", "jobManager", f"{former}/")
    said = foreign.pulumi.succeed("up", "--yes", "--skip-preview")
    assert "7 updated" in said, said
    assert {name: (job.job_id, job.start_time) for name, job in foreign.jobs().items()} == {
        name: (job.job_id, job.start_time) for name, job in before.items()
    }
    foreign.pulumi.succeed("preview", "--expect-no-changes")
