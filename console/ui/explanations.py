"""What `why` says, for the page: asked when somebody wants to know, one question at a time, and not twice in a short while."""

import threading
import time
from typing import Any

from console.diagnosing.ask import ask
from console.ui.collector import problem_text
from console.ui.stack import StackReader

_KEPT_SECONDS = 10.0


class Explanations:
    """The newest answer for each statement that somebody asked about."""

    def __init__(self, reader: StackReader) -> None:
        self._reader = reader
        self._lock = threading.Lock()
        self._known: dict[str, tuple[float, dict[str, Any]]] = {}

    def of(self, statement: str) -> dict[str, Any]:
        """Return the findings, a remark on what could not be asked, and why there are none. Never raises."""
        with self._lock:
            at, known = self._known.get(statement, (0.0, {}))
            if not known or time.monotonic() - at > _KEPT_SECONDS:
                known = self._ask(statement)
                self._known[statement] = (time.monotonic(), known)
            return known

    def _ask(self, statement: str) -> dict[str, Any]:
        facts = self._reader.facts
        try:
            diagnosis, remark = ask(facts.project, facts.outputs, statement)
        except Exception as error:  # noqa: BLE001  # whatever happens, the page says it
            return {"findings": [], "remark": "", "error": problem_text(error)}
        return {**diagnosis.to_json(), "remark": remark, "error": ""}
