"""`python -m benchmarks.gateway [PART...]`: what the model gateway lets through. Ends with 1 when a goal is missed."""

import os
import signal
import sys
from collections.abc import Iterator
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from benchmarks.errors import BenchmarkError
from benchmarks.gateway.lanes import CONCURRENCY, Extent, Rate, beside_a_hanging_job, rates
from benchmarks.gateway.latency import added_latency
from benchmarks.gateway.ledger import large_ledger
from benchmarks.gateway.stack import stage_two
from benchmarks.gateway.upstream import upstream
from benchmarks.places import HOME
from benchmarks.scale import Scale
from embedded.errors import EmbeddedError
from embedded.locks import file_lock
from flinksql.errors import FlinkSqlError

PARTS = ("lanes", "latency", "ledger")
app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    parts: Annotated[list[str] | None, typer.Argument(help=f"Which: {', '.join(PARTS)}. All when none is named.")] = None,
    *,
    line: Annotated[str, typer.Option(help="The Flink line: 2.3, 2.2 or 2.1.")] = "2.2",
    lanes: Annotated[list[int] | None, typer.Option(help="Numbers of lanes (default: 1, 2, 4, 8).")] = None,
    milliseconds: Annotated[list[int] | None, typer.Option(help="Times of an answer (default: 50, 200, 2000).")] = None,
) -> None:
    """Measure rows a second by lanes, added latency, and the ledger with 100,000 answers."""
    unknown = sorted(set(parts or ()) - set(PARTS))
    if unknown:
        raise typer.BadParameter(f"no part {', '.join(unknown)}; there are {', '.join(PARTS)}")
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(1))
    console = Console(width=160 if not sys.stdout.isatty() else None)
    missed = False
    try:
        with file_lock(HOME / "lock", timeout_seconds=0):
            if "lanes" in (parts or PARTS):
                found: list[Rate] = []
                for rate in _rates(line, _extent(lanes, milliseconds)):
                    found.append(rate)
                    console.print(_line(rate), highlight=False)
                missed = any(rate.ratio < rate.goal for rate in found)
                console.print(_table(found))
            for part, measure in (("latency", added_latency), ("ledger", large_ledger)):
                if part in (parts or PARTS):
                    for measured in measure():
                        console.print(str(measured), highlight=False)
    except (BenchmarkError, EmbeddedError, FlinkSqlError) as error:
        console.print(str(error), style="red", highlight=False, soft_wrap=True)
        raise typer.Exit(1) from None
    raise typer.Exit(1 if missed else 0)


def _extent(lanes: list[int] | None, milliseconds: list[int] | None) -> Extent:
    whole = Extent()
    return Extent(lanes=lanes or whole.lanes, milliseconds=milliseconds or whole.milliseconds)


def _rates(line: str, extent: Extent) -> Iterator[Rate]:
    with upstream() as server, stage_two(line, server.base, CONCURRENCY, Scale()) as stage:
        yield from rates(stage, server, extent)
        yield beside_a_hanging_job(stage, server, extent)


def _line(rate: Rate) -> str:
    beside = ", beside a job that hangs" if rate.beside_a_hanging_job else ""
    return (
        f"{rate.lanes} lanes, {rate.milliseconds} ms{beside}: {rate.rows} rows, {rate.rejected} rejected, {rate.calls} calls, "
        f"{rate.rows_per_second:.1f} rows/s of {rate.ideal:.1f}, {rate.gateway_cores:.2f} of {os.cpu_count()} cores for the gateway, "
        f"{rate.all_cores:.2f} with Flink and Kafka, load average {os.getloadavg()[0]:.1f}"
    )


def _table(found: list[Rate]) -> Table:
    table = Table(
        "lanes", "answer after", "rows", "calls", "most at once", "rows/s", "ideal", "ratio", "goal", "gateway's cores", "all", ""
    )
    for rate in found:
        beside = "beside a job that hangs" if rate.beside_a_hanging_job else ""
        table.add_row(
            str(rate.lanes),
            f"{rate.milliseconds} ms",
            str(rate.rows),
            str(rate.calls),
            str(rate.most_at_once),
            f"{rate.rows_per_second:.1f}",
            f"{rate.ideal:.1f}",
            f"{rate.ratio:.3f}",
            f"{rate.goal:.2f}",
            f"{rate.gateway_cores:.2f}",
            f"{rate.all_cores:.2f}",
            beside,
        )
    return table


if __name__ == "__main__":
    app()
