"""What only a stack in a cluster tells: where it is, who may log in, and what the next stage may take over."""

from collections.abc import Mapping
from typing import Any

import pulumi

from components.platform import PlatformResources
from components.promotion import OUTPUT, Offer
from flinksql.sql import Bundle
from settings import Settings


def cluster_exports(
    settings: Settings, bundle: Bundle, resources: PlatformResources, hashes: Mapping[str, pulumi.Input[str]]
) -> dict[str, Any]:
    """Return the outputs by name."""
    cluster = settings.kubernetes.cluster
    return {
        "context": cluster.context,
        "namespace": cluster.namespace,
        "logins": {page: dict(users) for page, users in resources.logins.items()},
        OUTPUT: _offer(settings, bundle, resources, hashes),
    }


def _offer(
    settings: Settings, bundle: Bundle, resources: PlatformResources, hashes: Mapping[str, pulumi.Input[str]]
) -> pulumi.Output[dict[str, Any]]:
    """Return what the next stage may take over. It waits for every statement: what did not come to run is not handed on."""
    given = settings.kubernetes.images

    def contract(digests: Mapping[str, str]) -> dict[str, Any]:
        return Offer(
            bundle=bundle.name,
            bundle_hash=bundle.hash,
            flink_line=settings.flink.line,
            flink_digest=digests["flink"],
            model_gateway_digest=digests["modelGateway"],
            flink_repository=_repository(given.flink) or given.flink_repository,
            model_gateway_repository=_repository(given.model_gateway) or given.model_gateway_repository,
        ).contract()

    run = pulumi.Output.all(*hashes.values())
    return pulumi.Output.all(run, resources.images).apply(lambda known: contract(known[1]))


def _repository(reference: str) -> str:
    return reference.partition("@")[0]
