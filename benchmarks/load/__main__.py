"""`python -m benchmarks.load [--line 2.2] [--only TEXT]`: the table of the load test. Ends with 1 when a row does not hold."""

import os
import signal
import sys
from collections.abc import Iterator
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from benchmarks.errors import BenchmarkError
from benchmarks.load.account import CONTEXTS, REJECTED
from benchmarks.load.measure import Row, capacity, measure
from benchmarks.load.scenarios import SCENARIOS, Scenario
from benchmarks.load.stack import LoadedStack
from benchmarks.places import HOME
from embedded.errors import EmbeddedError
from embedded.locks import file_lock

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)

_COLUMNS = (
    "what", "products", "characters", "sent", "offered/s", "good", "rejected", "lost", "twice", "windows wrong", "restarts", "heap MB",
    "largest context", "largest rejected", "seconds",
)  # fmt: skip


@app.command()
def main(
    line: Annotated[str, typer.Option(help="The Flink line: 2.3, 2.2 or 2.1.")] = "2.2",
    only: Annotated[str, typer.Option(help="Run the rows whose name holds this text.")] = "",
) -> None:
    """Load the production pipeline, one row after another, and count what becomes of every record."""
    wanted = [scenario for scenario in SCENARIOS if only in scenario.name]
    if not wanted:
        raise typer.BadParameter(f"no row holds {only!r}. There are: {'; '.join(scenario.name for scenario in SCENARIOS)}")
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(1))
    console = Console(width=200 if not sys.stdout.isatty() else None)
    rows: list[Row] = []
    try:
        with file_lock(HOME / "lock", timeout_seconds=0):
            for row in _rows(line, wanted, console):
                rows.append(row)
                console.print(_line(row), highlight=False)
    except (BenchmarkError, EmbeddedError) as error:
        console.print(str(error), style="red", highlight=False, soft_wrap=True)
        raise typer.Exit(1) from None
    finally:
        if rows:
            console.print(_table(rows))
    raise typer.Exit(0 if all(row.holds for row in rows) else 1)


def _rows(line: str, scenarios: list[Scenario], console: Console) -> Iterator[Row]:
    running = [scenario for scenario in scenarios if not scenario.paused]
    if running:
        stack = LoadedStack(line)
        with stack.running():
            rate = capacity(stack)
            console.print(f"Flink {line}: one slot takes {rate:,.0f} reviews a second; load average {os.getloadavg()[0]:.1f}")
            for scenario in running:
                yield measure(stack, scenario, rate)
    for scenario in scenarios:
        if scenario.paused:
            stack = LoadedStack(line)
            with stack.running():
                yield measure(stack, scenario, 0.0)


def _line(row: Row) -> str:
    verdict = "holds" if row.holds else "DOES NOT HOLD"
    return f"{row.scenario.name}: {len(row.sent):,} sent, {row.seconds:.0f} s, {verdict}, {dict(row.account.reasons)}"


def _table(rows: list[Row]) -> Table:
    table = Table(*_COLUMNS)
    for row in rows:
        account = row.account
        table.add_row(
            row.scenario.name,
            row.scenario.products,
            row.scenario.texts,
            f"{len(row.sent):,}",
            f"{row.offered_per_second:,.0f}",
            f"{account.good:,}",
            f"{len(account.rejected):,}",
            f"{row.lost:,}",
            f"{account.repeated:,}",
            f"{row.wrong_windows:,}",
            str(row.restarts),
            f"{row.heap_megabytes:.0f}",
            f"{account.largest.get(CONTEXTS, 0):,}",
            f"{account.largest.get(REJECTED, 0):,}",
            f"{row.seconds:.0f}",
        )
    return table


if __name__ == "__main__":
    app()
