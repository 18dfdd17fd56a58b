"""The last lines that a container has logged, without the frames of Java's stack traces."""

import re

from cluster.api_server import ApiServer
from cluster.diagnosis.finding import LogPlace
from cluster.errors import ClusterError

LOG_LINES = 8
_READ_LINES = 200
"""A Java stack trace is long, and its message is at the top."""
_STACK_FRAME = re.compile(r"^\s+(at |\.\.\. \d+ (more|common frames))")
_NO_LOG = "unable to retrieve container logs"
"""What a kubelet returns instead of the log of a container that was removed meanwhile."""
_LINE_CHARACTERS = 300
_CALM = re.compile(r"^\d{4}-\d\d-\d\d[ T]\S+\s+(INFO|DEBUG|TRACE|WARN)\s")
"""What Flink's processes log on their way down, after the error that ended them."""
_EXCEPTION = re.compile(r"(Exception|Error)\b")
_EXCEPTIONS = 3


def last_lines(api_server: ApiServer, place: LogPlace) -> list[str]:
    """Return at most `LOG_LINES` lines of at most 300 characters; none where the log is empty or cannot be read.

    Of a log that has errors these are its last errors: a JVM that ends says much that is none afterwards.

    The run that `place` names is asked first, then the other one: a container that has just been restarted may have logged nothing yet.
    """
    path = f"/api/v1/namespaces/{place.namespace}/pods/{place.pod}/log"
    for previous in (place.previous, not place.previous):
        parameters = {"container": place.container, "tailLines": str(_READ_LINES), "previous": str(previous).lower()}
        try:
            text = api_server.text(path, parameters)
        except ClusterError:
            continue
        lines = [line[:_LINE_CHARACTERS] for line in text.splitlines() if line.strip() and not _STACK_FRAME.match(line)]
        if lines and not lines[0].startswith(_NO_LOG):
            return ([line for line in lines if not _CALM.match(line)] or lines)[-LOG_LINES:]
    return []


def last_complaint(api_server: ApiServer, place: LogPlace) -> str:
    """Return in one line why a container ended, as it logged it: its last exceptions, outermost first, else its last line; or nothing."""
    lines = last_lines(api_server, place)
    exceptions = [line.strip() for line in lines if _EXCEPTION.search(line)]
    return " / ".join(exceptions[-_EXCEPTIONS:] or lines[-1:]).strip()
