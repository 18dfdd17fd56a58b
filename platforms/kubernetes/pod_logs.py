"""The logs of the cluster's workloads, pod by pod, also over the replacement of a pod."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

from cluster.api_server import ApiServer
from cluster.diagnosis.snapshot import Json, labels_of, name_of
from cluster.errors import ApiServerRefusedError
from cluster.names import NAME_LABEL
from platforms.errors import PlatformError, Reason
from platforms.kubernetes.health import is_of_own_kafka


class PodTails:
    """The ends of the logs of all pods of a namespace that belong to one service, or to any of ours."""

    poll_seconds = 1.0

    def __init__(self, api_server: ApiServer, namespace: str, service: str, lines: int) -> None:
        self._api_server = api_server
        self._namespace = namespace
        self._service = service
        self._lines = lines
        self._last: dict[tuple[str, str], str] = {}

    def require(self) -> None:
        """Look whether there is anything to show. Raises PlatformError naming the services there are, ClusterError when nobody answers."""
        if self._pods():
            return
        known = sorted({str(labels_of(pod).get(NAME_LABEL)) for pod in self._all() if labels_of(pod).get(NAME_LABEL)})
        if self._service and known:
            raise PlatformError(
                f"there is no pod of {self._service!r}", advice=f"workloads there are: {', '.join(known)}", reason=Reason.USAGE
            )
        raise PlatformError(f"there are no pods in namespace {self._namespace}", advice="they appear with the first `up`")

    def read(self) -> Iterator[tuple[str, str]]:
        """Give pod and line for what was not given yet: at first the last lines, later what was added."""
        for pod in self._pods():
            for container in (pod.get("spec") or {}).get("containers") or ():
                for line in self._new(name_of(pod), str(container["name"])):
                    yield name_of(pod), line

    def _new(self, pod: str, container: str) -> Iterator[str]:
        key = (pod, container)
        last = self._last.get(key, "")
        # The server knows whole seconds only; what was given already is left out by its own time, which has nanoseconds.
        since = {"sinceTime": _whole_second(last)} if last else {"tailLines": str(self._lines)}
        try:
            text = self._api_server.text(
                f"/api/v1/namespaces/{self._namespace}/pods/{pod}/log", {"container": container, "timestamps": "true", **since}
            )
        except ApiServerRefusedError:
            # A pod that has not begun, or has just gone, has no log.
            return
        for line in text.splitlines():
            moment, _, words = line.partition(" ")
            if not last or _instant(moment) > _instant(last):
                self._last[key] = moment
                yield words

    def _pods(self) -> list[Json]:
        named = [pod for pod in self._all() if labels_of(pod).get(NAME_LABEL) and is_of_own_kafka(pod)]
        return [pod for pod in named if self._service in ("", labels_of(pod).get(NAME_LABEL))]

    def _all(self) -> list[Json]:
        return list(self._api_server.read(f"/api/v1/namespaces/{self._namespace}/pods").get("items") or ())


_FRACTION = re.compile(r"\.(\d+)")


def _instant(moment: str) -> tuple[datetime, str]:
    """Return what orders the times of log lines: the node gives them in its own time zone, in nanoseconds."""
    fraction = _FRACTION.search(moment)
    try:
        whole = datetime.fromisoformat(_FRACTION.sub("", moment))
    except ValueError:
        return datetime.min.replace(tzinfo=UTC), moment
    return whole if whole.tzinfo else whole.replace(tzinfo=UTC), (fraction[1] if fraction else "").ljust(9, "0")


def _whole_second(moment: str) -> str:
    """Return the second of a line's time as the API server takes it."""
    return _instant(moment)[0].astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
