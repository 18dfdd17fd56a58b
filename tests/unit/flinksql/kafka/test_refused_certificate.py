"""A broker whose certificate is not trusted: the client is told beside its call, which says only that nobody answers."""

from pathlib import Path

import pytest
import trustme

from flinksql.kafka import admin
from flinksql.kafka.admin import TopicAdmin
from flinksql.kafka.errors import PermanentTopicError
from tests.fakes.tls_proxy import tls_proxy


def test_a_certificate_that_is_not_trusted_is_told_as_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admin, "_REQUEST_SECONDS", 2.0)
    other = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(str(other))
    with tls_proxy(tmp_path, {}) as server:
        bootstrap = server.url.removeprefix("https://")
        options = {"security.protocol": "SSL", "ssl.ca.location": str(other)}
        with pytest.raises(PermanentTopicError, match=r"does not let this client in: .*certificate.*expired, or is not of the authority"):
            TopicAdmin(bootstrap, options).reach()
