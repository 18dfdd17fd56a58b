"""What a pipeline of another stack needs to run on the processes of this machine."""

from dataclasses import replace

from components.endpoints import embedded_endpoints
from embedded.certificates import certificates_of
from options.model import ModelKind, ModelSettings
from settings import Settings
from settings.external import ExternalSettings


def hosted(settings: Settings) -> Settings:
    """Return the settings that such a pipeline takes over. Its models are called through this stack's model gateway."""
    where, folder = embedded_endpoints(settings), settings.embedded.folder
    certificates = certificates_of(folder)
    tls = settings.flink.mutual_tls
    external = ExternalSettings(
        gateway_url=where.gateway_url,
        job_manager_url=where.jobmanager_url,
        ca_file=str(certificates.authority) if tls else "",
        client_certificate=str(certificates.client) if tls else "",
        kafka_bootstrap=where.kafka_from_here,
        model_url=where.model_url,
        plans_folder=str(folder.plans),
        functions_folder=str(folder.functions),
        checkpoints_folder=str(folder.checkpoints),
        savepoints_folder=str(folder.savepoints),
    )
    return replace(settings, external=external, model=model_behind(settings, where.model_url))


def model_behind(settings: Settings, url: str) -> ModelSettings:
    """Return the model as who calls the gateway knows it: by its name, whatever serves it."""
    model = settings.model
    if model.kind is ModelKind.OFFLINE:
        return model
    return replace(model, kind=ModelKind.OPENAI, name=model.served_name, endpoint=f"{url}/v1", file="")
