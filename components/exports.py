"""What a stack tells to scripts and to other stacks. A contract: fields are added, never renamed; else the version counts up."""

from collections.abc import Mapping
from typing import Any

import pulumi

from components.pipeline import Pipeline
from components.platform import Platform
from components.promotion import OUTPUT, Offer
from components.settings import PlatformKind, Settings
from flinksql.bundle import Bundle, definition_hash

SCHEMA_VERSION = 1


def exports(settings: Settings, bundle: Bundle, platform: Platform, pipeline: Pipeline) -> dict[str, Any]:
    """Return the outputs by name. Only `jobId` and what is handed on to the next stage are unknown before an update.

    `kafkaBootstrap` is the broker as this machine reaches it; the URLs are as Flink's processes see them.
    """
    where = platform.endpoints
    return {
        "schemaVersion": SCHEMA_VERSION,
        "platform": str(settings.platform),
        "flinkLine": settings.flink.line,
        "dataFolder": str(settings.data_folder),
        "bundle": settings.bundle.name,
        "kafkaBootstrap": where.kafka_from_here,
        "gatewayUrl": where.gateway_url,
        "jobManagerUrl": where.jobmanager_url,
        "modelUrl": where.model_url,
        "links": dict(where.links),
        "services": list(platform.services),
        "topics": {name: {"partitions": settings.topics.partitions} for name in pipeline.topics},
        "statements": {
            name: {
                "kind": str(definition.statement.kind),
                "jobName": definition.job_name,
                "jobId": pipeline.statements[name].job_id,
                "definitionHash": definition_hash(definition),
                "running": definition.policy.running,
            }
            for name, definition in pipeline.definitions.items()
        },
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
            bundle=settings.bundle.name,
            bundle_hash=bundle.hash,
            flink_line=settings.flink.line,
            flink_digest=digests["flink"],
            model_gateway_digest=digests["modelGateway"],
        ).contract()

    run = pulumi.Output.all(*(statement.definition_hash for statement in pipeline.statements.values()))
    return pulumi.Output.all(run, platform.images).apply(lambda known: contract(known[1]))
