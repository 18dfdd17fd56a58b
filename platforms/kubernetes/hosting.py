"""What a pipeline of another stack needs to run on the Flink and Kafka of a namespace."""

from dataclasses import replace

from components.endpoints import kubernetes_endpoints
from options.model import ModelKind
from platforms.errors import PlatformError, Reason
from settings import Settings
from settings.external import ExternalSettings


def hosted(settings: Settings) -> Settings:
    """Return the settings that such a pipeline takes over: the cluster and its namespace are among them.

    Raises PlatformError where the brokers ask for a login.
    """
    if settings.kubernetes.asks_for_login:
        raise PlatformError(
            f"the brokers of this platform ask for a login (strimzi.authentication is {settings.kubernetes.strimzi.authentication}), which "
            "pipelines of other stacks are not given",
            advice="set `strimzi.authentication` to none on the platform, or give the pipeline its own",
            reason=Reason.USAGE,
        )
    where, model = kubernetes_endpoints(settings), settings.model
    external = ExternalSettings(
        in_cluster=True,
        gateway_url=where.gateway_url,
        job_manager_url=where.jobmanager_url,
        kafka_bootstrap=where.kafka_from_here,
        kafka_for_flink=where.kafka_bootstrap,
        model_url=where.model_url,
    )
    if model.kind is not ModelKind.OFFLINE:
        model = replace(model, kind=ModelKind.OPENAI, name=model.served_name, endpoint=f"{where.model_url}/v1")
    return replace(settings, external=external, model=model)
