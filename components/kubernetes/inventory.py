"""Every object that a stack makes in its namespace, by name, before any is declared. A test compares it with the declaration."""

from collections.abc import Iterator

from cluster.ownership import ObjectName
from components.kubernetes import arguments
from components.kubernetes.images import LATER
from manifests.akhq import akhq, secret
from manifests.flink_account import flink_account
from manifests.kafka import kafka
from manifests.manifest import Manifest
from manifests.model_gateway import model_gateway
from manifests.model_gateway import secret as model_gateway_secret
from manifests.model_pull import model_pull
from manifests.model_server import model_server
from manifests.network_policies import network_policies
from manifests.session_cluster import session_cluster
from manifests.sql_gateway import sql_gateway
from settings import KafkaKind, Settings


def inventory(settings: Settings) -> list[ObjectName]:
    """Return the objects' names, in no order that matters. The namespace itself is not among them."""
    return [
        ObjectName(kind=str(one["kind"]), namespace=str(one["metadata"]["namespace"]), name=str(one["metadata"]["name"]))
        for one in stack_manifests(settings)
    ]


def stack_manifests(settings: Settings) -> Iterator[Manifest]:
    """Return the objects as they are made, images and secrets aside."""
    kubernetes = settings.kubernetes
    namespace = kubernetes.cluster.namespace
    if kubernetes.cluster.network_policies:
        yield from network_policies(arguments.network_policy_args(settings))
    if kubernetes.kafka.kind is KafkaKind.SINGLE:
        yield from kafka(arguments.kafka_args(settings))
    if kubernetes.akhq.enabled:
        args = arguments.akhq_args(settings)
        yield from akhq(args)
        if args.has_secret:
            yield secret(args, {})
    if kubernetes.model_server.deployed:
        yield from model_server(arguments.model_server_args(settings))
        yield from model_pull(arguments.model_server_args(settings))
    yield from model_gateway(arguments.model_gateway_args(settings, LATER))
    if settings.has_api_key or settings.has_fallback_api_key:
        yield model_gateway_secret(arguments.model_gateway_args(settings, LATER), "")
    yield from flink_account(namespace)
    yield from session_cluster(arguments.session_cluster_args(settings, LATER))
    yield from sql_gateway(arguments.sql_gateway_args(settings, LATER))
