"""The values of `${name}` placeholders in a bundle's SQL, and the bundle read with them."""

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from components.broker_options import broker_option_problems
from components.bundle_folder import bundle_folder, parameters_of_others
from components.bundle_jars import jar_problems, with_functions_folder
from components.bundle_references import manifest_problems
from components.bundle_topics import PREFIX, partitions_of, topic_problems, topics_of
from components.endpoints import Endpoints
from components.lane_checks import lane_problems
from components.names import PROJECT_FOLDER, job_name
from components.record_sizes import record_size_problems
from components.schema_registries import credential_problems
from components.shared_ids import shared_id_problems
from flinksql.diagnostics.parsing import with_parser_problems
from flinksql.errors import BundleError, StatementError
from flinksql.flink.gateway import GatewayClient
from flinksql.flink.transport import Endpoint
from flinksql.sql import (
    JOB_NAME,
    Bundle,
    jars_below,
    manifest_problem,
    normalise,
    parameter_names,
    read_bundle,
    read_manifest,
    read_prompts,
    secret_problems,
    shown_path,
    tokenise,
    unknown_topics,
)
from flinksql.sql.deferred_errors import deferred_problems
from flinksql.sql.graph import Graph
from flinksql.sql.lanes import MARK
from flinksql.sql.manifest import PATH_SHARED, Manifest, ModelManifest
from flinksql.sql.options import option_problems
from flinksql.sql.parameters import ParameterProblem, ParametersError, topic_functions
from flinksql.sql.prompts import PREFIX as PROMPT_PREFIX
from flinksql.sql.table_usage import Catalog
from settings import Settings
from settings.errors import SettingsError
from settings.keys import PARAMETER_PREFIX

Parser = Callable[[], Endpoint | None]
SCHEMA_REGISTRY = "schema_registry_url"
_REGISTRY_PLACEHOLDER = f"${{{SCHEMA_REGISTRY}}}"
_NO_REGISTRY = (
    f"this stack names no schema registry for {_REGISTRY_PLACEHOLDER}: `pulumi config set schemaRegistry.url https://registry.example.com`"
)
_VERSION_DIGITS = 8
_MODEL = re.compile(r"CREATE (?:TEMPORARY )?MODEL ", re.IGNORECASE)


def load_bundle(settings: Settings, endpoints: Endpoints, folder: Path | None = None, *, parser: Parser | None = None) -> Bundle:
    """Read the bundle that the settings name, or another folder. `parser` gives a SQL Gateway, or None where there is none to ask.

    A stack without a pipeline has an empty one. Raises BundleError with every problem of every file, secrets without a value among them,
    and SettingsError for a bundle that is not there and for parameters that it does not take.
    """
    if settings.bundle.runs_elsewhere and folder is None:
        return Bundle(entries={}, graph=Graph(dependencies={}, order=()), name=settings.bundle.name)
    place = folder or bundle_folder(settings.bundle.name, PROJECT_FOLDER)
    shown = shown_path(place, PROJECT_FOLDER)
    manifest = read_manifest(place, shown)
    _require_free_names(manifest, place, shown)
    try:
        read = read_bundle(
            place,
            parameters(settings, endpoints, manifest, place),
            PROJECT_FOLDER,
            given=given_parameters(settings, manifest),
            functions=topic_functions(lambda topic: partitions_of(manifest, settings, topic)),
            jar_address=jars_below(endpoints.jars_folder) if endpoints.jars_folder else None,
        )
    except ParametersError as error:
        raise SettingsError([setting_problem(one) for one in error.mistakes]) from None
    except BundleError as error:
        raise _parsed(with_functions_folder(error, endpoints), parser) from None
    bundle = replace(read, calls_at_once=settings.model.concurrency)
    problems = [problem for one in bundle.statements for problem in secret_problems(one.text, one.file, settings.secret_names)]
    malformed = option_problems(entry.rendered for entry in bundle.entries.values())
    problems += malformed or [
        *unknown_topics(bundle.manifest, _unprefixed(topics_of(bundle), settings), place, shown),
        *manifest_problems(bundle, place, shown),
        *topic_problems(bundle),
        *_jar_problems(settings, endpoints, bundle.manifest, place, shown),
        *deferred_problems(Catalog(bundle.entries.values())),
        *record_size_problems(bundle, settings, endpoints, place),
        *shared_id_problems(bundle, endpoints),
        *broker_option_problems(bundle, endpoints),
        *lane_problems(bundle, settings),
        *_without_registry(bundle, settings),
        *credential_problems(bundle),
    ]
    if problems:
        wrong = {problem.position.file for problem in malformed if problem.position}
        doubtful = [entry.rendered for entry in bundle.entries.values() if entry.statement.file in wrong]
        raise _parsed(BundleError(problems, doubtful), parser)
    return bundle


def given_parameters(settings: Settings, manifest: Manifest) -> dict[str, str]:
    """Return the values that the stack gives, without those of parameters that only other bundles of the project have."""
    others = parameters_of_others(manifest, settings.bundle.parameters, PROJECT_FOLDER)
    return {name: text for name, text in settings.bundle.parameters.items() if name not in others}


def ignored_parameters(settings: Settings, bundle: Bundle) -> list[str]:
    """Return a remark for each value that the stack gives and that counts for nothing in its bundle."""
    others = parameters_of_others(bundle.manifest, settings.bundle.parameters, PROJECT_FOLDER)
    return [
        f"{PARAMETER_PREFIX}{name} is of bundle {' and '.join(bundles)} and counts for nothing in bundle {bundle.name}."
        for name, bundles in sorted(others.items())
    ]


def setting_problem(mistake: ParameterProblem) -> str:
    """Return what is said of a value that the bundle does not take, with the key that a stack's file has."""
    key = f"{PARAMETER_PREFIX}{mistake.name}"
    advice = f", for example `pulumi config set {key} {mistake.example}`" if mistake.example else f", or `pulumi config rm {key}`"
    return f"{key}: {mistake.message}{advice}"


def _require_free_names(manifest: Manifest, folder: Path, shown: str) -> None:
    """Raise BundleError for declared parameters whose names every bundle has a value for."""
    taken = {*EVERY_BUNDLE_GETS, *(f"{PROMPT_PREFIX}{name}" for name in manifest.prompts)}
    problems = [
        manifest_problem(folder, shown, ("parameters", name), f"parameters.{name}: every bundle gets a value of this name: rename yours")
        for name in sorted(manifest.parameters)
        if name in taken
    ]
    if problems:
        raise BundleError(problems)


def _parsed(error: BundleError, parser: Parser | None) -> BundleError:
    """Return the error as Flink's own parser tells it, where a SQL Gateway answers: reading knows names, not the whole grammar."""
    gateway = parser() if parser and error.rendered else None
    return with_parser_problems(error, GatewayClient(gateway)) if gateway else error


EVERY_BUNDLE_GETS = (
    "kafka_bootstrap",
    PREFIX,
    JOB_NAME,
    "kafka_max_record_bytes",
    "model_endpoint",
    "model_name",
    "delivery_guarantee",
    "prompt_version",
    SCHEMA_REGISTRY,
)
"""Names of the values that reach the SQL of any bundle (docs/bundles.md). A statement gets those that it and its closure use."""


def parameters(settings: Settings, endpoints: Endpoints, manifest: Manifest, folder: Path) -> Mapping[str, str]:
    """Return the values that every bundle gets."""
    values = (
        endpoints.kafka_bootstrap,
        settings.topics.prefix,
        # What a definition is rendered with is the name of its job; reading a bundle needs only what looks like one.
        job_name("stack", "statement"),
        str(settings.kafka.max_record_bytes),
        model_endpoint(manifest.model, endpoints.model_url),
        settings.model.name,
        settings.bundle.delivery_guarantee,
        prompt_version(folder),
        settings.schema_registry.for_flink,
    )
    return dict(zip(EVERY_BUNDLE_GETS, values, strict=True))


def _jar_problems(settings: Settings, endpoints: Endpoints, manifest: Manifest, place: Path, shown: str) -> Iterator[StatementError]:
    provided = settings.bundle.has_jars_provided
    return jar_problems(manifest, place, shown, settings.flink.line, brought=endpoints.brings_jars, provided=provided)


def _without_registry(bundle: Bundle, settings: Settings) -> list[StatementError]:
    """Return an error for each statement that reads the address of a schema registry which the stack does not have."""
    if settings.schema_registry.for_flink:
        return []
    return [
        read.problem(token.start + token.text.index(_REGISTRY_PLACEHOLDER), _NO_REGISTRY)
        for read in (tokenise(one.text, one.file) for one in bundle.statements if SCHEMA_REGISTRY in parameter_names(one.text))
        for token in read.tokens
        if _REGISTRY_PLACEHOLDER in token.text
    ]


def _unprefixed(topics: tuple[str, ...], settings: Settings) -> tuple[str, ...]:
    return tuple(topic.removeprefix(settings.topics.prefix) for topic in topics)


def model_endpoint(model: ModelManifest, model_url: str) -> str:
    """Return the URL that a bundle's model calls, with a mark where each statement, and each of its lanes, puts its own name.

    Flink's client keeps five calls in flight for each URL, so a statement that hangs must not share one, unless the manifest says so.
    """
    lane = "" if model.path == PATH_SHARED else f"/lanes/{MARK}"
    return f"{model_url}{lane}/v1/chat/completions"


def prompt_version(folder: Path) -> str:
    """Return eight digits that change when a CREATE MODEL of a bundle's folder does, as written, or a prompt or schema that it reads.

    Files that cannot be read are left out; reading the bundle names them.
    """
    try:
        prompts = read_prompts(folder, folder.name, read_manifest(folder, folder.name))
    except BundleError:
        prompts = {}
    models = sorted(text for file in folder.glob("*.sql") if _MODEL.match(text := _normalised(file)))
    return hashlib.sha256("\n".join([*models, *prompts.values()]).encode()).hexdigest()[:_VERSION_DIGITS]


def _normalised(file: Path) -> str:
    try:
        return normalise(file.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, StatementError):
        return ""
