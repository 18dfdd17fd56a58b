"""A resource plugin of the Pulumi engine, over gRPC, for the things that a test stands in for.

The engine cannot tell it from a real one: it asks for checks, differences and steps in its own order, and keeps the state. So create order,
destroy order and the no-op of the real program are seen, with other hands at the end.
"""

import importlib
import threading
from collections.abc import Mapping
from concurrent import futures
from dataclasses import dataclass
from typing import Any, Protocol

from google.protobuf import empty_pb2, json_format, struct_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc, status_pb2

Properties = Mapping[str, Any]
_GRPC: Any = importlib.import_module("grpc")
_PLUGIN: Any = plugin_pb2
_MESSAGES: Any = provider_pb2
_STATUS: Any = status_pb2
"""None has types that a checker finds: a library without stubs, and classes made at run time."""
_WORKERS = 16
_LARGEST_MESSAGE = 400 * 1024 * 1024


class NotReadyError(RuntimeError):
    """The object was written and did not become ready: the engine keeps it with what it was given, and tries again."""

    def __init__(self, reason: str, made: str, state: Properties) -> None:
        """`made` is the object's id."""
        super().__init__(reason)
        self.made, self.state = made, state


class Hands(Protocol):
    """What does the work. Steps raise NotReadyError, and RuntimeError with a text for the user when nothing was written."""

    def configure(self, properties: Properties, /) -> None:
        """Take the provider's own properties."""

    def replaces(self, old: Properties, new: Properties, /) -> list[str]:
        """Name the properties whose change needs a new object."""

    def create(self, kind: str, properties: Properties, seconds: float, /) -> tuple[str, Properties]:
        """Make it and wait for it: id and state."""

    def update(self, kind: str, properties: Properties, seconds: float, /) -> Properties:
        """Change it and wait for it: the state."""

    def read(self, kind: str, inputs: Properties, state: Properties, /) -> tuple[Properties, Properties] | None:
        """Return what was asked for and the state as they are now; None when it is gone. `inputs` and `state` are the recorded ones."""

    def delete(self, kind: str, properties: Properties, seconds: float, /) -> None:
        """Remove it and wait until it is gone."""

    def stop(self) -> None:
        """End all waits: the run was cancelled."""


class Servicer(provider_pb2_grpc.ResourceProviderServicer):
    """Speaks the protocol; `hands` do the rest."""

    def __init__(self, hands: Hands, version: str) -> None:
        self.hands = hands
        self.version = version

    def GetPluginInfo(self, _request: Any, _context: Any) -> Any:  # noqa: ANN401, N802
        return _PLUGIN.PluginInfo(version=self.version)

    def CheckConfig(self, request: Any, _context: Any) -> Any:  # noqa: ANN401, N802
        return _MESSAGES.CheckResponse(inputs=request.news)

    def DiffConfig(self, _request: Any, _context: Any) -> Any:  # noqa: ANN401, N802
        return _MESSAGES.DiffResponse(changes=_MESSAGES.DiffResponse.DIFF_NONE)

    def Configure(self, request: Any, _context: Any) -> Any:  # noqa: ANN401, N802
        self.hands.configure(_read(request.args))
        return _MESSAGES.ConfigureResponse(acceptSecrets=False, supportsPreview=True)

    def Check(self, request: Any, _context: Any) -> Any:  # noqa: ANN401, N802
        return _MESSAGES.CheckResponse(inputs=request.news)

    def Diff(self, request: Any, _context: Any) -> Any:  # noqa: ANN401, N802
        old, new = _read(request.old_inputs), _read(request.news)
        if old == new:
            return _MESSAGES.DiffResponse(changes=_MESSAGES.DiffResponse.DIFF_NONE)
        return _MESSAGES.DiffResponse(
            changes=_MESSAGES.DiffResponse.DIFF_SOME, replaces=self.hands.replaces(old, new), deleteBeforeReplace=True
        )

    def Create(self, request: Any, context: Any) -> Any:  # noqa: ANN401, N802
        if request.preview:
            return _MESSAGES.CreateResponse(properties=request.properties)
        with _Told(context, request.properties):
            made, state = self.hands.create(request.type, _read(request.properties), request.timeout)
            return _MESSAGES.CreateResponse(id=made, properties=_write(state))

    def Update(self, request: Any, context: Any) -> Any:  # noqa: ANN401, N802
        if request.preview:
            return _MESSAGES.UpdateResponse(properties=request.news)
        with _Told(context, request.news):
            return _MESSAGES.UpdateResponse(properties=_write(self.hands.update(request.type, _read(request.news), request.timeout)))

    def Read(self, request: Any, context: Any) -> Any:  # noqa: ANN401, N802
        with _Told(context):
            found = self.hands.read(request.type, _read(request.inputs), _read(request.properties))
            if found is None:
                return _MESSAGES.ReadResponse()
            inputs, state = found
            return _MESSAGES.ReadResponse(id=request.id, properties=_write(state), inputs=_write(inputs))

    def Delete(self, request: Any, context: Any) -> Any:  # noqa: ANN401, N802
        with _Told(context):
            self.hands.delete(request.type, _read(request.properties), request.timeout)
        return empty_pb2.Empty()

    def Cancel(self, _request: Any, _context: Any) -> Any:  # noqa: ANN401, N802
        self.hands.stop()
        return empty_pb2.Empty()


class _Told:
    """Turns an exception into the answer that the engine shows as the resource's error. `inputs` are those of a step that writes."""

    def __init__(self, context: Any, inputs: struct_pb2.Struct | None = None) -> None:  # noqa: ANN401
        self.context = context
        self.inputs = inputs

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, NotReadyError):
            self.context.abort_with_status(_status_of(error, self.inputs))
        elif isinstance(error, Exception):
            self.context.abort(_GRPC.StatusCode.UNKNOWN, str(error))


@dataclass(frozen=True, kw_only=True)
class Status(_GRPC.Status):  # type: ignore[misc]  # a library without stubs
    """An answer with the details that the engine reads."""

    code: Any
    details: str
    trailing_metadata: tuple[tuple[str, bytes], ...]


def _status_of(error: NotReadyError, inputs: struct_pb2.Struct | None) -> Status:
    code = _GRPC.StatusCode.UNKNOWN
    partial = _MESSAGES.ErrorResourceInitFailed(id=error.made, properties=_write(error.state), reasons=[str(error)], inputs=inputs)
    status = _STATUS.Status(code=code.value[0], message=str(error))
    status.details.add().Pack(partial)
    return Status(code=code, details=str(error), trailing_metadata=(("grpc-status-details-bin", status.SerializeToString()),))


def serve(hands: Hands, version: str) -> None:
    """Serve until the engine ends this process. The first line of standard output is the port."""
    sizes = [("grpc.max_receive_message_length", _LARGEST_MESSAGE), ("grpc.max_send_message_length", _LARGEST_MESSAGE)]
    server = _GRPC.server(futures.ThreadPoolExecutor(max_workers=_WORKERS), options=sizes)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(Servicer(hands, version), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)
    threading.Event().wait()


def _read(properties: struct_pb2.Struct) -> dict[str, Any]:
    found: dict[str, Any] = _whole(json_format.MessageToDict(properties))
    return found


def _write(properties: Properties) -> struct_pb2.Struct:
    return json_format.ParseDict(dict(properties), struct_pb2.Struct())


def _whole(value: Any) -> Any:  # noqa: ANN401
    """Make whole numbers integers again: the wire knows one number type, and Kubernetes refuses 1.0 for a port."""
    if isinstance(value, dict):
        return {key: _whole(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_whole(one) for one in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
