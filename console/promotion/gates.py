"""What a stage asks for before it deploys: whether its tests passed, and how good its model was found to be."""

from components.evaluations import golden_set, last_recorded, model_prompts, subject
from console.comment.plan import Plan
from flinksql.sql import Bundle
from settings import Settings, SettingsError
from settings.stack import TESTS_REQUIRED


def gates(settings: Settings, bundle: Bundle, plan: Plan) -> list[str]:
    """Return a line for each gate, the ones that nobody asks for included. A gate that holds ends the preview with its reason."""
    return [_tests(settings, plan), *_evaluations(settings, bundle)]


def _tests(settings: Settings, plan: Plan) -> str:
    if settings.tests != TESTS_REQUIRED:
        return "Tests: not required here (`tests: required` asks for them)"
    if plan.succeeded:
        return "Tests: required, and those of all new and changed statements pass"
    refused = any(one.message.startswith("`tests` is required") for one in plan.errors)
    return (
        "Tests: required, and they do not pass: see the error" if refused else "Tests: required, and not run: something else is wrong first"
    )


def _evaluations(settings: Settings, bundle: Bundle) -> list[str]:
    prompts = model_prompts(bundle)
    if not prompts:
        return []
    minimum = f"at least {settings.evaluation.minimum:g} is required" if settings.evaluation.minimum else "none is required here"
    try:
        file = golden_set(settings, bundle.manifest)
        golden = file.read_bytes() if file else None
    except (OSError, SettingsError):
        golden = None
    if golden is None:
        return [f"Evaluation of {settings.model.name or settings.model.kind}: no golden set; {minimum}"]
    found = [last_recorded(settings.data_folder, subject(settings, prompt, golden)) for prompt in prompts]
    scores = ", ".join(f"{one.score:.3f} ({one.made} UTC)" if one else "never made" for one in found)
    return [f"Evaluation of {settings.model.name or settings.model.kind}: {scores}; {minimum}"]
