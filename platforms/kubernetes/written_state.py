"""What jobs left on the volume of a session cluster, looked up by a pod that has the volume: the JobManager's.

Flink's REST API lists no files, and a JobManager forgets a job with the cluster that it belonged to.
"""

from collections.abc import Collection, Sequence

from cluster import names
from cluster.errors import ClusterError
from cluster.pod_command import output_of
from cluster.target import ServicePort, answering_pod
from components.kubernetes.flink_configuration import STATE_FOLDER
from flinksql.savepoints import SavepointFolder, WrittenSavepoint, savepoint_folder
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
_END = "end"
_SAVEPOINTS_SCRIPT = """
cd "$1/savepoints" || exit 0
for folder in savepoint-*; do
  [ -d "$folder" ] || continue
  complete=0
  [ -f "$folder/_metadata" ] && complete=1
  echo "$folder $complete $(stat -c %Y "$folder") $(du -sb "$folder" | cut -f1)"
done
echo end
"""


def savepoints_on_volume(settings: Settings) -> SavepointFolder | None:
    """Return what savepoints the volume has; None when it cannot be looked at, or they lie in an object store."""
    text = output_on_volume(settings, ["sh", "-c", _SAVEPOINTS_SCRIPT, "sh", STATE_FOLDER])
    return parse_savepoints(text) if text is not None else None


def parse_savepoints(text: str) -> SavepointFolder | None:
    """Read the script's lines: `<folder> <1 if complete> <seconds> <bytes>`. None for an output that was cut off."""
    lines = text.splitlines()
    if not lines or lines.pop().strip() != _END:
        return None
    found: list[WrittenSavepoint] = []
    for words in map(str.split, lines):
        if len(words) == 4 and all(word.isdigit() for word in words[1:]):  # noqa: PLR2004  # as the script writes them
            name, complete, modified, size = words
            found.append(WrittenSavepoint(name=name, modified=float(modified), bytes=int(size), is_complete=complete == "1"))
    return savepoint_folder(found, root=f"file:{STATE_FOLDER}/savepoints")


def listing(settings: Settings, job_ids: Collection[str]) -> Sequence[WrittenState] | None:
    """Return what these jobs left on the volume; None when it cannot be looked at, or lies in an object store."""
    text = output_on_volume(settings, ["sh", "-c", _SCRIPT, "sh", STATE_FOLDER, *job_ids])
    return parse(text) if text is not None else None


def output_on_volume(settings: Settings, command: list[str]) -> str | None:
    """Return what a command says in the JobManager's pod; None without such a pod, or where state is in an object store."""
    if settings.kubernetes.session_cluster.state_uri:
        return None
    try:
        api_server = api_server_of(settings)
        where = ServicePort(namespace=settings.kubernetes.cluster.namespace, service=names.REST_SERVICE, port=names.JOB_MANAGER_PORT)
        return output_of(api_server, answering_pod(api_server, where), _CONTAINER, command)
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
