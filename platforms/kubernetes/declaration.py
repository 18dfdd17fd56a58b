"""Kafka, Flink and the model on Kubernetes, in an order that holds both ways: what is made last goes first.

namespace -> policies -> operator and its definitions -> session cluster -> SQL Gateway; beside them Kafka, AKHQ, model server and gateway.
Needs: a cluster that the kubeconfig knows. Owns: all of it. Exports: a `PlatformResources`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import pulumi
import pulumi_kubernetes as kubernetes

from cluster import names
from cluster.api_server import connect
from cluster.helm_release import Release, forget
from cluster.ownership import Owner
from components.bundle_jars import OTHER_PLANNER, locked_jars_of
from components.bundle_topics import owned_topics
from components.endpoints import kubernetes_endpoints
from components.kubernetes.akhq import Akhq
from components.kubernetes.declare import marked
from components.kubernetes.flink_operator import FlinkOperator
from components.kubernetes.image import ImageSource, flink_image_source
from components.kubernetes.image_context import image_source_with, jars_label
from components.kubernetes.kafka import Kafka
from components.kubernetes.model_gateway import LEDGER_VOLUME, ModelGateway
from components.kubernetes.model_server import ModelServer
from components.kubernetes.namespace import declare_namespace
from components.kubernetes.network_policies import NetworkPolicies
from components.kubernetes.operator_chart import OperatorChart
from components.kubernetes.pod_monitors import PodMonitors
from components.kubernetes.session_cluster import SessionCluster
from components.kubernetes.sql_gateway import SqlGateway
from components.kubernetes.strimzi import StrimziKafka
from components.kubernetes.strimzi_topics import declare_kafka_topic
from components.names import KUBERNETES_PLATFORM, KUBERNETES_PLATFORM_TYPE, KUBERNETES_PROVIDER, PROJECT, stack_mark
from components.platform import PlatformResources
from components.promotion import Offer
from components.promotion_history import Promotion
from components.providers.destroy_guard import DestroyGuard
from components.providers.foundation import Foundation
from components.providers.stack_identity import Identity
from components.providers.topic import Topic
from components.stack_state import OwnState
from flinksql.kafka.notes import NOTES
from flinksql.kafka.topic import Topic as TopicArgs
from flinksql.sql import Bundle
from options.flink_lines import flink_line
from platforms.kubernetes import arguments
from platforms.kubernetes.images import Images, digest_of, images, plans_with
from platforms.kubernetes.inventory import has_kafka_topics, inventory
from platforms.kubernetes.ownership import owner_of
from platforms.kubernetes.prerequisites import WantedImages, require_prerequisites
from platforms.kubernetes.strimzi_arguments import strimzi_args
from settings import KafkaKind, Settings
from settings.keys import API_KEY, FALLBACK_API_KEY, STRIMZI_PASSWORD

Parts = list[pulumi.Resource]
_CLAIM_TYPE = "kubernetes:core/v1:PersistentVolumeClaim"


@dataclass(frozen=True, kw_only=True)
class Footing:
    """What the platform stands on: the stack's identity, and whose the namespace is.

    `offer` is what is taken over from the stage before, None where images are built. `has_ledger`: the state has a volume of the
    model's answers.
    """

    identity: pulumi.Resource
    owner: Owner
    is_foreign: bool
    offer: Offer | None
    has_ledger: bool = False
    flink_source: ImageSource | None = None
    """What Flink's image is built from, where that is not the plain one."""
    same_planner: bool = True
    topics: tuple[str, ...] = ()
    """Those that the stack makes."""


class KubernetesPlatform(pulumi.ComponentResource):
    """`akhq`, `kafka` and `operator` are None where there is none of ours."""

    platform: PlatformResources
    images: Images
    operator: FlinkOperator | None
    kafka: Kafka | StrimziKafka | None
    akhq: Akhq | None
    session_cluster: SessionCluster
    sql_gateway: SqlGateway

    def __init__(
        self,
        settings: Settings,
        chart: OperatorChart | None,
        footing: Footing,
        *,
        api_key: pulumi.Input[str] | None = None,
        fallback_api_key: pulumi.Input[str] | None = None,
        kafka_password: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Mark every object of it as the owner's. The keys are those of the model's servers.

        `kafka_password` is this machine's at brokers that ask for a login.
        `chart` is None where the operator and its definitions are somebody else's.
        """
        marking = marked(footing.owner, arguments.decoration(settings))
        provider = pulumi.ResourceOptions(providers=[_provider(settings)], transformations=[marking])
        super().__init__(KUBERNETES_PLATFORM_TYPE, KUBERNETES_PLATFORM, {}, pulumi.ResourceOptions.merge(opts, provider))
        child = pulumi.ResourceOptions(parent=self)
        remembered = arguments.foundation_inputs(settings, pulumi.get_stack())
        foundation = Foundation(remembered, opts=pulumi.ResourceOptions(parent=self, depends_on=[footing.identity]))
        space = arguments.namespace_args(settings, footing.offer, is_foreign=footing.is_foreign)
        bottom: Parts = declare_namespace(space, footing.owner, parent=self, after=[footing.identity, foundation])
        self.images = images(settings, footing.offer, footing.flink_source or flink_image_source(flink_line(settings.flink.line)), child)
        ground: Parts = [*bottom]
        if settings.kubernetes.cluster.network_policies:
            edges = replace(arguments.network_policy_args(settings), only_ours=footing.is_foreign)
            ground += NetworkPolicies(edges, after=bottom, opts=child).ready
        if arguments.has_pod_monitors(settings):
            PodMonitors(arguments.pod_monitor_args(settings, pulumi.get_stack()), after=bottom, opts=child)
        self.operator = FlinkOperator(arguments.operator_args(settings, chart), after=ground, opts=child) if chart else None
        broker = self._kafka(settings, ground, kafka_password)
        model = self._model(settings, (api_key, fallback_api_key), ground, has_ledger=footing.has_ledger)
        below = [*ground, *(self.operator.ready if self.operator else [])]
        if settings.kubernetes.asks_for_login:
            # Pods of Flink mount Secrets that Strimzi makes when the brokers are there.
            below += broker
        self.session_cluster = SessionCluster(arguments.session_cluster_args(settings, self.images), after=below, opts=child)
        above = [*ground, *self.session_cluster.ready]
        self.sql_gateway = SqlGateway(arguments.sql_gateway_args(settings, self.images), after=above, opts=child)
        self.platform = self._platform(settings, footing, broker or bottom, model)
        self.register_outputs({"services": list(self.platform.services)})

    def _kafka(self, settings: Settings, ground: Parts, password: pulumi.Input[str] | None) -> Parts:
        child = pulumi.ResourceOptions(parent=self)
        self.kafka, self.akhq = None, None
        broker: Parts = []
        if settings.kubernetes.kafka.kind is KafkaKind.SINGLE:
            self.kafka = Kafka(arguments.kafka_args(settings), after=ground, opts=child)
            broker = list(self.kafka.ready)
        elif settings.kubernetes.has_strimzi:
            self.kafka = StrimziKafka(strimzi_args(settings), password=password, after=ground, opts=child)
            broker = list(self.kafka.ready)
        if settings.kubernetes.akhq.enabled:
            self.akhq = Akhq(arguments.akhq_args(settings), after=[*ground, *broker], opts=child)
        return broker

    def _model(
        self,
        settings: Settings,
        keys: tuple[pulumi.Input[str] | None, pulumi.Input[str] | None],
        ground: Parts,
        *,
        has_ledger: bool,
    ) -> Parts:
        child = pulumi.ResourceOptions(parent=self)
        server: Parts = []
        if settings.kubernetes.model_server.deployed:
            server = list(ModelServer(arguments.model_server_args(settings), after=ground, opts=child).ready)
        args = arguments.model_gateway_args(settings, self.images, has_ledger=has_ledger)
        gateway = ModelGateway(args, api_key=keys[0], fallback_api_key=keys[1], after=ground, opts=child)
        return [*server, *gateway.ready]

    def _platform(self, settings: Settings, footing: Footing, broker: Parts, model: Parts) -> PlatformResources:
        planner = list(self.sql_gateway.ready)
        return PlatformResources(
            endpoints=kubernetes_endpoints(settings),
            stack_id=footing.owner.stack_id,
            services=tuple(services(settings)),
            broker=tuple(broker),
            planner=tuple(planner),
            ready=(*broker, *model, *self.session_cluster.ready, *planner),
            logins=self._logins(),
            follow_topic=partial(self._follow_topic, settings.kubernetes.cluster.namespace) if has_kafka_topics(settings) else None,
            guard=lambda pipeline: DestroyGuard(
                inventory(settings, footing.topics), footing.owner, opts=pulumi.ResourceOptions(depends_on=[self, pipeline])
            ),
            same_planner=footing.same_planner,
            images={"flink": self.images.flink.apply(digest_of), "modelGateway": self.images.model_gateway.apply(digest_of)},
        )

    def _follow_topic(self, namespace: str, topic: Topic, wanted: TopicArgs) -> pulumi.Resource:
        # Below the platform, not the pipeline: its children have the cluster's provider, and the mark of what is the stack's.
        return declare_kafka_topic(namespace, topic, wanted, parent=self)

    def _logins(self) -> dict[str, dict[str, pulumi.Output[str]]]:
        if self.akhq is None or self.akhq.login is None or self.akhq.password is None:
            return {}
        return {names.AKHQ: {self.akhq.login: pulumi.Output.secret(self.akhq.password)}}


def services(settings: Settings) -> list[str]:
    """Return the names of what runs in the namespace."""
    kubernetes_settings = settings.kubernetes
    kafka = [names.KAFKA] if kubernetes_settings.kafka.is_own else []
    if kubernetes_settings.has_strimzi and strimzi_args(settings).has_entity_operator:
        kafka.append(names.STRIMZI_ENTITY_OPERATOR)
    akhq = [names.AKHQ] if kubernetes_settings.akhq.enabled else []
    ollama = [names.OLLAMA] if kubernetes_settings.model_server.deployed else []
    here = kubernetes_settings.operator_namespace == kubernetes_settings.cluster.namespace
    operator = [names.OPERATOR] if here else []
    return [*kafka, *akhq, *ollama, names.MODEL_GATEWAY, *operator, names.SESSION_CLUSTER, names.SQL_GATEWAY]


def _provider(settings: Settings) -> kubernetes.Provider:
    where = settings.kubernetes.cluster
    return kubernetes.Provider(
        KUBERNETES_PROVIDER,
        context=where.context,
        kubeconfig=str(Path(where.kubeconfig).expanduser()) if where.kubeconfig else None,
        # A run that was killed leaves objects that the state does not know: they are taken over, and what they lack is set right. Nothing
        # of somebody else's can be: each object that is there bears this stack's mark, and the claim keeps others out.
        upsert_existing_objects=True,
        enable_patch_force=True,
    )


def declare_platform(settings: Settings, bundle: Bundle, state: OwnState, promotion: Promotion | None) -> PlatformResources:
    """Declare the platform, after a look at everything that it would change.

    Raises SettingsError when the operator's chart cannot be had, ClusterError when something is in the way.
    """
    operator = settings.kubernetes.operator
    chart = arguments.chart_of(settings) if operator.install or operator.manage_crds else None
    stack, stack_id = pulumi.get_stack(), state.stack_id
    offer = promotion.offer if promotion else None
    jars = locked_jars_of(settings, bundle)
    owned = owned_topics(settings, bundle, kubernetes_endpoints(settings))
    wanted = WantedImages(offer=offer, jars=jars_label(jars, bundle.jars))
    ground = require_prerequisites(settings, stack, stack_id, state, wanted, topics=owned, foreign=_with_notes(settings, owned))
    if ground.unknown_release:
        _take_up_release(settings)
    source = image_source_with(flink_line(settings.flink.line), jars, bundle.jars, settings.data_folder)
    same_planner = not (jars or bundle.jars) or plans_with(state, settings, source, offer)
    api_key = pulumi.Config(PROJECT).require_secret(API_KEY) if settings.has_api_key else None
    fallback = pulumi.Config(PROJECT).require_secret(FALLBACK_API_KEY) if settings.has_fallback_api_key else None
    footing = Footing(
        identity=Identity(stack_mark(stack), stack_id, offer.contract() if offer else None, promotion=promotion),
        owner=owner_of(settings, stack, stack_id, state.resources),
        is_foreign=ground.is_foreign,
        offer=offer,
        has_ledger=_has_ledger(state),
        flink_source=source,
        same_planner=same_planner,
        topics=tuple(owned),
    )
    if not same_planner and pulumi.runtime.is_dry_run():
        pulumi.log.info(OTHER_PLANNER)
    password = pulumi.Config(PROJECT).require_secret(STRIMZI_PASSWORD) if settings.kubernetes.asks_for_login else None
    return KubernetesPlatform(settings, chart, footing, api_key=api_key, fallback_api_key=fallback, kafka_password=password).platform


def _with_notes(settings: Settings, owned: Mapping[str, TopicArgs]) -> list[TopicArgs]:
    """Return what the stack makes on a broker of others, the topic of its notes included; nothing where it brings the broker itself."""
    if kubernetes_endpoints(settings).is_own_broker or not owned:
        return []
    return [*owned.values(), TopicArgs(name=NOTES, partitions=1, replication=next(iter(owned.values())).replication)]


def _has_ledger(state: OwnState) -> bool:
    """Tell whether the stack has a volume of the model's answers: they were paid for, and outlive a change to the offline model."""
    return any(one.get("metadata", {}).get("name") == LEDGER_VOLUME for one in state.of_type(_CLAIM_TYPE))


def _take_up_release(settings: Settings) -> None:
    """Let the operator be installed over what is there: a run was killed while Helm installed it, or the state was lost."""
    where = settings.kubernetes.cluster
    pulumi.log.info(
        f"Helm release {names.OPERATOR} is there and this stack's state does not have it: its record is dropped, and it is installed over "
        "what runs."
    )
    if not pulumi.runtime.is_dry_run():
        forget(connect(where.context, where.kubeconfig), Release(namespace=where.namespace, name=names.OPERATOR))
