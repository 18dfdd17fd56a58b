"""What a stack's configuration says about a Flink and a Kafka that somebody else runs; other platforms do not look at it."""

import re
from collections.abc import Mapping
from typing import Annotated, ClassVar
from urllib.parse import urlsplit

from pydantic.dataclasses import dataclass

from options.option import Form, Options, option, shaped
from settings.forms import ClientOptions, Servers

_SECRET_OPTION = re.compile(r"password|secret|\.pem$|\.jaas\.", re.IGNORECASE)
"""Names of options of the Kafka client whose values are credentials."""


def _url(text: str) -> str | None:
    """Return an address without its trailing slash. A user or a query in it would end up in messages."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return None
    bare = not (parts.query or parts.fragment or "@" in parts.netloc) and port != 0
    return text.rstrip("/") if parts.scheme in ("http", "https") and parts.hostname and bare and " " not in text else None


Url = Annotated[str, Form("a URL that begins with http:// or https://, without user, password and query", _url)]
StackName = Annotated[
    str, shaped("the full name of a stack: organization/project/stack", re.compile(r"[A-Za-z0-9_.-]{1,100}(/[A-Za-z0-9_.-]{1,100}){2}"))
]


@dataclass(frozen=True, kw_only=True)
class ExternalSettings(Options):
    """Where that Flink and that Kafka answer, and how this machine is let in. Paths are of this machine."""

    noun: ClassVar[str] = "external"

    stack: StackName = option(
        "",
        "the stack whose platform runs this pipeline, with platform external; it says all of `external.*` itself",
        key="platform.stack",
        example="organization/flink-reviews/platform",
    )
    gateway_url: Url = option("", "address of the SQL Gateway, as this machine reaches it", example="https://flink.example.com/gateway")
    job_manager_url: Url = option("", "address of the JobManager's REST API", example="https://flink.example.com/jobmanager")
    ca_file: str = option(
        "", "PEM file of who signed Flink's certificates; without it the public authorities", example="certificates/ca.pem"
    )
    client_certificate: str = option(
        "", "PEM file with this machine's certificate and its key, where Flink's addresses ask for one", example="certificates/client.pem"
    )
    user: str = option("", "user that the proxy before Flink asks for; the password is external.password", example="orders-team")
    kafka_bootstrap: Servers = option("", "host:port of the broker, as this machine reaches it", example="broker.example.com:9092")
    kafka_for_flink: Servers = option(
        "", "host:port of the broker as Flink's processes reach it, where that is another address", example="kafka.internal:9092"
    )
    kafka_options: ClientOptions = option(
        {},
        "options of this machine's Kafka client; passwords are secrets of their own",
        example="security.protocol=SASL_SSL,sasl.mechanism=SCRAM-SHA-512,sasl.username=orders",
    )
    model_url: Url = option(
        "",
        "address of a model gateway as Flink's processes reach it; needed by bundles that call a model",
        example="http://model-gateway.flink.svc:8080",
    )
    in_cluster: bool = option(
        default=False, meaning="Flink and Kafka are those of a stack in kubernetes.namespace, and are reached through its API server"
    )
    plans_folder: str = option(
        "",
        "folder that the SQL Gateway and this machine reach by the same path, where the gateway cannot read its own files",
        example="/mnt/plans",
    )
    functions_folder: str = option(
        "",
        "folder that the SQL Gateway and this machine reach by the same path: the jars of the bundle's functions are copied into it",
        example="/mnt/functions",
    )
    checkpoints_folder: str = option(
        "", "where this machine sees the folder that Flink's checkpoints lie in", example="/mnt/flink/checkpoints"
    )
    savepoints_folder: str = option(
        "", "where this machine sees the folder that Flink's savepoints lie in", example="/mnt/flink/savepoints"
    )

    @property
    def speaks_tls(self) -> bool:
        """Whether a credential has an address that it may be sent to."""
        return any(url.startswith("https://") for url in (self.gateway_url, self.job_manager_url))


def credentials_in(options: Mapping[str, str]) -> list[str]:
    """Return the names of options of the Kafka client that are secrets."""
    return sorted(name for name in options if _SECRET_OPTION.search(name) and not name.endswith(".location"))
