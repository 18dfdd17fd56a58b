"""Running a command in a container, as `kubectl exec` does: no terminal, no input, its output is returned."""

from urllib.parse import urlencode

from cluster.api_server import ApiServer
from cluster.errors import ClusterError
from cluster.library import LibraryError, run_in_pod
from cluster.target import PodPort


class PodCommandError(ClusterError):
    """A command cannot be run in a pod: the right `pods/exec` is missing, or the pod is gone."""


def output_of(api_server: ApiServer, pod: PodPort, container: str, command: list[str]) -> str:
    """Return a command's output. Ignore its exit code. Raise PodCommandError."""
    query = [*(("command", word) for word in command), ("container", container), ("stdout", "true"), ("stderr", "false")]
    url = f"{api_server.server}/api/v1/namespaces/{pod.namespace}/pods/{pod.pod}/exec?{urlencode(query)}"
    try:
        return run_in_pod(api_server.configuration, url, api_server.authorization())
    except LibraryError as error:
        raise PodCommandError(
            f"no command can be run in pod {pod.pod} of namespace {pod.namespace}: {error}",
            advice="the right to `create` and `get` the subresource `pods/exec` is needed",
        ) from error
