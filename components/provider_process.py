"""The process of the dynamic providers: Pulumi's own server with more threads, plain errors and short diffs.

Pulumi's has four threads, and each is held while a process gets ready or a job is watched until it counts as healthy: a hundred jobs would
wait for each other for most of a minute in which nothing is computed. Errors it hands on as "Exception calling application: ...", and
`pulumi import`, which knows no provider object, gets the name of a key that is missing.
"""

import importlib
import runpy
from collections.abc import Callable
from concurrent import futures
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from google.protobuf import json_format
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from components.providers.detailed_diff import changed_paths
from components.providers.reporting import ProviderError

_GRPC: Any = importlib.import_module("grpc")
_MESSAGES: Any = provider_pb2
"""Neither has types that a checker finds."""

SERVER = "pulumi.dynamic"
MODULE = "components.provider_process"
THREADS = 16

_POOL = "ThreadPoolExecutor"
_ADD = "add_ResourceProviderServicer_to_server"
_add: Callable[[Any, Any], None] = provider_pb2_grpc.add_ResourceProviderServicer_to_server
_PROVIDER = "__provider"
_STATEMENT = ":Statement"
_NO_IMPORT = "`pulumi import` cannot read {name}: leave it out, `pulumi up` takes over what is there already"
_NO_IMPORT_OF_A_STATEMENT = (
    "`pulumi import` cannot read statement {name}: write its file and run `pulumi up`, which takes over a job that runs under the "
    "statement's name with the same definition. For a job that was started by hand, put `-- adopt_job: <job id>` at the head of the file"
)


def widened(max_workers: int) -> ThreadPoolExecutor:
    """Make the pool that the server asks for, with more threads. The next one that is asked for is an ordinary one again."""
    vars(futures)[_POOL] = ThreadPoolExecutor
    return ThreadPoolExecutor(max(max_workers, THREADS))


def added_plainly(servicer: object, server: object) -> None:
    """Add the server's answers, each with errors as they were written."""
    vars(provider_pb2_grpc)[_ADD] = _add
    _add(PlainServicer(servicer), server)


class PlainServicer:
    """Pulumi's answers to the engine, but for errors and differences."""

    def __init__(self, servicer: object) -> None:
        self._servicer = servicer

    def __getattr__(self, name: str) -> Callable[[Any, Any], Any]:
        """Return the answer to a call of the engine."""
        answer: Callable[[Any, Any], Any] = getattr(self._servicer, name)

        def plainly(request: Any, context: Any) -> Any:  # noqa: ANN401
            try:
                return answer(request, context)
            except ProviderError as error:
                context.abort(_GRPC.StatusCode.UNKNOWN, str(error))

        return plainly

    def Diff(self, request: Any, context: Any) -> Any:  # noqa: ANN401, N802
        """Name the inputs that differ, where the provider finds that something does."""
        answer = self.__getattr__("Diff")(request, context)
        if answer.changes == _MESSAGES.DiffResponse.DIFF_SOME and request.HasField("old_inputs"):
            paths = changed_paths(json_format.MessageToDict(request.old_inputs), json_format.MessageToDict(request.news))
            replaces = set(answer.replaces)
            for path in paths:
                kind = "UPDATE_REPLACE" if path in replaces else "UPDATE"
                answer.detailedDiff[path].kind = _MESSAGES.PropertyDiff.Kind.Value(kind)
                answer.detailedDiff[path].inputDiff = True
            answer.hasDetailedDiff = bool(paths)
            answer.diffs.extend(dict.fromkeys(path.partition(".")[0].partition("[")[0] for path in paths))
        return answer

    def Read(self, request: Any, context: Any) -> Any:  # noqa: ANN401, N802
        """Refuse what is to be imported: only a resource of the state brings its provider along."""
        if _PROVIDER not in request.properties:
            context.abort(_GRPC.StatusCode.UNKNOWN, import_refusal(request.urn, request.id))
        return self.__getattr__("Read")(request, context)


def import_refusal(urn: str, id_: str) -> str:
    """Return what to do instead of `pulumi import`."""
    message = _NO_IMPORT_OF_A_STATEMENT if _STATEMENT in urn else _NO_IMPORT
    return message.format(name=urn.rpartition("::")[2] or id_)


def main() -> None:
    """Run Pulumi's server until it is ended. It gives no way to say how many threads it has, nor what becomes of an error."""
    vars(futures)[_POOL] = widened
    vars(provider_pb2_grpc)[_ADD] = added_plainly
    runpy.run_module(SERVER, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
