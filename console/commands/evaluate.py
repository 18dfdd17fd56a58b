"""`evaluate`: how good the configured model and prompt are on the golden set; a gate for CI."""

import hashlib
import json as json_library
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from components.evaluations import FOLDER, golden_set, model_prompts, subject
from components.parameters import load_bundle
from console.commands.options import Json
from console.errors import ConsoleError
from console.evaluation.golden import Rules, read_golden, rules_of
from console.evaluation.report import last_run, lines, page, to_json
from console.evaluation.run import evaluate as run_evaluation
from console.evaluation.scoring import Score, figures
from console.evaluation.server import served
from console.exit_codes import ExitCode
from console.screen import write_line
from console.session import Session
from embedded.data_folder import write_atomically
from embedded.model import fallback_key_file, server_key_file, upstream
from flinksql.sql import Bundle
from modelgateway.answers.expectation import expectation_of
from modelgateway.answers.record import text_key
from modelgateway.arguments import parse_arguments
from modelgateway.backends.choice import choose_backend
from modelgateway.metrics import Metrics
from modelgateway.request import CompletionRequest, Message
from options.model import ModelKind, gateway_options
from platforms.registry import endpoints_of
from settings import Settings

_AT_ONCE = 4


def evaluate(
    context: typer.Context,
    golden: Annotated[str, typer.Argument(help="A file with one case a line. Default: that of `evaluation.set`.")] = "",
    *,
    prompt_file: Annotated[str, typer.Option("--prompt", metavar="FILE", help="Another system prompt than the bundle's.")] = "",
    minimum: Annotated[float, typer.Option(min=0, max=1, help="Exit code 3 when the score is below; 0 for no gate.")] = 0.0,
    at_once: Annotated[int, typer.Option(min=1, help="Cases that are asked at one time.")] = _AT_ONCE,
    json: Json = False,
) -> None:
    """Ask the configured model for a golden set of inputs, score its answers, and compare them with the last run's."""
    session: Session = context.obj
    project = session.project()
    settings = project.settings()
    bundle = load_bundle(settings, endpoints_of(settings))
    golden_file = Path(golden).expanduser() if golden else golden_set(settings, bundle.manifest)
    prompt = _read(Path(prompt_file).expanduser()) if prompt_file else bundle_prompt(bundle)
    rules = _rules(bundle, prompt)
    if golden_file is None:
        raise ConsoleError(f"bundle {bundle.name} has no golden set: name a file", exit_code=ExitCode.USAGE)
    cases = read_golden(golden_file, rules)

    def report(one: Score) -> None:
        if not json:
            session.screen.err.print(f"{one.id} {one.said} ({one.seconds:.1f} s)", highlight=False, markup=False)

    with served(settings.embedded):
        backend = choose_backend(parse_arguments(_arguments(settings)), Metrics())
        scores = run_evaluation(backend, cases, rules, model=settings.model.name, prompt=prompt, at_once=at_once, done=report)
    found = figures(scores)
    name = "offline" if settings.model.kind is ModelKind.OFFLINE else settings.model.name
    folder = settings.data_folder / FOLDER / "".join(letter if letter.isalnum() else "-" for letter in name)
    judged_by = golden_file.read_bytes()
    golden_key = hashlib.sha256(judged_by).hexdigest()
    last = last_run(folder, golden_key)
    made = datetime.now(tz=UTC).strftime("%Y-%m-%d %H:%M:%S")
    # By the subject the gate of a stage knows what the run is about.
    told = {"subject": subject(settings, prompt, judged_by), "golden": golden_key}
    run = told | to_json(name, text_key(prompt), made, found, scores)
    place = folder / made.replace(" ", "T").replace(":", "")
    write_atomically(place.with_suffix(".json"), json_library.dumps(run, indent=2, ensure_ascii=False))
    write_atomically(place.with_suffix(".html"), page(run, found, last, scores, rules.labels))
    if json:
        write_line(json_library.dumps({**run, "report": str(place.with_suffix(".html"))}, ensure_ascii=False))
    else:
        table = Table(title=f"{escape(name)}, {found.cases} cases", title_justify="left")
        for head in ("figure", "value", "since the last run"):
            table.add_column(head, justify="left" if head == "figure" else "right")
        for row in lines(found, last):
            table.add_row(*row)
        session.screen.out.print(table)
        session.screen.out.print(f"report: {place.with_suffix('.html')}", highlight=False, soft_wrap=True, markup=False)
    if found.score < minimum:
        raise ConsoleError(f"the score {found.score:.3f} is below the minimum {minimum:g}", exit_code=ExitCode.UNHEALTHY)


def _arguments(settings: Settings) -> list[str]:
    model = settings.model
    arguments = ["--kind", str(model.kind), "--model", model.name]
    if model.kind is ModelKind.OFFLINE:
        return arguments
    folder = settings.embedded.folder
    arguments += ["--upstream", upstream(settings.embedded), *gateway_options(model)]
    for flag, file in (("--api-key-file", server_key_file(settings.embedded)), ("--fallback-key-file", fallback_key_file(folder))):
        # Written by `up`. Without it the key is taken from the environment, as in CI.
        arguments += [flag, str(file)] if file.exists() else []
    return arguments


def _rules(bundle: Bundle, prompt: str) -> Rules:
    declared = bundle.manifest.evaluation
    if declared is None:
        raise ConsoleError(
            f"bundle {bundle.name} does not say how answers are judged",
            advice="add `evaluation` to its bundle.yaml: docs/bundles.md has an example",
            exit_code=ExitCode.USAGE,
        )
    request = CompletionRequest(model="", messages=(Message(role="system", text=prompt),), fields={})
    return rules_of(declared, expectation_of(request).schema)


def bundle_prompt(bundle: Bundle) -> str:
    """Return the system prompt of the bundle's only model. Raises ConsoleError when it has none, or several."""
    prompts = model_prompts(bundle)
    if len(prompts) != 1:
        told = f"the bundle {bundle.name} has {len(prompts)} models with a system prompt"
        raise ConsoleError(told, advice="name the prompt to evaluate with --prompt FILE", exit_code=ExitCode.USAGE)
    return prompts[0]


def _read(file: Path) -> str:
    try:
        # As the bundle reads its prompts, so that a run counts for the prompt once it is the bundle's.
        return file.read_text(encoding="utf-8-sig").strip()
    except (OSError, UnicodeDecodeError):
        raise ConsoleError(f"{file} cannot be read as a text", exit_code=ExitCode.USAGE) from None
