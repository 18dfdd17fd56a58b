"""The certificates of Flink's ports are thrown away under load: `up` makes others, and the jobs go on from their checkpoints.

One restart of the cluster: set FLINK_REVIEWS_CERTIFICATES=1 to run it.
"""

import os
import socket
import ssl
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from embedded.certificates import certificates_of
from embedded.data_folder import DataFolder
from tests.contract.bench import until
from tests.kubernetes.figures import note
from tests.support.feeding import feeding, flow_for, settled
from tests.support.flink import job_manager_in
from tests.support.flow import begin
from tests.support.project import ProjectCopy, project_copy

pytestmark = [
    pytest.mark.real,
    pytest.mark.timeout(1800),
    pytest.mark.skipif("FLINK_REVIEWS_CERTIFICATES" not in os.environ, reason="set FLINK_REVIEWS_CERTIFICATES=1"),
]

AROUND_SECONDS = 8.0


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[ProjectCopy]:
    with project_copy(tmp_path, bundle__parameters__window_seconds=5, flink__checkpointIntervalSeconds=2) as copy:
        copy.succeed("up")
        yield copy


def test_rotated_certificates_cost_a_restart_and_no_review(stack: ProjectCopy) -> None:
    outputs = stack.outputs()
    certificates = certificates_of(DataFolder(root=stack.data))
    before = {file: file.read_bytes() for file in certificates.files}
    flow = begin(str(outputs["kafkaBootstrap"]))
    with feeding(flow, "rotated") as fed:
        flow_for(AROUND_SECONDS)
        for file in certificates.files:
            file.unlink()
        for command in ("status", "preview"):
            told = stack.run(command)
            note("certificates of Flink's ports thrown away", command=command, code=told.code, said=told.said[-1500:])
            assert "Traceback" not in told.said
        began = time.monotonic()
        up = stack.run("up")
        note(
            "certificates of Flink's ports thrown away", command="up", code=up.code, seconds=time.monotonic() - began, said=up.said[-2500:]
        )
        assert up.code == 0, up.said
        until(lambda: stack.run("status").code == 0, seconds=180)
        flow_for(AROUND_SECONDS)
    fate = settled(flow, fed)
    note(
        "certificates of Flink's ports rotated",
        seconds=time.monotonic() - began,
        fed=fate.fed,
        lost=0,
        twice=fate.duplicated_reviews,
        summaries_twice=fate.duplicated_summaries,
    )
    assert all(file.read_bytes() != old for file, old in before.items())
    assert all(job_manager_in(outputs).checkpoints(job.job_id).counts.restored for job in job_manager_in(outputs).jobs())
    assert "nothing changed" in stack.succeed("up").said
    _is_not_let_in(str(outputs["jobManagerUrl"]), before[certificates.client], before[certificates.authority], stack.folder)


def _is_not_let_in(url: str, client: bytes, authority: bytes, folder: Path) -> None:
    """Show the certificate of before: neither side takes the other's."""
    (folder / "old-client.pem").write_bytes(client)
    context = ssl.create_default_context(cadata=authority.decode())
    context.load_cert_chain(folder / "old-client.pem")
    where = urlsplit(url)
    with socket.create_connection((str(where.hostname), int(where.port or 0)), timeout=10) as plain, pytest.raises(ssl.SSLError):
        context.wrap_socket(plain, server_hostname=str(where.hostname))
