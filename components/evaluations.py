"""Evaluations that were made of a model with a prompt, and the gate that a stage may ask for (`evaluation.minimum`).

`console evaluate` writes a record of each run. A run counts for the model, the prompt with its schema and the golden set that it was made
with: another of them has not been evaluated.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from components.bundle_folder import bundle_folder
from embedded.llamacpp import revision, wanted
from flinksql.sql import Bundle, table_options
from flinksql.sql.manifest import Manifest
from modelgateway.backends.offline import MODEL_NAME as OFFLINE_NAME
from options.model import ModelKind
from settings import Settings, SettingsError

FOLDER = "evaluations"
PROMPT_OPTION = "system-prompt"
_FINGERPRINT_DIGITS = 16


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """One run: when it was made (UTC), and its score from 0 to 1."""

    made: str
    score: float


def subject(settings: Settings, prompt: str, golden: bytes) -> str:
    """Return a fingerprint of what an evaluation is about: who answers, what is asked, and by what it is judged."""
    model = settings.model
    offline = model.kind is ModelKind.OFFLINE
    told = {
        "kind": str(model.kind),
        "model": OFFLINE_NAME if offline else model.name,
        "revision": revision(settings.embedded) if wanted(model) else "",
        "prompt": prompt,
        "golden": hashlib.sha256(golden).hexdigest(),
    }
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:_FINGERPRINT_DIGITS]


def golden_set(settings: Settings, manifest: Manifest) -> Path | None:
    """Return the file of cases: the stack's, else the bundle's; None where neither names one."""
    if settings.evaluation.golden:
        return Path(settings.evaluation.golden)
    named = manifest.evaluation.cases if manifest.evaluation else ""
    return (bundle_folder(settings.bundle.name) / named).resolve() if named else None


def model_prompts(bundle: Bundle) -> list[str]:
    """Return the system prompts of a bundle's models."""
    options = (table_options(statement, bundle.values) for statement in bundle.statements)
    return [one[PROMPT_OPTION] for one in options if PROMPT_OPTION in one]


def last_recorded(data_folder: Path, fingerprint: str) -> Recorded | None:
    """Return the newest run about this, None when there is none that can be read."""
    newest: Recorded | None = None
    for file in (data_folder / FOLDER).glob("*/*.json"):
        found = _read(file, fingerprint)
        if found is not None and (newest is None or found.made > newest.made):
            newest = found
    return newest


def require_evaluated(settings: Settings, bundle: Bundle, stack: str) -> None:
    """Raise SettingsError when `evaluation.minimum` asks for a better evaluation than the last one, or for one at all."""
    gate = settings.evaluation
    if not gate.minimum:
        return
    command = f"run `python -m console --stack {stack} evaluate`"
    file = golden_set(settings, bundle.manifest)
    if file is None:
        raise SettingsError([f"evaluation.minimum is {gate.minimum:g}, and bundle {bundle.name} has no golden set: set `evaluation.set`"])
    try:
        golden = file.read_bytes()
    except OSError as error:
        raise SettingsError([f"evaluation.set is {file}: it cannot be read ({error.strerror})"]) from None
    problems: list[str] = []
    name = OFFLINE_NAME if settings.model.kind is ModelKind.OFFLINE else settings.model.name
    for prompt in model_prompts(bundle):
        last = last_recorded(settings.data_folder, subject(settings, prompt, golden))
        if last is None:
            problems.append(
                f"evaluation.minimum is {gate.minimum:g}: {name} was not evaluated with this prompt and schema. First {command} (records "
                f"are in {settings.data_folder / FOLDER})"
            )
        elif last.score < gate.minimum:
            problems.append(
                f"evaluation.minimum is {gate.minimum:g}: the last evaluation of {name} with this prompt and schema, {last.made} UTC, has "
                f"{last.score:.3f}. Change the prompt or the model and {command}, or lower the minimum"
            )
    if problems:
        raise SettingsError(problems)


def _read(file: Path, fingerprint: str) -> Recorded | None:
    try:
        told: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        if told["subject"] != fingerprint:
            return None
        return Recorded(made=str(told["made"]), score=float(told["figures"]["score"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
