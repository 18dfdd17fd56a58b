"""`promote`: let one stack run what another one runs well, after a look at the difference."""

import json as json_library
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Annotated

import typer

from components.approval_store import Approval, ApprovalStore, Asked, approval_store
from components.names import stack_mark
from components.parameters import load_bundle
from components.promotion import listed
from components.statement_history import now, who
from console.checks.prerequisites import require_declarable
from console.commands.options import Json, Yes, require_yes
from console.commands.run import bring_up, forecast_lines, show_end
from console.comment.plan import Plan, read_plan
from console.driver.run import Outcome
from console.errors import ConsoleError
from console.exit_codes import ExitCode
from console.health.collect import collect_running
from console.project import Project
from console.promotion.difference import Difference, StackOnBackend, difference
from console.promotion.gates import gates
from console.promotion.show import print_difference
from console.promotion.stage_now import require_well_now
from console.session import RunObserver, Session
from console.show.run_json import JsonObserver, end_events, resource_event
from console.show.run_result import exit_code
from console.stack_outputs import stack_state
from console.waiting.healthy import WELL_SECONDS, wait_until_well
from platforms.pipeline import definitions
from platforms.program import PROMOTED_FROM
from platforms.promotion_overrides import promotion_subject
from platforms.registry import platform_of


@dataclass(frozen=True, kw_only=True)
class _Previewed:
    """A preview of the next stage, how it ended, and who showed it."""

    outcome: Outcome
    plan: Plan
    observer: RunObserver


def promote(
    context: typer.Context,
    source: Annotated[str, typer.Argument(metavar="FROM", help="The stack whose version is promoted.")],
    target: Annotated[str, typer.Argument(metavar="TO", help="The stack that is to run it: its `promotion.from` names FROM.")],
    *,
    preview: Annotated[bool, typer.Option("--preview", help="End after the difference. Changes nothing.")] = False,
    override: Annotated[
        str,
        typer.Option("--override", metavar="REASON", help="Promote although FROM does not run this version well; `log` shows it."),
    ] = "",
    yes: Yes = False,
    json: Json = False,
) -> None:
    """Let TO run what FROM runs well: shows the difference, asks, runs `up` of TO and waits until it is healthy."""
    asked: Session = context.obj
    session = replace(asked, stack=target)
    from_project, project = replace(asked, stack=source).project(), session.project()
    _require_successor(source, project)
    require_declarable(project)
    if override:
        # What an earlier preview refused is not what this one may refuse.
        _store(project).change(lambda held: held.without_asked(promotion_subject(source)))
    previewed = _previewed(session, project, json=json)
    if override and not previewed.outcome.succeeded and _approve(project, source, override):
        previewed = _previewed(session, project, json=json)
    found = _difference(from_project, project, previewed.plan)
    _show(session, found, previewed)
    if previewed.outcome.succeeded and not override:
        _require_promotion(found, previewed.outcome)
    if previewed.outcome.succeeded:
        say = partial(session.screen.err.print, highlight=False, markup=False)
        require_well_now(from_project, stack_state(from_project), say)
    if preview or not previewed.outcome.succeeded:
        raise typer.Exit(exit_code(previewed.outcome, planned=True))
    if not previewed.plan.changes:
        session.screen.err.print(f"{target} runs this version already", highlight=False, markup=False)
        raise typer.Exit(exit_code(previewed.outcome, planned=True))
    if not yes:
        require_yes(f"Promote this to {target}?", "nothing was changed")
    outcome = bring_up(session, json=json)
    raise typer.Exit(_end(session, project, outcome, found, json=json))


def _require_successor(source: str, project: Project) -> None:
    """Refuse a stage that is promoted from another one: then a plain `up` would do something else than this command."""
    settings = project.settings()
    if settings.promoted_from == source:
        return
    given = f"`promotion.from` in {project.stack_file.name} is {settings.promoted_from}" if settings.promoted_from else ""
    raise ConsoleError(
        f"stack {project.stack} is not promoted from {source}: {given or f'{project.stack_file.name} has no `promotion.from`'}",
        advice=f"set it with `pulumi config set promotion.from {source} --stack {project.stack}`: then every `up` of it keeps to the order",
        exit_code=ExitCode.USAGE,
    )


def _require_promotion(found: Difference, outcome: Outcome) -> None:
    """Refuse what the stage may deploy because it ran there before, and what is no promotion of what runs in the stage before."""
    before = f"`python -m console --stack {found.target} up` deploys it all the same, because it ran there before"
    if found.runs != found.version:
        named = f". Different: {listed(found.differing)}" if found.differing else ""
        raise ConsoleError(
            f"the working tree is {found.version}, and {found.source} runs {found.runs or 'nothing'}{named}",
            advice=f"run `python -m console --stack {found.source} up` first, or check out what runs there. {before}",
        )
    promoted = outcome.progress.outputs.get(PROMOTED_FROM)
    if isinstance(promoted, Mapping) and promoted.get("goesBack") is True:
        raise ConsoleError(
            f"{found.source} does not run {found.version} well",
            advice=f"`python -m console --stack {found.source} status` says what is wrong. {before}",
        )


def _previewed(session: Session, project: Project, *, json: bool) -> _Previewed:
    observer = session.observer(json=json, planned=True)
    try:
        outcome = session.driver(project, observer).preview()
    finally:
        observer.close()
    rows = [resource_event(row, outcome.seconds) for row in outcome.progress.shown()]
    forecasts = [{"event": "forecast", "text": line} for line in forecast_lines(project, outcome)]
    plan = read_plan(json_library.dumps(one, default=str) for one in (*rows, *end_events(outcome), *forecasts))
    return _Previewed(outcome=outcome, plan=plan, observer=observer)


def _difference(from_project: Project, project: Project, plan: Plan) -> Difference:
    settings = project.settings()
    platform = platform_of(settings)
    bundle = load_bundle(settings, platform.endpoints(), parser=platform.parser)
    there, here = (StackOnBackend(project=one, state=stack_state(one)) for one in (from_project, project))
    return difference(there, here, bundle, definitions(settings, bundle, project.stack), gates(settings, bundle, plan))


def _show(session: Session, found: Difference, previewed: _Previewed) -> None:
    """Write the difference, then how the preview ended; as events the end comes last."""
    observer = previewed.observer
    if isinstance(observer, JsonObserver):
        emit_all(observer, found.events())
        emit_all(observer, ({"event": "forecast", "text": line} for line in previewed.plan.forecasts))
    else:
        print_difference(session.screen.out, found, previewed.plan)
    show_end(session, observer, previewed.outcome, planned=True)


def emit_all(observer: JsonObserver, events: Iterable[dict[str, object]]) -> None:
    """Write events in their order."""
    for event in events:
        observer.emit(event)


def _approve(project: Project, source: str, reason: str) -> bool:
    """Approve the promotion that the preview has refused; tell whether it has refused one that can be approved."""
    store = _store(project)
    refused: Asked | None = store.read().asked.get(promotion_subject(source))
    if refused is None:
        return False
    approval = Approval(hash=refused.hash, statement=refused.statement, by=who(), at=now(), reason=reason)
    store.change(lambda held: replace(held, approved={**held.approved, approval.hash: approval}))
    return True


def _store(project: Project) -> ApprovalStore:
    return approval_store(project.data_folder, stack_mark(project.stack))


def _end(session: Session, project: Project, outcome: Outcome, found: Difference, *, json: bool) -> ExitCode:
    """Wait until the stage is healthy, and say which version it runs."""
    code = exit_code(outcome)
    if code is not ExitCode.OK:
        return code
    observer = session.observer(json=json)
    try:
        problems = wait_until_well(lambda: collect_running(project, outcome.progress.outputs), observer.say, within=WELL_SECONDS)
    finally:
        observer.close()
    promoted = {"event": "promoted", "from": found.source, "to": found.target, "version": found.version, "healthy": not problems}
    if isinstance(observer, JsonObserver):
        observer.emit(promoted | {"problems": problems})
    elif problems:
        session.screen.problem(f"{found.target} is not healthy: {'; '.join(problems)}", "undo what changed with `undo`, or repair it")
    else:
        session.screen.out.print(f"{found.target} runs what {found.source} runs: {found.version}", highlight=False, markup=False)
    return ExitCode.UNHEALTHY if problems else ExitCode.OK
