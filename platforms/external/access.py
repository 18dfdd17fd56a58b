"""How a process of this machine reaches a Flink and a Kafka that somebody else runs, with its own credentials.

Nothing is known of the processes behind the addresses. Credentials are read when a connection is made, and kept by nothing else.
"""

import hashlib
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus
from pathlib import Path
from typing import Any

from components.access import Access
from components.connection import STACK_ID
from components.flink_endpoint import GATEWAY, JOB_MANAGER
from flinksql.flink.transport import Endpoint
from flinksql.kafka.brokers import Brokers, with_passwords
from flinksql.statements import HealthPolicy, LifecycleSettings
from settings import Settings
from settings.keys import EXTERNAL_PASSWORD, EXTERNAL_TOKEN, KAFKA_KEY_PASSWORD, KAFKA_PASSWORD

_TRUST_ADVICE = (
    "Name the PEM file of who signed its certificate with `external.caFile`, a PEM file with your own certificate and key with "
    "`external.clientCertificate`, or correct the address."
)
_ADVICE = "Correct `{key}`, or ask who runs that Flink."
_SALT_DIGITS = 32
_CHALLENGES = (HTTPStatus.UNAUTHORIZED, HTTPStatus.PROXY_AUTHENTICATION_REQUIRED, HTTPStatus.FORBIDDEN)


@dataclass(frozen=True, kw_only=True)
class Refused:
    """A proxy's answer in place of Flink's, which itself asks for nobody's name."""

    reason: str
    delivered: bool = False
    lasting: bool = True


class ExternalAccess(Access):
    """Addresses are those of the settings. `outputs` of a stack that is up have the id by which it knows its own jobs."""

    def __init__(self, settings: Settings, outputs: Mapping[str, Any] | None = None) -> None:
        self._settings = settings
        self._stack_id = str((outputs or {}).get(STACK_ID) or "")

    @property
    def gateway(self) -> Endpoint:
        """The SQL Gateway."""
        return self._endpoint(GATEWAY, self._settings.external.gateway_url, "external.gatewayUrl")

    @property
    def jobmanager(self) -> Endpoint:
        """The JobManager."""
        return self._endpoint(JOB_MANAGER, self._settings.external.job_manager_url, "external.jobManagerUrl")

    @property
    def kafka_bootstrap(self) -> str:
        """The broker as this machine reaches it, with the options of its clients."""
        return Brokers(self._settings.external.kafka_bootstrap, self.kafka_options)

    @property
    def flink_kafka_bootstrap(self) -> str:
        """The broker as Flink's processes reach it."""
        return self._settings.external.kafka_for_flink or self._settings.external.kafka_bootstrap

    @cached_property
    def _client_options(self) -> Mapping[str, str]:
        secret = self._settings.secret
        return with_passwords(self._settings.external.kafka_options, login=secret(KAFKA_PASSWORD), key=secret(KAFKA_KEY_PASSWORD))

    @property
    def kafka_options(self) -> Mapping[str, str]:
        """What the settings say, with the passwords."""
        return self._client_options

    @property
    def adopted_stacks(self) -> frozenset[str]:
        """What the settings name."""
        return frozenset(self._settings.kubernetes.cluster.taken_over)

    @property
    def stack_id(self) -> str:
        """The id that the stack's state keeps."""
        return self._stack_id

    def salt(self, *, make: bool = False) -> str:  # noqa: ARG002
        """Return a salt that follows from the stack's id: the same on every machine that runs the stack."""
        return salt_of(self._stack_id)

    def lifecycle_settings(self, health: HealthPolicy | None = None) -> LifecycleSettings:
        """Return the folders that this machine shares with that Flink; without them the state of forgotten jobs is asked for."""
        external = self._settings.external
        return LifecycleSettings(
            health=health or HealthPolicy(),
            checkpoints_folder=_folder(external.checkpoints_folder),
            savepoints_folder=_folder(external.savepoints_folder),
            plans_folder=_folder(external.plans_folder),
        )

    def _endpoint(self, name: str, url: str, key: str) -> Endpoint:
        external = self._settings.external
        return Endpoint(
            name=name,
            base_url=url,
            headers=self._credentials if url.startswith("https://") else {},
            certificate=external.client_certificate or None,
            verify=external.ca_file or True,
            intermediary=self._refused,
            advice=_ADVICE.format(key=key),
            trust_advice=_TRUST_ADVICE,
        )

    @cached_property
    def _credentials(self) -> Mapping[str, str]:
        """What is sent to addresses with https:// only: on others everybody on the way reads it."""
        external, secret = self._settings.external, self._settings.secret
        if external.user:
            named = f"{external.user}:{secret(EXTERNAL_PASSWORD)}".encode()
            return {"Authorization": f"Basic {b64encode(named).decode()}"}
        token = secret(EXTERNAL_TOKEN)
        return {"Authorization": f"Bearer {token}"} if token else {}

    def _refused(self, status: int, _text: str) -> Refused | None:
        if status not in _CHALLENGES:
            return None
        if not self._settings.external.user and not self._settings.has_external_token:
            what = f"asks for credentials: set `external.user` and `{EXTERNAL_PASSWORD}`, or `{EXTERNAL_TOKEN}`"
        else:
            key = EXTERNAL_PASSWORD if self._settings.external.user else EXTERNAL_TOKEN
            allowed = "does not let this user do that" if status == HTTPStatus.FORBIDDEN else "refuses these credentials"
            what = f"{allowed}: check `{key}`, set with `pulumi config set --secret {key}`"
        return Refused(reason=f"a proxy before it answers HTTP {status.value if isinstance(status, HTTPStatus) else status} and {what}")


def salt_of(stack_id: str) -> str:
    """Return the salt of the ids of a stack's jobs; none for a stack that is not known."""
    return hashlib.sha256(f"job ids of {stack_id}".encode()).hexdigest()[:_SALT_DIGITS] if stack_id else ""


def _folder(path: str) -> Path | None:
    return Path(path) if path else None
