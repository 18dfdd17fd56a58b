"""Where the parts of a platform answer. The ports are settings, so all of it is known before anything runs."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from components.settings import Settings
from embedded.settings import LOOPBACK


@dataclass(frozen=True, kw_only=True)
class Endpoints:
    """`kafka_bootstrap` is host:port; the URLs have no trailing slash; `links` are pages for people, by title.

    `checkpoints_folder` is a path as Flink's processes see it.
    """

    kafka_bootstrap: str
    gateway_url: str
    jobmanager_url: str
    model_url: str
    checkpoints_folder: str
    links: Mapping[str, str] = field(default_factory=dict)


def embedded_endpoints(settings: Settings) -> Endpoints:
    """Return the endpoints of the processes on this machine."""
    jobmanager_url = f"http://{LOOPBACK}:{settings.ports.job_manager}"
    model_url = f"http://{LOOPBACK}:{settings.ports.model_gateway}"
    return Endpoints(
        kafka_bootstrap=f"{LOOPBACK}:{settings.ports.kafka}",
        gateway_url=f"http://{LOOPBACK}:{settings.ports.sql_gateway}",
        jobmanager_url=jobmanager_url,
        model_url=model_url,
        checkpoints_folder=str(settings.embedded.folder.checkpoints),
        links={"Flink": jobmanager_url, "model gateway": f"{model_url}/health"},
    )
