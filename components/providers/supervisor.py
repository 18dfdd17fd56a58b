"""The supervisor of the data folder as a resource: made before the services, and the last to go."""

from pathlib import Path

import pulumi
from pulumi.dynamic import CreateResult, DiffResult, ReadResult, Resource, ResourceProvider, UpdateResult

from components.names import SUPERVISOR as LOGICAL_NAME
from components.providers.inputs import SUPERVISOR, replaced
from components.providers.properties import Properties, has_unknown, inputs_of, text
from components.providers.reporting import plainly, say
from embedded.control import ServiceControl
from embedded.data_folder import DataFolder, ensure_folder
from embedded.settings import EmbeddedSettings
from embedded.supervision import Supervisor as Supervision


class SupervisorProvider(ResourceProvider):
    """Start (or find), start again when it was killed, end together with everything that is left."""

    serialize_as_secret_always = False

    def diff(self, _id: str, olds: Properties, news: Properties) -> DiffResult:
        """Look whether it answers."""
        if has_unknown(news):
            return DiffResult(changes=True)
        replaces = replaced(SUPERVISOR, olds, news)
        if replaces:
            return DiffResult(changes=True, replaces=replaces, delete_before_replace=True)
        with plainly("looking at the supervisor"):
            running = Supervision(_folder(news)).running()
        if not running:
            say("The supervisor does not run and will be started again.")
        return DiffResult(changes=not running)

    def create(self, props: Properties) -> CreateResult:
        """Start it; one that runs is left alone."""
        return CreateResult(LOGICAL_NAME, self._started(props))

    def update(self, _id: str, _olds: Properties, news: Properties) -> UpdateResult:
        """Start it again."""
        return UpdateResult(self._started(news))

    def read(self, id_: str, props: Properties) -> ReadResult:
        """Return it when it runs; else it is gone."""
        with plainly("looking at the supervisor"):
            running = Supervision(_folder(props)).running()
        inputs = inputs_of(SUPERVISOR, props)
        return ReadResult(id_, dict(inputs), inputs) if running else ReadResult("", {})

    def delete(self, _id: str, props: Properties) -> None:
        """Stop everything that runs in the data folder, what a killed supervisor lost included."""
        with plainly("stopping the supervisor"):
            ServiceControl(EmbeddedSettings(data_folder=_folder(props).root)).shutdown()

    def _started(self, properties: Properties) -> Properties:
        with plainly("starting the supervisor"):
            folder = _folder(properties)
            ensure_folder(folder)
            Supervision(folder).ensure()
        return inputs_of(SUPERVISOR, properties)


class Supervisor(Resource, module="embedded", name="Supervisor"):
    """The process that keeps the services running."""

    data_folder: pulumi.Output[str]

    def __init__(self, settings: EmbeddedSettings, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(SupervisorProvider(), LOGICAL_NAME, supervisor_inputs(settings), opts)


def supervisor_inputs(settings: EmbeddedSettings) -> Properties:
    """Return the inputs of the supervisor's resource."""
    return {"data_folder": str(settings.data_folder)}


def _folder(properties: Properties) -> DataFolder:
    return DataFolder(root=Path(text(properties, "data_folder")))
