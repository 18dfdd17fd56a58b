"""The SQL Gateway and the JobManager of a stack that a test started, as its clients connect to them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import requests

from components.flink_endpoint import GATEWAY, JOB_MANAGER, flink_endpoint
from flinksql.flink.gateway import GatewayClient
from flinksql.flink.jobmanager import JobManagerClient
from flinksql.flink.transport import Endpoint
from platforms.embedded.access import EmbeddedAccess
from settings import parse_settings


def endpoints_in(outputs: Mapping[str, Any]) -> tuple[Endpoint, Endpoint]:
    """Return SQL Gateway and JobManager of a stack on this machine."""
    folder = Path(str(outputs["dataFolder"]))
    return (
        flink_endpoint(GATEWAY, str(outputs["gatewayUrl"]), folder),
        flink_endpoint(JOB_MANAGER, str(outputs["jobManagerUrl"]), folder),
    )


def gateway_in(outputs: Mapping[str, Any]) -> GatewayClient:
    """Return a client of the stack's SQL Gateway."""
    return GatewayClient(endpoints_in(outputs)[0])


def job_manager_in(outputs: Mapping[str, Any]) -> JobManagerClient:
    """Return a client of the stack's JobManager."""
    return JobManagerClient(endpoints_in(outputs)[1])


def session_for(endpoint: Endpoint) -> requests.Session:
    """Return a bare session that the endpoint's server lets in."""
    session = requests.Session()
    session.trust_env = False
    session.cert, session.verify = endpoint.certificate, endpoint.verify
    return session


def quick_job_manager(url: str) -> JobManagerClient:
    """Return a client of a JobManager that speaks plain HTTP, as `status` has it."""
    return EmbeddedAccess(parse_settings({}), {"jobManagerUrl": url}).quick_jobmanager()
