"""The values of `${name}` placeholders in a bundle's SQL, and the bundle read with them."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from cluster.errors import ClusterError
from components.bundle_topics import PREFIX, topic_problems, topics_of
from components.endpoints import Endpoints
from components.heartbeats import heartbeat_parameters
from components.lane_checks import lane_problems
from components.names import PROJECT_FOLDER, bundle_folder, job_name
from components.providers.connections import flink_endpoints
from components.record_sizes import record_size_problems
from components.settings import Settings
from components.shared_ids import shared_id_problems
from flinksql.diagnostics.parsing import with_parser_problems
from flinksql.errors import BundleError, StatementError
from flinksql.flink.gateway import GatewayClient
from flinksql.sql import (
    JOB_NAME,
    Bundle,
    normalise,
    read_bundle,
    read_manifest,
    read_prompts,
    secret_problems,
    shown_path,
    unknown_topics,
)
from flinksql.sql.deferred_errors import deferred_problems
from flinksql.sql.lanes import MARK
from flinksql.sql.options import option_problems
from flinksql.sql.table_usage import Catalog

ARTICLE = "article"
_VERSION_DIGITS = 8
_MODEL = re.compile(r"CREATE (?:TEMPORARY )?MODEL ", re.IGNORECASE)


def load_bundle(settings: Settings, endpoints: Endpoints, folder: Path | None = None) -> Bundle:
    """Read the bundle that the settings name, or another folder.

    Raises BundleError with every problem of every file, secrets without a value among them.
    """
    place = folder or bundle_folder(settings.bundle.name)
    values = {**parameters(settings, endpoints), "prompt_version": prompt_version(place)}
    try:
        bundle = replace(read_bundle(place, values, PROJECT_FOLDER), calls_at_once=settings.model.concurrency)
    except BundleError as error:
        raise _parsed(error, settings) from None
    problems = [problem for one in bundle.statements for problem in secret_problems(one.text, one.file, settings.secret_names)]
    malformed = option_problems(bundle.entries.values())
    problems += malformed or [
        *unknown_topics(bundle.manifest, _unprefixed(topics_of(bundle), settings), shown_path(place, PROJECT_FOLDER)),
        *topic_problems(bundle),
        *deferred_problems(Catalog(bundle.entries.values())),
        *record_size_problems(bundle, settings, endpoints, place),
        *shared_id_problems(bundle, settings, endpoints),
        *lane_problems(bundle, settings),
    ]
    if problems:
        wrong = {problem.position.file for problem in malformed if problem.position}
        doubtful = [entry.rendered for entry in bundle.entries.values() if entry.statement.file in wrong]
        raise _parsed(BundleError(problems, doubtful), settings)
    return bundle


def _parsed(error: BundleError, settings: Settings) -> BundleError:
    """Return the error as Flink's own parser tells it, where a SQL Gateway answers: reading knows names, not the whole grammar."""
    if not error.rendered:
        return error
    try:
        gateway, _ = flink_endpoints(settings)
    except ClusterError:
        return error
    return with_parser_problems(error, GatewayClient(gateway))


def parameters(settings: Settings, endpoints: Endpoints) -> Mapping[str, str]:
    """Return every value that the SQL of any bundle may ask for; a statement gets those that it and its closure use."""
    return {
        "kafka_bootstrap": endpoints.kafka_bootstrap,
        PREFIX: settings.topics.prefix,
        # What a definition is rendered with is the name of its job; reading a bundle needs only what looks like one.
        JOB_NAME: job_name("stack", "statement"),
        "kafka_max_record_bytes": str(settings.topics.max_record_bytes),
        "model_endpoint": model_endpoint(settings.bundle.name, endpoints.model_url),
        "model_name": settings.model.name,
        "delivery_guarantee": settings.bundle.delivery_guarantee,
        "window_seconds": str(settings.bundle.window_seconds),
        **heartbeat_parameters(settings.bundle, settings.topics.partitions),
    }


def _unprefixed(topics: tuple[str, ...], settings: Settings) -> tuple[str, ...]:
    return tuple(topic.removeprefix(settings.topics.prefix) for topic in topics)


def model_endpoint(bundle: str, model_url: str) -> str:
    """Return the URL that a bundle's model calls, with a mark where each statement, and each of its lanes, puts its own name.

    Flink's client keeps five calls in flight for each URL, so a statement that hangs must not share one. The article's statements call
    the plain one.
    """
    lane = "" if bundle == ARTICLE else f"/lanes/{MARK}"
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
