"""Where the parts of a platform answer that somebody else runs: as the settings say."""

from components.endpoints import Endpoints
from settings import Settings


def external_endpoints(settings: Settings) -> Endpoints:
    """Return the addresses. The broker may be another stack's too, so it is never the stack's own."""
    external = settings.external
    return Endpoints(
        kafka_bootstrap=external.kafka_for_flink or external.kafka_bootstrap,
        kafka_from_here=external.kafka_bootstrap,
        gateway_url=external.gateway_url,
        jobmanager_url=external.job_manager_url,
        model_url=external.model_url,
        checkpoints_folder=external.checkpoints_folder,
        is_own_broker=False,
        jars_folder=external.functions_folder,
        brings_jars=False,
        links={"Flink": external.job_manager_url},
    )
