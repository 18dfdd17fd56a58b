"""The report of `status` as tables."""

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from console.data_checks.records import NOT_RUN, LastResult
from console.health.report import GroupHealth, JobHealth, ModelHealth, Report, TopicHealth
from console.show.formatting import duration
from flinksql.flink.jobmanager import JobState
from platforms.health import ServiceHealth

_NONE = "-"


def status_tables(report: Report) -> RenderableType:
    """Draw processes, topics and jobs, and what is wrong below them."""
    parts: list[RenderableType] = []
    if report.services:
        parts.append(_services(report.services))
    if report.topics:
        parts.append(_table("Topics", ["", "topic", "partitions", "messages", "what is missing"], [_topic(one) for one in report.topics]))
    if report.groups:
        heads = ["", "consumer group", "topic", "not committed", "what is missing"]
        parts.append(_table("Consumer groups", heads, [_group(one) for one in report.groups]))
    if report.jobs:
        heads = ["", "job", "state", "up", "in", "in/s", "out", "out/s", "restarts", "checkpoint", "last error"]
        parts.append(_table("Jobs", heads, [_job(one) for one in report.jobs]))
    if report.checks:
        heads = ["", "check", "result", "rows", "records read", "when (UTC)", "why"]
        parts.append(_table("Checks", heads, [_check(one) for one in report.checks]))
    if report.model is not None:
        parts.append(_table("Model", ["", "model", "state", "today", "what is wrong"], [_model(report.model)]))
    problems = report.problems()
    verdict = (
        Text("healthy", style="green")
        if report.healthy
        else Text(f"not healthy: {'; '.join(problems) or 'nothing is there'}", style="bold red")
    )
    return Group(*parts, verdict)


def _table(title: str, heads: list[str], rows: list[list[str]]) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for head in heads:
        table.add_column(head, header_style="dim", justify="right" if head in _NUMBERS else "left", overflow="fold")
    for mark, *cells in rows:
        table.add_row(Text(mark, style="green" if mark == _GOOD else "bold red"), *(Text(cell) for cell in cells))
    return table


_NUMBERS = frozenset(
    {"process", "pods", "partitions", "messages", "in", "in/s", "out", "out/s", "restarts", "not committed", "rows", "records read"}
)
_GOOD, _BAD = "✓", "✗"


def _services(services: Sequence[ServiceHealth]) -> Table:
    if any(one.pods for one in services):
        heads = ["", "workload", "state", "pods", "restarts", "up", "what is missing"]
        return _table("Pods", heads, [[_mark(healthy=one.healthy), one.name, one.state, *_pods(one), one.remark] for one in services])
    heads = ["", "service", "state", "process", "up", "what is missing"]
    return _table("Processes", heads, [_service(one) for one in services])


def _pods(one: ServiceHealth) -> list[str]:
    return [one.pods or _NONE, _number(one.restarts), duration(one.uptime_seconds) or _NONE]


def _service(one: ServiceHealth) -> list[str]:
    process = str(one.process_id) if one.process_id else _NONE
    return [_mark(healthy=one.healthy), one.name, one.state, process, duration(one.uptime_seconds) or _NONE, one.remark]


def _topic(one: TopicHealth) -> list[str]:
    return [_mark(healthy=one.healthy), one.name, _number(one.partitions), _number(one.messages), one.reason]


def _group(one: GroupHealth) -> list[str]:
    return [_mark(healthy=one.lag is not None), one.group, one.topic, _number(one.lag), one.reason]


def _job(one: JobHealth) -> list[str]:
    age = f"{duration(one.checkpoint_age_seconds)} ago" if one.checkpoint_age_seconds is not None else _NONE
    read = [_number(one.records_in), _rate(one.records_in_per_second)]
    written = [_number(one.records_out), _rate(one.records_out_per_second)]
    numbers = [*read, *written, _number(one.restarts)]
    return [_mark(healthy=one.healthy), one.statement, one.state, duration(one.uptime_seconds) or _NONE, *numbers, age, _why(one)]


def _why(one: JobHealth) -> str:
    """Return what is wrong with a job now, else what it has got over."""
    if one.recovered_seconds is None:
        return one.last_error or one.no_output
    since = "finished" if one.state == JobState.FINISHED else "runs"
    return one.no_output or f"failed {duration(one.recovered_seconds)} ago and {since} since: {one.last_error}"


def _check(one: LastResult) -> list[str]:
    rows = f"{'at least ' if one.at_least else ''}{_number(one.rows)}"
    when = one.at.removesuffix("+00:00").replace("T", " ") or _NONE
    # One that was never run says nothing of the data.
    mark = _NONE if one.state == NOT_RUN else _mark(healthy=one.good)
    return [mark, one.name, one.state, rows, _number(one.read), when, one.reason]


def _model(one: ModelHealth) -> list[str]:
    return [_mark(healthy=one.healthy), one.name, one.state, one.today or _NONE, one.reason]


def _mark(*, healthy: bool) -> str:
    return _GOOD if healthy else _BAD


def _rate(value: float | None) -> str:
    return _NONE if value is None else f"{value:,.1f}"


def _number(value: int | None) -> str:
    return _NONE if value is None else f"{value:,}"
