"""The model of a running Ollama as a resource: it is there, or it is pulled."""

import pulumi
from pulumi.dynamic import CreateResult, DiffResult, ReadResult, Resource, ResourceProvider, UpdateResult

from components.names import MODEL as LOGICAL_NAME
from components.providers.inputs import MODEL
from components.providers.properties import Properties, has_unknown, inputs_of, text
from components.providers.reporting import plainly, say
from embedded.errors import ModelError
from embedded.ollama import OllamaServer, PullProgress

_GIGABYTE = 1_000_000_000
_STEPS = 20
"""The fetching of a file is told of in so many steps."""


class ModelProvider(ResourceProvider):
    """Pull what is not there. Deleting keeps the model: it is gigabytes, and the Ollama is the user's own."""

    serialize_as_secret_always = False

    def diff(self, _id: str, olds: Properties, news: Properties) -> DiffResult:
        """Compare the inputs, then ask Ollama whether it has the model."""
        if has_unknown(news) or inputs_of(MODEL, olds) != inputs_of(MODEL, news):
            return DiffResult(changes=True)
        try:
            there = _server(news).has(text(news, "model"))
        except ModelError as error:
            say(f"{error}.")
            return DiffResult(changes=True)
        if not there:
            say(f"Ollama does not have the model {text(news, 'model')} any more: it will be pulled again.")
        return DiffResult(changes=not there)

    def create(self, props: Properties) -> CreateResult:
        """Pull the model unless it is there."""
        return CreateResult(text(props, "model"), _pulled(props))

    def update(self, _id: str, _olds: Properties, news: Properties) -> UpdateResult:
        """Pull the model that is wanted now; another one stays where it is."""
        return UpdateResult(_pulled(news))

    def read(self, id_: str, props: Properties) -> ReadResult:
        """Return the model when Ollama has it."""
        inputs = inputs_of(MODEL, props)
        with plainly(f"looking at model {id_}"):
            return ReadResult(id_, dict(inputs), inputs) if _server(props).has(text(props, "model")) else ReadResult("", {})


class Model(Resource, module="embedded", name="Model"):
    """A model that Ollama holds ready."""

    model: pulumi.Output[str]

    def __init__(self, model: str, endpoint: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(ModelProvider(), LOGICAL_NAME, model_inputs(model, endpoint), opts)


def model_inputs(model: str, endpoint: str) -> Properties:
    """Return the inputs of the resource."""
    return {"model": model, "endpoint": endpoint}


def pull_remarks(model: str) -> PullProgress:
    """Return a progress function that says what Ollama does: each new step, and each twentieth of a file."""
    told: dict[str, int] = {}

    def report(status: str, done: int, total: int) -> None:
        step = done * _STEPS // total if total else 0
        if step > told.get(status, -1):
            told[status] = step
            size = f" {done / _GIGABYTE:.2f} of {total / _GIGABYTE:.2f} GB" if total else ""
            say(f"{model}: {status}{size}")

    return report


def _pulled(properties: Properties) -> Properties:
    model = text(properties, "model")
    with plainly(f"pulling model {model}"):
        server = _server(properties)
        if not server.has(model):
            server.pull(model, pull_remarks(model))
    return inputs_of(MODEL, properties)


def _server(properties: Properties) -> OllamaServer:
    return OllamaServer(text(properties, "endpoint"))
