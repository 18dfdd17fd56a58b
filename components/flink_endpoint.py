"""How a client of this machine connects to Flink's processes here: with the data folder's certificate where their address asks for one."""

from pathlib import Path
from typing import Any

from embedded.certificates import certificates_of
from embedded.data_folder import DataFolder
from flinksql.flink.transport import Endpoint

GATEWAY = "SQL Gateway"
JOB_MANAGER = "JobManager"


def flink_endpoint(name: str, url: str, data_folder: Path, **more: Any) -> Endpoint:  # noqa: ANN401  # fields of Endpoint
    """Return the endpoint of a SQL Gateway or JobManager of the embedded platform whose data lies in `data_folder`."""
    if not url.startswith("https://"):
        return Endpoint(name=name, base_url=url, **more)
    certificates = certificates_of(DataFolder(root=data_folder))
    return Endpoint(name=name, base_url=url, certificate=str(certificates.client), verify=str(certificates.authority), **more)
