"""One process of the embedded platform as a resource: running as specified and ready, or not there."""

from pathlib import Path

import pulumi
from pulumi.dynamic import ConfigureRequest, CreateResult, DiffResult, ReadResult, Resource, ResourceProvider, UpdateResult

from components.ended_services import ended_service
from components.flink_endpoint import JOB_MANAGER, flink_endpoint
from components.providers.inputs import SERVICE, replaced
from components.providers.properties import Properties, has_unknown, inputs_of, text
from components.providers.reporting import plainly, say
from embedded.control import Observed, ServiceControl, ServiceState
from embedded.data_folder import write_atomically
from embedded.llamacpp import key_file
from embedded.model import api_key_file, fallback_key_file
from embedded.services import specification
from embedded.settings import EmbeddedSettings
from embedded.specification import ServiceName
from flinksql.flink.jobmanager import JobManagerClient
from options.model import ModelKind
from settings.configuration import secrets_of_provider
from settings.keys import API_KEY, FALLBACK_API_KEY


class ServiceProvider(ResourceProvider):
    """Start (or adopt), restart when the specification changed or the process is not well, look, stop.

    The settings are inputs and not read from the configuration: a service is stopped in the data folder in which it was started.
    """

    serialize_as_secret_always = False

    def configure(self, req: ConfigureRequest) -> None:
        """Take the model servers' keys, which only the model gateway gets."""
        given = secrets_of_provider(req, {API_KEY: API_KEY, FALLBACK_API_KEY: FALLBACK_API_KEY})
        self.api_key, self.fallback_api_key = given.get(API_KEY, ""), given.get(FALLBACK_API_KEY, "")

    def diff(self, _id: str, olds: Properties, news: Properties) -> DiffResult:
        """Compare the specifications, then look at the process, so that a plain `up` repairs it."""
        if has_unknown(news):
            return DiffResult(changes=True)
        replaces = replaced(SERVICE, olds, news)
        if replaces:
            return DiffResult(changes=True, replaces=replaces, delete_before_replace=True)
        service = _service(news)
        with plainly(f"looking at {service}"):
            keys = self._changed_keys(service, _settings(news))
            if keys:
                say(f"{service} gets another value of {' and '.join(keys)}, and goes on running")
            if keys or text(olds, "digest") != text(news, "digest"):
                return DiffResult(changes=True)
            control = ServiceControl(_settings(news))
            observed = control.observe(service)
            edited = control.edited_files(service) if observed.ready else []
        if edited:
            say(f"{service} will be started again: {', '.join(file.name for file in edited)} was changed by hand and is written anew")
            return DiffResult(changes=True)
        if observed.ready and observed.digest == text(news, "digest"):
            if ended := ended_service(service, _settings(news), _job_manager(_settings(news))):
                say(f"{ended}.")
            return DiffResult(changes=False)
        say(f"{service} will be started again: {observed.reason or 'it runs with other settings'}")
        return DiffResult(changes=True)

    def create(self, props: Properties) -> CreateResult:
        """Start the service and wait until it is ready."""
        return CreateResult(_service(props), self._started(props))

    def update(self, _id: str, _olds: Properties, news: Properties) -> UpdateResult:
        """Start the service again if it does not run as specified."""
        return UpdateResult(self._started(news))

    def read(self, id_: str, props: Properties) -> ReadResult:
        """Return the service as it is; one that does not run is gone."""
        with plainly(f"looking at {id_}"):
            observed = ServiceControl(_settings(props)).observe(_service(props))
        if observed.state is ServiceState.STOPPED:
            return ReadResult("", {})
        inputs = inputs_of(SERVICE, props)
        return ReadResult(id_, {**inputs, "condition": _condition(observed)}, inputs)

    def delete(self, id_: str, props: Properties) -> None:
        """Stop the service."""
        with plainly(f"stopping {id_}"):
            ServiceControl(_settings(props)).stop(_service(props))
            if _service(props) is ServiceName.MODEL_GATEWAY:
                for file in (api_key_file(_settings(props).folder), fallback_key_file(_settings(props).folder)):
                    file.unlink(missing_ok=True)
            if _service(props) is ServiceName.MODEL_SERVER:
                key_file(_settings(props).folder).unlink(missing_ok=True)

    def _started(self, properties: Properties) -> Properties:
        service, settings = _service(properties), _settings(properties)
        with plainly(f"starting {service}"):
            for file, key in self._keys(service, settings).items():
                if not _holds(file, key):
                    write_atomically(file, f"{key}\n", mode=0o600)
            ServiceControl(settings).start(service)
        return {**inputs_of(SERVICE, properties), "condition": "ready"}

    def _changed_keys(self, service: ServiceName, settings: EmbeddedSettings) -> list[str]:
        """Return the settings whose value is not that in the file from which the service reads it."""
        names = {api_key_file(settings.folder): API_KEY, fallback_key_file(settings.folder): FALLBACK_API_KEY}
        return [names[file] for file, key in self._keys(service, settings).items() if not _holds(file, key)]

    def _keys(self, service: ServiceName, settings: EmbeddedSettings) -> dict[Path, str]:
        """Return the files that the service reads a key from. Also without a key they must be there."""
        if service is not ServiceName.MODEL_GATEWAY or settings.model.kind is ModelKind.OFFLINE:
            return {}
        # A server of our own has a key that is made up.
        keys = {} if settings.model.kind is ModelKind.LLAMACPP else {api_key_file(settings.folder): self.api_key}
        return {**keys, fallback_key_file(settings.folder): self.fallback_api_key} if settings.model.fallback_endpoint else keys


def _holds(file: Path, key: str) -> bool:
    return file.exists() and file.read_text(encoding="utf-8").strip() == key


class Service(Resource, module="embedded", name="Service"):
    """A process of the embedded platform. `condition` is `ready`, or what it lacks."""

    service: pulumi.Output[str]
    condition: pulumi.Output[str]

    def __init__(self, service: ServiceName, settings: EmbeddedSettings, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(ServiceProvider(), service, {**service_inputs(service, settings), "condition": None}, opts)


def service_inputs(service: ServiceName, settings: EmbeddedSettings) -> Properties:
    """Return the inputs of a service's resource."""
    return {
        "service": str(service),
        "data_folder": str(settings.data_folder),
        "settings": settings.to_plain(),
        "digest": specification(service, settings).digest,
    }


def _job_manager(settings: EmbeddedSettings) -> JobManagerClient:
    """Return a client that does not wait long: what it tells is only a remark."""
    endpoint = flink_endpoint(JOB_MANAGER, settings.job_manager_url, settings.data_folder, connect_seconds=1.0, read_seconds=5.0)
    return JobManagerClient(endpoint)


def _service(properties: Properties) -> ServiceName:
    return ServiceName(text(properties, "service"))


def _settings(properties: Properties) -> EmbeddedSettings:
    return EmbeddedSettings.from_plain(properties["settings"])


def _condition(observed: Observed) -> str:
    return "ready" if observed.ready else f"{observed.state}: {observed.reason}"
