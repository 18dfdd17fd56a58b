"""`python -m benchmarks [NAME...]`: run benchmarks and show both sides, their ratio and the goal. Nothing is asserted."""

import json
import signal
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from benchmarks import (
    cold_start,
    commands,
    context_cost,
    footprint,
    growth,
    no_op_up,
    preview,
    ready_time,
    submit_throughput,
    throughput,
    upgrade_gap,
    warm_statements,
)
from benchmarks.comparison import Comparison, Report, measured
from benchmarks.errors import BenchmarkError
from benchmarks.gateway import figures as gateway
from benchmarks.markdown import page
from benchmarks.places import HOME
from benchmarks.presentation import show, table
from benchmarks.scale import Scale
from embedded.errors import EmbeddedError
from embedded.locks import file_lock
from flinksql.errors import FlinkSqlError

BENCHMARKS: dict[str, Callable[[Scale], Sequence[Comparison]]] = {
    "commands": commands.run,
    "cold-start": cold_start.run,
    "warm-statements": warm_statements.run,
    "no-op-up": no_op_up.run,
    "preview": preview.run,
    "footprint": footprint.run,
    "ready-time": ready_time.run,
    "submit-throughput": submit_throughput.run,
    "pipeline-throughput": throughput.run,
    "upgrade-gap": upgrade_gap.run,
    "context-cost": context_cost.run,
    "gateway-lanes": gateway.lanes,
    "gateway-latency": gateway.latency,
    "gateway-ledger": gateway.ledger,
    "growth": growth.run,
}
LONG = ("growth",)
"""Takes as long as all others together, so it runs only when it is named."""


_WHICH = f"Which: {', '.join(BENCHMARKS)}. All but {', '.join(LONG)} when none is named."
app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    names: Annotated[list[str] | None, typer.Argument(help=_WHICH)] = None,
    *,
    pairs: Annotated[int, typer.Option(min=1, help="Repetitions of each side; medians are compared.")] = 3,
    small: Annotated[bool, typer.Option("--small", help="Take the least of everything: it shows that the commands work, no more.")] = False,
    markdown: Annotated[Path | None, typer.Option(help="Write a page with all figures to this file, too.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """Measure this project against the plain way of doing the same, both in this run."""
    unknown = sorted(set(names or ()) - set(BENCHMARKS))
    if unknown:
        raise typer.BadParameter(f"no benchmark {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}")
    # An ordinary end, so that everything that was started is stopped.
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(1))
    reports: list[Report] = []
    console = Console(stderr=as_json)
    try:
        with file_lock(HOME / "lock", timeout_seconds=0):
            for name in names or [one for one in BENCHMARKS if one not in LONG]:
                console.print(f"{name}: measuring ...")
                reports.append(measured(name, partial(BENCHMARKS[name], Scale(pairs=1 if small else pairs, small=small))))
                show(reports[-1], console)
                if markdown:
                    # After each: what was measured must not go with the last one.
                    markdown.write_text(page(reports, small=small), encoding="utf-8")
    except (BenchmarkError, EmbeddedError, FlinkSqlError) as error:
        console.print(escape(str(error)), style="red", highlight=False, soft_wrap=True)
        raise typer.Exit(1) from None
    if as_json:
        typer.echo(json.dumps([report.to_plain() for report in reports], indent=2))
    elif len(reports) > 1:
        console.print(table(reports))


if __name__ == "__main__":
    app()
