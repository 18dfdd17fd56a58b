"""The Kubernetes platform as the program declares it: what it takes from configuration, from its state and from the stage before."""

import pulumi

from cluster.api_server import connect
from cluster.helm_release import Release, forget
from components.kubernetes.operator_chart import operator_chart
from components.kubernetes.ownership import owner_of
from components.kubernetes.platform import Footing, KubernetesPlatform
from components.kubernetes.prerequisites import first_look
from components.kubernetes.previous_stage import accepted_offer
from components.names import PROJECT, stack_mark
from components.platform import Platform
from components.promotion import Offer, Wanted
from components.providers.stack_identity import Identity
from components.stack_state import OwnState
from flinksql.sql import Bundle
from manifests.names import OPERATOR
from settings import Settings
from settings.keys import API_KEY, FALLBACK_API_KEY


def declare_platform(settings: Settings, bundle: Bundle, state: OwnState) -> Platform:
    """Declare the platform, after a look at everything that it would change.

    Raises SettingsError when the operator's chart cannot be had, ClusterError when something is in the way.
    """
    operator = settings.kubernetes.operator
    chart = operator_chart(settings) if operator.install or operator.manage_crds else None
    stack, stack_id = pulumi.get_stack(), state.stack_id
    offer = _offer(settings, bundle, state)
    ground = first_look(settings, stack, stack_id, state, offer)
    if ground.unknown_release:
        _take_up_release(settings)
    api_key = pulumi.Config(PROJECT).require_secret(API_KEY) if settings.has_api_key else None
    fallback = pulumi.Config(PROJECT).require_secret(FALLBACK_API_KEY) if settings.has_fallback_api_key else None
    footing = Footing(
        identity=Identity(stack_mark(stack), stack_id, offer.contract() if offer else None),
        owner=owner_of(settings, stack, stack_id, state.resources),
        is_foreign=ground.is_foreign,
        offer=offer,
    )
    return KubernetesPlatform(settings, chart, footing, api_key=api_key, fallback_api_key=fallback).platform


def _take_up_release(settings: Settings) -> None:
    """Let the operator be installed over what is there: a run was killed while Helm installed it, or the state was lost."""
    where = settings.kubernetes.cluster
    pulumi.log.info(
        f"Helm release {OPERATOR} is there and this stack's state does not have it: its record is dropped, and it is installed over "
        "what runs."
    )
    if not pulumi.runtime.is_dry_run():
        forget(connect(where.context, where.kubeconfig), Release(namespace=where.namespace, name=OPERATOR))


def _offer(settings: Settings, bundle: Bundle, state: OwnState) -> Offer | None:
    name = settings.kubernetes.promoted_from
    wanted = Wanted(bundle=bundle.name, bundle_hash=bundle.hash, flink_line=settings.flink.line)
    return accepted_offer(name, wanted, state) if name else None
