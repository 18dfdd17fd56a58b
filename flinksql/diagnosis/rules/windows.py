"""What Flink's plan says of a window: its size, and by which time it goes."""

import re
from dataclasses import dataclass

from flinksql.diagnosis.evidence import Evidence
from flinksql.diagnosis.job_graph import Operator

_UNITS = {"ms": 1, "s": 1_000, "min": 60_000, "h": 3_600_000, "d": 86_400_000}
_TIME = re.compile(r"(?:time_col|win_start|win_end|slice_end)=\[(?P<column>[^\]]+)\]")
_STEP = re.compile(r"(?P<which>slide|step|size|max_size)=\[(?P<amount>\d+) (?P<unit>ms|s|min|h|d)\]")
_ALIGNED_ANYWHERE = 900_000
"""Windows of a quarter of an hour and less begin at the same moments in every time zone; longer ones need not."""


@dataclass(frozen=True, kw_only=True)
class Window:
    """`step` are ms between two ends, 0 where that is not known."""

    step: int = 0
    processing_time: bool = False

    def end_after(self, moment: int) -> int:
        """Return the end of the window that is open at a moment (ms since 1970), 0 where it depends on the time zone or is not known."""
        known = self.step and _ALIGNED_ANYWHERE % self.step == 0
        return (moment // self.step + 1) * self.step if known else 0


def window_of(evidence: Evidence, operator: Operator) -> Window:
    """Return the window of an operator. What has none goes by event time."""
    text = operator.attribute("window")
    steps = {match["which"]: int(match["amount"]) * _UNITS[match["unit"]] for match in _STEP.finditer(text)}
    step = steps.get("slide") or steps.get("step") or (0 if "SESSION" in text else steps.get("size", 0))
    column = _TIME.search(text)
    return Window(step=step, processing_time=bool(column) and _is_processing_time(evidence, operator, column["column"] if column else ""))


def _is_processing_time(evidence: Evidence, operator: Operator, column: str) -> bool:
    made = re.compile(rf"PROCTIME\(\) AS {re.escape(column)}\b")
    return any(made.search(one.description) for one in evidence.graph.before(operator))
