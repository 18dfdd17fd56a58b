"""What a stack tells to scripts and to other stacks. A contract: fields are added, never renamed; else the version counts up."""

from typing import Any

from components.pipeline import Pipeline
from components.platform import Platform
from components.settings import Settings
from flinksql.bundle import definition_hash

SCHEMA_VERSION = 1


def exports(settings: Settings, platform: Platform, pipeline: Pipeline) -> dict[str, Any]:
    """Return the outputs by name. Only `jobId` is unknown before an update."""
    where = platform.endpoints
    return {
        "schemaVersion": SCHEMA_VERSION,
        "platform": str(settings.platform),
        "flinkLine": settings.flink.line,
        "dataFolder": str(settings.data_folder),
        "bundle": settings.bundle.name,
        "kafkaBootstrap": where.kafka_bootstrap,
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
    }
