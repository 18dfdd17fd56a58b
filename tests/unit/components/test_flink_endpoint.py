"""How clients connect to Flink on this machine, and what its processes are told about who may."""

from dataclasses import replace
from pathlib import Path

import pytest

from components.endpoints import embedded_endpoints
from components.flink_endpoint import JOB_MANAGER, flink_endpoint
from embedded.certificates import certificates_of
from embedded.data_folder import DataFolder
from embedded.services import services_of, specification
from embedded.settings import EmbeddedSettings
from embedded.specification import ServiceName
from options.infrastructure import FlinkOptions
from platforms.registry import platform_of
from settings import parse_settings

FLINK = (ServiceName.JOB_MANAGER, ServiceName.TASK_MANAGER, ServiceName.SQL_GATEWAY)
CLOSED = EmbeddedSettings(data_folder=Path("/data"))
OPEN = replace(CLOSED, flink=FlinkOptions(mutual_tls=False))


def test_an_address_of_tls_is_asked_with_the_folders_certificate() -> None:
    endpoint = flink_endpoint(JOB_MANAGER, "https://127.0.0.1:1", Path("/data"), read_seconds=1.0)
    certificates = certificates_of(DataFolder(root=Path("/data")))
    assert (endpoint.certificate, endpoint.verify) == (str(certificates.client), str(certificates.authority))
    assert endpoint.read_seconds == 1.0


def test_a_plain_address_is_asked_without() -> None:
    endpoint = flink_endpoint(JOB_MANAGER, "http://127.0.0.1:1", Path("/data"))
    assert (endpoint.certificate, endpoint.verify) == (None, True)


@pytest.mark.parametrize(
    ("given", "scheme", "page"),
    [
        pytest.param({}, "https", "http://127.0.0.1:19082/", id="by default"),
        pytest.param({"flink.mutualTls": "false"}, "http", "http://127.0.0.1:19081", id="plain"),
    ],
)
def test_addresses_follow_the_setting(given: dict[str, str], scheme: str, page: str) -> None:
    settings = parse_settings(given)
    where = embedded_endpoints(settings)
    assert (where.gateway_url, where.jobmanager_url) == (f"{scheme}://127.0.0.1:19083", f"{scheme}://127.0.0.1:19081")
    access = platform_of(settings).connect()
    assert [access.gateway.base_url, access.jobmanager.base_url] == [where.gateway_url, where.jobmanager_url]
    assert where.links["Flink"] == page


def test_the_proxy_runs_only_where_a_browser_needs_it() -> None:
    assert ServiceName.FLINK_UI in services_of(CLOSED)
    assert ServiceName.FLINK_UI not in services_of(OPEN)


@pytest.mark.parametrize("service", FLINK)
def test_each_process_of_flink_asks_for_a_certificate_and_restarts_for_a_new_one(service: ServiceName) -> None:
    closed, plain = specification(service, CLOSED), specification(service, OPEN)
    [config] = [text for file, text in closed.files.items() if file.name == "config.yaml"]
    for option in ("rest.enabled", "rest.authentication-enabled", "internal.enabled"):
        assert f'security.ssl.{option}: "true"' in config
    certificates = certificates_of(CLOSED.folder)
    assert set(closed.secret_files) == {certificates.key_store, certificates.trust_store}
    assert plain.secret_files == ()
    assert not any("security.ssl" in text for text in plain.files.values())


def test_the_proxy_gets_the_clients_certificate_and_the_token_from_files() -> None:
    described = specification(ServiceName.FLINK_UI, CLOSED)
    certificates = certificates_of(CLOSED.folder)
    assert set(described.secret_files) == {certificates.client, certificates.authority, CLOSED.folder.secrets / "flink-ui-token"}
