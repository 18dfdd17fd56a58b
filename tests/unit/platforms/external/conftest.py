"""A fake Flink behind a proxy with TLS and a password, and settings that lead there."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from platforms.external.access import ExternalAccess
from settings import Settings, parse_settings
from tests.fakes.flink import FakeFlink, fake_flink
from tests.fakes.tls_proxy import TlsProxy, tls_proxy

STACK = {"stackId": "0123456789abcdef"}


@dataclass(frozen=True, kw_only=True)
class Place:
    """The Flink, the proxy before it, and what a stack says of both."""

    flink: FakeFlink
    proxy: TlsProxy
    values: dict[str, str]

    def settings(self, secret: str = "", **more: str) -> Settings:
        """Return the settings, with further keys (`external__user`), and what every secret's value is: the proxy's password."""
        given = {**self.values, **{key.replace("__", "."): value for key, value in more.items()}}
        given = {key: value for key, value in given.items() if value != "-"}
        return parse_settings(given, secret=lambda _key: secret or self.proxy.password)

    def access(self, secret: str = "", **more: str) -> ExternalAccess:
        """Return the access by these settings."""
        return ExternalAccess(self.settings(secret, **more), STACK)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with (
        fake_flink() as flink,
        tls_proxy(tmp_path, {"gateway": flink.gateway_server.url, "jobmanager": flink.jobmanager_server.url}) as proxy,
    ):
        yield Place(
            flink=flink,
            proxy=proxy,
            values={
                "platform": "external",
                "external.gatewayUrl": f"{proxy.url}/gateway",
                "external.jobManagerUrl": f"{proxy.url}/jobmanager",
                "external.kafkaBootstrap": "127.0.0.1:99",
                "external.caFile": str(proxy.authority),
                "external.user": proxy.user,
                "external.password": "[secret]",
            },
        )
