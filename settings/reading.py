"""A stack's file is read once. All mistakes are reported together; the program receives values and never asks again."""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from options.infrastructure import DataOptions
from options.model import ModelKind, ModelSettings
from options.option import declarations
from settings.conditions import problems_between
from settings.errors import SettingsError
from settings.external import ExternalSettings
from settings.former_keys import with_former_keys
from settings.keys import (
    API_KEY,
    EXTERNAL_TOKEN,
    FALLBACK_API_KEY,
    FAMILIES,
    HIDDEN_PREFIX,
    KEYS,
    PARAMETER_PREFIX,
    SECRETS,
    SOURCE_PREFIX,
)
from settings.project import PROJECT_FOLDER
from settings.stack import PlatformKind, Settings, no_secret

_TASK_MANAGER_POD_MEMORY = "1728m"
"""Flink's own default of the TaskManager's process."""
_OLLAMA = "http://127.0.0.1:11434/v1"
_OLLAMA_IN_CLUSTER = "http://ollama.{namespace}.svc:11434/v1"
_ML_PREDICT_SECONDS = 170
"""Ten less than ML_PREDICT's time-out in the SQL, which restarts the job."""
_SHOWN_CHARACTERS = 60
_CREDENTIAL = re.compile(r"(//)[^/@]*(?=@)|((?:password|secret|token)[^=:,]*[=:]).*", re.IGNORECASE)


def parse_settings(
    given: Mapping[str, str],
    *,
    concealed: Collection[str] | None = None,
    project_folder: Path = PROJECT_FOLDER,
    secret: Callable[[str], str] = no_secret,
) -> Settings:
    """Read keys without the project's namespace (`flink.line`) and their texts; keys left out get their defaults.

    `concealed` are the keys whose values are stored as secrets; None when that is unknown. `secret` gives a secret's value by its key.
    Raises SettingsError with every mistake.
    """
    given, problems = with_former_keys(given)
    problems += [*_unknown(given), *_bare_secrets(given, concealed)]
    values: dict[tuple[str, ...], object] = {}
    for name, key in KEYS.items():
        if name not in given:
            continue
        try:
            values[key.path] = key.declared.read(given[name])
        except ValueError as error:
            shown, example = _shown(given[name]), key.declared.example
            problems.append(f"{name} is {shown!r}: it must be {error}, for example `pulumi config set {name} {example}`")
    settings = _filled(Settings(), values)
    problems += problems_between(settings, given, project_folder)
    if problems:
        raise SettingsError(problems)
    return _completed(settings, given, project_folder, secret)


def read_data_folder(given: Mapping[str, str], project_folder: Path = PROJECT_FOLDER) -> Path:
    """Return the data folder that a stack's file names, whatever else is wrong in the file; the default for one that cannot be used."""
    declared = declarations(DataOptions)["folder"]
    try:
        folder = str(declared.read(given.get(declared.key, declared.default_text)))
    except ValueError:
        folder = declared.default_text
    return _in(project_folder, folder)


def _shown(text: str) -> str:
    """Return the beginning of a value that cannot be used, without what may be a password in it."""
    return _CREDENTIAL.sub(lambda found: f"{found[1] or found[2]}...", text)[:_SHOWN_CHARACTERS]


def _unknown(given: Mapping[str, str]) -> list[str]:
    known = [*KEYS, *SECRETS]
    problems: list[str] = []
    for name in sorted(given):
        if name in known:
            continue
        family = next((one for one in FAMILIES if name.startswith(one.prefix)), None)
        if family is None:
            problems.append(f"{name} is not a setting of this project. {_advice(name, known)}")
        elif family.shape.fullmatch(name.removeprefix(family.prefix)) is None:
            problems.append(f"{name}: {family.rule}")
    return problems


def _advice(name: str, known: list[str]) -> str:
    below = [other for other in known if other.startswith(f"{name}.")]
    if below:
        return f"Its keys are written flat, without --path, for example `pulumi config set {below[0]} ...`"
    close = get_close_matches(name, known, n=1)
    return f"Did you mean {close[0]}?" if close else f"There are: {', '.join(known)}, {' and '.join(one.shown for one in FAMILIES)}"


def _bare_secrets(given: Mapping[str, str], concealed: Collection[str] | None) -> list[str]:
    if concealed is None:
        return []
    return [
        f"{name} is stored in plain text: set it again with `pulumi config set --secret {name}`"
        for name in sorted(given)
        if (name in SECRETS or name.startswith(HIDDEN_PREFIX)) and name not in concealed
    ]


def _filled(noun: Any, values: Mapping[tuple[str, ...], object]) -> Any:  # noqa: ANN401 - of the noun's own type
    """Return the noun with the values whose paths lie below it."""
    own = {path[0]: value for path, value in values.items() if len(path) == 1}
    below = {path[0] for path in values if len(path) > 1}
    nouns = {name: _filled(getattr(noun, name), {path[1:]: value for path, value in values.items() if path[0] == name}) for name in below}
    return replace(noun, **own, **nouns)


def _completed(settings: Settings, given: Mapping[str, str], project_folder: Path, secret: Callable[[str], str]) -> Settings:
    """Return the settings with what follows from others: absolute paths, and what is chosen where nothing was said."""
    kubernetes, flink, evaluation = settings.kubernetes, settings.flink, settings.evaluation
    ollama = settings.model.kind is ModelKind.OLLAMA and not settings.model.endpoint
    if settings.platform is PlatformKind.KUBERNETES and not flink.task_manager_memory:
        flink = replace(flink, task_manager_memory=_TASK_MANAGER_POD_MEMORY)
    return replace(
        settings,
        bundle=replace(settings.bundle, parameters=_members(given, PARAMETER_PREFIX)),
        flink=flink,
        data=replace(settings.data, folder=_in(project_folder, settings.data.folder)),
        model=_model(settings, project_folder, ollama=ollama),
        evaluation=replace(evaluation, golden=str(_in(project_folder, evaluation.golden)) if evaluation.golden else ""),
        kubernetes=replace(kubernetes, model_server=replace(kubernetes.model_server, deployed=ollama)),
        secret_names=frozenset([*_members(given, HIDDEN_PREFIX), *_members(given, SOURCE_PREFIX)]),
        secret_sources=_members(given, SOURCE_PREFIX),
        has_api_key=API_KEY in given,
        has_fallback_api_key=FALLBACK_API_KEY in given,
        has_external_token=EXTERNAL_TOKEN in given,
        external=_external(settings.external, project_folder),
        secret=secret,
    )


def _external(external: ExternalSettings, project_folder: Path) -> ExternalSettings:
    def absolute(path: str) -> str:
        return str(_in(project_folder, path)) if path else ""

    return replace(
        external,
        ca_file=absolute(external.ca_file),
        client_certificate=absolute(external.client_certificate),
        plans_folder=absolute(external.plans_folder),
        functions_folder=absolute(external.functions_folder),
        checkpoints_folder=absolute(external.checkpoints_folder),
        savepoints_folder=absolute(external.savepoints_folder),
    )


def _model(settings: Settings, project_folder: Path, *, ollama: bool) -> ModelSettings:
    model, endpoint = settings.model, settings.model.endpoint
    # Subtasks of one TaskManager share five connections: where all wait for a dead server, the last ones have waited before.
    patience = max(1, min(model.patience_seconds, _ML_PREDICT_SECONDS // settings.flink.parallelism))
    if ollama and settings.platform is PlatformKind.KUBERNETES:
        endpoint = _OLLAMA_IN_CLUSTER.format(namespace=settings.kubernetes.cluster.namespace)
    elif ollama:
        endpoint = _OLLAMA
    return replace(
        model,
        name=model.served_name,
        endpoint=endpoint,
        file=str(_in(project_folder, model.file)) if model.file else "",
        ca_file=str(_in(project_folder, model.ca_file)) if model.ca_file else "",
        patience_seconds=patience,
        attempt_seconds=min(model.attempt_seconds, patience),
    )


def _members(given: Mapping[str, str], prefix: str) -> dict[str, str]:
    return {name.removeprefix(prefix): given[name] for name in sorted(given) if name.startswith(prefix)}


def _in(project_folder: Path, path: str | Path) -> Path:
    return (project_folder / Path(path).expanduser()).resolve()
