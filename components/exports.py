"""What a stack tells to scripts and to other stacks. A contract: fields are added, never renamed; else the version counts up.

The stack's own outputs are shown after every run of a plain `pulumi`, so they are few and short. What is long (services, topics,
statements) is an output of the pipeline's component; `python -m console outputs` gives both.
"""

from collections.abc import Mapping
from typing import Any

import pulumi

from components.pipeline import Pipeline
from components.platform import Platform
from components.promotion import OUTPUT, Offer
from flinksql.sql import Bundle
from settings import PlatformKind, Settings

SCHEMA_VERSION = 2
"""2: services, topics and statements moved into the pipeline's outputs."""


def exports(settings: Settings, bundle: Bundle, platform: Platform, pipeline: Pipeline) -> dict[str, Any]:
    """Return the stack's outputs by name. Only what is handed on to the next stage is unknown before an update.

    `kafkaBootstrap` is the broker as this machine reaches it; the URLs are as Flink's processes see them.
    """
    where = platform.endpoints
    return {
        "schemaVersion": SCHEMA_VERSION,
        "platform": str(settings.platform),
        "flinkLine": settings.flink.line,
        "dataFolder": str(settings.data_folder),
        "bundle": bundle.name,
        "kafkaBootstrap": where.kafka_from_here,
        "gatewayUrl": where.gateway_url,
        "jobManagerUrl": where.jobmanager_url,
        "modelUrl": where.model_url,
        "links": dict(where.links),
        **_on_kubernetes(settings, bundle, platform, pipeline),
    }


def _on_kubernetes(settings: Settings, bundle: Bundle, platform: Platform, pipeline: Pipeline) -> dict[str, Any]:
    if settings.platform is PlatformKind.EMBEDDED:
        return {}
    cluster = settings.kubernetes.cluster
    return {
        "context": cluster.context,
        "namespace": cluster.namespace,
        "logins": {page: dict(users) for page, users in platform.logins.items()},
        OUTPUT: _offer(settings, bundle, platform, pipeline),
    }


def _offer(settings: Settings, bundle: Bundle, platform: Platform, pipeline: Pipeline) -> pulumi.Output[dict[str, Any]]:
    """Return what the next stage may take over. It waits for every statement: what did not come to run is not handed on."""

    def contract(digests: Mapping[str, str]) -> dict[str, Any]:
        return Offer(
            bundle=bundle.name,
            bundle_hash=bundle.hash,
            flink_line=settings.flink.line,
            flink_digest=digests["flink"],
            model_gateway_digest=digests["modelGateway"],
        ).contract()

    run = pulumi.Output.all(*(statement.definition_hash for statement in pipeline.statements.values()))
    return pulumi.Output.all(run, platform.images).apply(lambda known: contract(known[1]))
