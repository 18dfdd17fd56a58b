"""What stands above a KafkaTopic, so that it goes first: it takes the topic out of Strimzi's hands before its KafkaTopic is deleted.

Strimzi's Topic Operator deletes the topic of a KafkaTopic that is deleted, with its data, unless `strimzi.io/managed` is `false` by then.
What becomes of a topic is decided by its own resource alone, which knows whose it is and what `topics.deleteOnDestroy` says.
"""

from typing import Any

import pulumi
from pulumi.dynamic import ConfigureRequest, CreateResult, DiffResult, Resource, ResourceProvider, UpdateResult

from cluster.api_server import ApiServer, connect
from cluster.ownership import ObjectName
from components.providers.inputs import TOPIC_RELEASE, replaced
from components.providers.properties import Properties, inputs_of, text
from components.providers.reporting import plainly
from settings.configuration import settings_of_provider

MANAGED = "strimzi.io/managed"
FINALIZER = "strimzi.io/topic-operator"
"""With it the Topic Operator holds a KafkaTopic back until it has deleted the topic."""


class TopicReleaseProvider(ResourceProvider):
    """There is nothing to make: it remembers which KafkaTopic it stands above."""

    serialize_as_secret_always = False

    def configure(self, req: ConfigureRequest) -> None:
        """Take the cluster from the stack's configuration."""
        with plainly("reading the configuration"):
            self.settings = settings_of_provider(req)

    def diff(self, _id: str, olds: Properties, news: Properties) -> DiffResult:
        """Tell whether it stands above another KafkaTopic."""
        replaces = replaced(TOPIC_RELEASE, olds, news)
        return DiffResult(changes=bool(replaces), replaces=replaces, delete_before_replace=True)

    def create(self, props: Properties) -> CreateResult:
        """Remember."""
        return CreateResult(text(props, "name"), inputs_of(TOPIC_RELEASE, props))

    def update(self, _id: str, _olds: Properties, news: Properties) -> UpdateResult:
        """Remember."""
        return UpdateResult(inputs_of(TOPIC_RELEASE, news))

    def delete(self, id_: str, props: Properties) -> None:
        """Take the topic out of the operator's hands. Raises ClusterError where that cannot be done: nothing goes then."""
        with plainly(f"taking the topic of KafkaTopic {id_} out of Strimzi's hands"):
            where = self.settings.kubernetes.cluster
            release(connect(where.context, where.kubeconfig), text(props, "namespace"), text(props, "name"))


def release(api_server: ApiServer, namespace: str, name: str) -> None:
    """Make a KafkaTopic one that can be deleted without its topic, also where no Topic Operator is there to let it go."""
    path = ObjectName(kind="KafkaTopic", namespace=namespace, name=name).path
    found = api_server.find_metadata(path)
    if found is None:
        return
    left = [one for one in found.get("finalizers") or () if one != FINALIZER]
    # In one request: an operator that sees the one sees the other.
    api_server.merge(path, {"metadata": {"annotations": {MANAGED: "false"}, "finalizers": left}})


class TopicRelease(Resource, module="kubernetes", name="TopicRelease"):
    """Must be declared after the KafkaTopic of this name."""

    def __init__(self, namespace: str, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(TopicReleaseProvider(), f"release-{name}", release_inputs(namespace, name), opts)


def release_inputs(namespace: str, name: str) -> dict[str, Any]:
    """Return the inputs of the resource."""
    return {"namespace": namespace, "name": name}
