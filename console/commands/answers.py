"""`answers`: what the model gateway's ledger holds, what it cost, a copy of it, and forgetting."""

import json as json_library
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from console.commands.options import Json
from console.errors import ConsoleError
from console.exit_codes import ExitCode
from console.screen import write_line
from console.session import Session
from modelgateway.answers.inspection import LedgerError, Overview, Shown, copy, forget, newest, overview
from platforms.registry import platform_of

_TEXT_CHARACTERS = 100


def answers(
    context: typer.Context,
    *,
    newest_count: Annotated[int, typer.Option("--newest", min=0, help="Show so many of the newest answers as well.")] = 0,
    copy_to: Annotated[str, typer.Option("--copy", metavar="FILE", help="Write a copy into a new file; the gateway may run.")] = "",
    forget_them: Annotated[bool, typer.Option("--forget", help="Remove answers; the model is asked again when they are needed.")] = False,
    model: Annotated[str, typer.Option(help="With --forget: only those of this model.")] = "",
    prompt: Annotated[str, typer.Option(help="With --forget: only those to this prompt (the digest that is shown).")] = "",
    rejected: Annotated[bool, typer.Option("--rejected", help="With --forget: only rejections.")] = False,
    everything: Annotated[bool, typer.Option("--all", help="With --forget: all of them.")] = False,
    json: Json = False,
) -> None:
    """Show which answers of the model are kept and what they cost. With --copy or --forget, do that first."""
    session: Session = context.obj
    file = platform_of(session.project().settings()).ledger()
    if forget_them and not (everything or model or prompt or rejected):
        raise ConsoleError("--forget needs to know which: --rejected, --model, --prompt or --all", exit_code=ExitCode.USAGE)
    try:
        if copy_to:
            copy(file, Path(copy_to).expanduser())
            session.screen.err.print(f"The ledger is copied to {escape(copy_to)}.", highlight=False, soft_wrap=True)
        if forget_them:
            count = forget(file, model=model, prompt=prompt, rejected=rejected)
            session.screen.err.print(f"{count} answers are forgotten.", highlight=False)
        found, shown = overview(file), newest(file, newest_count)
    except LedgerError as error:
        raise ConsoleError(str(error), exit_code=ExitCode.FAILED) from None
    if json:
        write_line(json_library.dumps({**found.to_json(), "newest": [asdict(one) for one in shown]}, indent=2, ensure_ascii=False))
        return
    session.screen.out.print(_groups(found))
    if shown:
        session.screen.out.print(_newest(shown))


def _groups(found: Overview) -> Table:
    day = found.today
    cost = f"today {day['calls']} calls, {day['prompt_tokens']} + {day['completion_tokens']} tokens, {day['money']:.4f}"
    table = Table(title=f"{escape(found.file)}  {found.bytes / 1e6:.1f} MB  {cost}", title_justify="left")
    for name in ("model", "prompt", "outcome"):
        table.add_column(name)
    for name in ("kept", "inputs", "tokens in", "tokens out", "money"):
        table.add_column(name, justify="right")
    table.add_column("newest (UTC)")
    for one in found.groups:
        numbers = (str(one.count), str(one.inputs), str(one.prompt_tokens), str(one.completion_tokens), f"{one.money:.4f}")
        table.add_row(escape(one.model), one.prompt, one.reason or "answer", *numbers, one.newest)
    return table


def _newest(shown: list[Shown]) -> Table:
    table = Table(title="newest", title_justify="left")
    for name in ("made (UTC)", "lane", "model", "outcome", "text"):
        table.add_column(name)
    for one in shown:
        text = " ".join(one.text.split())[:_TEXT_CHARACTERS]
        table.add_row(one.made, escape(one.lane), escape(one.model), one.reason or "answer", escape(text))
    return table
