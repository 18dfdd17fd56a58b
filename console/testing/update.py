"""`test --update`: the rows that came, written into the expectations of the tests that failed, after the difference was shown."""

import difflib
from collections.abc import Sequence
from pathlib import Path

import typer

from console.screen import Screen
from embedded.data_folder import write_atomically
from flinksql.testing import Outcome
from flinksql.testing.updating import updated_text


def update_expectations(screen: Screen, outcomes: Sequence[Outcome], *, ask: bool) -> None:
    """Show what would change in each file, and write it when that is wanted."""
    failed: dict[Path, list[Outcome]] = {}
    for one in outcomes:
        if one.came and not one.passed:
            failed.setdefault(one.test.file, []).append(one)
    for file, of_file in failed.items():
        before = file.read_text(encoding="utf-8")
        after = updated_text(before, of_file)
        if after == before:
            continue
        shown = of_file[0].test.shown
        lines = difflib.unified_diff(before.splitlines(keepends=True), after.splitlines(keepends=True), shown, f"{shown}, updated")
        screen.out.print("".join(lines), highlight=False, soft_wrap=True, markup=False)
        if not ask or typer.confirm(f"write this into {shown}?"):
            write_atomically(file, after)
            screen.out.print(f"updated {shown}", highlight=False)
    if not failed:
        screen.out.print("nothing to update: no test that ran to its end failed", highlight=False)
