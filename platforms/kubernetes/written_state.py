"""What jobs left on the volume of a session cluster, looked up by a pod that has the volume: the JobManager's.

Flink's REST API lists no files, and a JobManager forgets a job with the cluster that it belonged to.
"""

from collections.abc import Collection, Sequence

from cluster import names
from cluster.errors import ClusterError
from cluster.pod_command import output_of
from cluster.target import ServicePort, answering_pod
from components.kubernetes.flink_configuration import STATE_FOLDER
from flinksql.statements import WrittenState
from platforms.kubernetes.through_api_server import api_server_of
from settings import Settings

_CONTAINER = "flink-main-container"
_SCRIPT = """
cd "$1" || exit 0
shift
for id in "$@"; do
  [ -d "checkpoints/$id" ] && echo "$id"
  for file in checkpoints/"$id"/chk-*/_metadata savepoints/savepoint-"$(echo "$id" | cut -c1-6)"-*/_metadata; do
    [ -f "$file" ] && stat -c "$id %Y %n" "$file"
  done
done
exit 0
"""


def listing(settings: Settings, job_ids: Collection[str]) -> Sequence[WrittenState] | None:
    """Return what these jobs left on the volume; None when it cannot be looked at, or lies in an object store."""
    if settings.kubernetes.session_cluster.state_uri:
        return None
    try:
        api_server = api_server_of(settings)
        where = ServicePort(namespace=settings.kubernetes.cluster.namespace, service=names.REST_SERVICE, port=names.JOB_MANAGER_PORT)
        command = ["sh", "-c", _SCRIPT, "sh", STATE_FOLDER, *job_ids]
        return parse(output_of(api_server, answering_pod(api_server, where), _CONTAINER, command))
    except ClusterError:
        return None


def parse(text: str) -> list[WrittenState]:
    """Read the script's lines: `<job id>` for a job's folder, `<job id> <seconds> <path>/_metadata` for what is complete in it."""
    found: list[WrittenState] = []
    for line in text.splitlines():
        words = line.split(" ", 2)
        if len(words) == 1 and words[0]:
            found.append(WrittenState(job_id=words[0]))
        elif len(words) == 3 and words[1].isdigit():  # noqa: PLR2004  # as the script writes them
            folder = words[2].removesuffix("/_metadata")
            found.append(WrittenState(job_id=words[0], path=f"file:{STATE_FOLDER}/{folder}", modified=float(words[1])))
    return found
