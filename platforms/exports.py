"""What a stack tells to scripts and to other stacks. A contract: fields are added, never renamed; else the version counts up.

The stack's own outputs are shown after every run of a plain `pulumi`, so they are few and short. What is long (services, topics,
statements) is an output of the pipeline's component; `python -m console outputs` gives both.
"""

from typing import Any

from components.pipeline import Pipeline
from components.platform import PlatformResources
from flinksql.sql import Bundle
from platforms.base import Platform
from platforms.hosting import OUTPUT, contract

SCHEMA_VERSION = 2
"""2: services, topics and statements moved into the pipeline's outputs."""


def exports(platform: Platform, bundle: Bundle, resources: PlatformResources, pipeline: Pipeline) -> dict[str, Any]:
    """Return the stack's outputs by name. Only what is handed on to the next stage is unknown before an update.

    `kafkaBootstrap` is the broker as this machine reaches it; the URLs are as Flink's processes see them.
    """
    settings, where = platform.settings, resources.endpoints
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
        **({OUTPUT: contract(platform.hosted())} if settings.bundle.runs_elsewhere else {}),
        **platform.exports(bundle, resources, {name: one.definition_hash for name, one in pipeline.statements.items()}),
    }
