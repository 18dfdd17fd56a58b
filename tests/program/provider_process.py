"""The process that Pulumi starts for dynamic providers, driven over gRPC as the engine does, without the engine."""

import asyncio
import importlib
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from pulumi.dynamic.dynamic import ResourceProvider, serialize_provider
from pulumi.runtime import rpc
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from components.names import PROJECT, PROJECT_FOLDER
from components.provider_process import MODULE

grpc: Any = importlib.import_module("grpc")
"""It comes with Pulumi and without types."""

PROVIDER_KEY = "__provider"
CALL_SECONDS = 60.0


class CallFailedError(Exception):
    """A call ended with an error. The text is what the engine shows."""


@dataclass(frozen=True, kw_only=True)
class ProviderProcess:
    """A running process. Every call takes and returns plain properties."""

    stub: Any

    def _call(self, method: str, request: object) -> Any:  # noqa: ANN401
        try:
            return getattr(self.stub, method)(request, timeout=CALL_SECONDS)
        except grpc.RpcError as error:
            raise CallFailedError(error.details()) from error

    def configure(self, config: Mapping[str, str]) -> None:
        """Hand over a stack's configuration, keys without the namespace."""
        values = {f"{PROJECT}:{key}": value for key, value in config.items()}
        self._call("Configure", provider_pb2.ConfigureRequest(args=_wire(values)))

    def check(self, provider: ResourceProvider, olds: Mapping[str, Any], news: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
        """Return the checked inputs and the reasons of failures."""
        request = provider_pb2.CheckRequest(olds=_wire(_with(provider, olds) if olds else {}), news=_wire(_with(provider, news)))
        answer = self._call("Check", request)
        return _plain(answer.inputs), [failure.reason for failure in answer.failures]

    def diff(self, provider: ResourceProvider, olds: Mapping[str, Any], news: Mapping[str, Any], id_: str = "id") -> tuple[bool, list[str]]:
        """Return whether something changes, and the inputs that replace the resource."""
        answer = self._diff(provider, olds, news, id_)
        return answer.changes == provider_pb2.DiffResponse.DIFF_SOME, list(answer.replaces)

    def differences(self, provider: ResourceProvider, olds: Mapping[str, Any], news: Mapping[str, Any]) -> dict[str, str]:
        """Return what the engine shows of a change: paths of inputs, and of which kind each difference is."""
        answer = self._diff(provider, olds, news, "id")
        assert answer.hasDetailedDiff is bool(answer.detailedDiff)
        return {path: provider_pb2.PropertyDiff.Kind.Name(one.kind) for path, one in answer.detailedDiff.items()}

    def _diff(self, provider: ResourceProvider, olds: Mapping[str, Any], news: Mapping[str, Any], id_: str) -> Any:  # noqa: ANN401
        before = _wire(_with(provider, olds))
        return self._call("Diff", provider_pb2.DiffRequest(id=id_, olds=before, old_inputs=before, news=_wire(_with(provider, news))))

    def create(self, provider: ResourceProvider, news: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        """Return the id and the whole state."""
        answer = self._call("Create", provider_pb2.CreateRequest(properties=_wire(_with(provider, news))))
        return answer.id, _plain(answer.properties)

    def update(self, provider: ResourceProvider, id_: str, olds: Mapping[str, Any], news: Mapping[str, Any]) -> dict[str, Any]:
        """Return the whole state."""
        request = provider_pb2.UpdateRequest(id=id_, olds=_wire(_with(provider, olds)), news=_wire(_with(provider, news)))
        return _plain(self._call("Update", request).properties)

    def read(self, provider: ResourceProvider, id_: str, state: Mapping[str, Any]) -> tuple[str, dict[str, Any], dict[str, Any]]:
        """Return id (empty: gone), state and inputs."""
        answer = self._call("Read", provider_pb2.ReadRequest(id=id_, properties=_wire(_with(provider, state))))
        return answer.id, _plain(answer.properties), _plain(answer.inputs)

    def read_for_import(self, urn: str, id_: str) -> None:
        """Ask as `pulumi import` does: of a resource that no state holds."""
        self._call("Read", provider_pb2.ReadRequest(id=id_, urn=urn))

    def delete(self, provider: ResourceProvider, id_: str, state: Mapping[str, Any]) -> None:
        """Remove the resource."""
        self._call("Delete", provider_pb2.DeleteRequest(id=id_, properties=_wire(_with(provider, state))))


@contextmanager
def provider_process(environment: Mapping[str, str] | None = None) -> Iterator[ProviderProcess]:
    """Run the process in the project's folder, as the launcher does, and end it."""
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", MODULE],
        cwd=PROJECT_FOLDER,
        env={**os.environ, "PULUMI_PROJECT": PROJECT, "PYTHONPATH": "", **(environment or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        with grpc.insecure_channel(f"127.0.0.1:{int(process.stdout.readline())}") as channel:
            yield ProviderProcess(stub=provider_pb2_grpc.ResourceProviderStub(channel))
    finally:
        process.kill()
        process.communicate()


def pickled(provider: ResourceProvider) -> str:
    """Return what Pulumi stores of a provider in every resource's state."""
    return str(serialize_provider(provider))


def _with(provider: ResourceProvider, properties: Mapping[str, Any]) -> dict[str, Any]:
    return {**properties, PROVIDER_KEY: pickled(provider)}


def _wire(properties: Mapping[str, Any]) -> Any:  # noqa: ANN401
    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(rpc.serialize_properties(dict(properties), {}))
    finally:
        loop.close()


def _plain(wire: Any) -> dict[str, Any]:  # noqa: ANN401
    properties: dict[str, Any] = rpc.deserialize_properties(wire) or {}
    return {name: value for name, value in properties.items() if name != PROVIDER_KEY}
