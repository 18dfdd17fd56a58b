"""What a Pulumi program may import: ComponentResources, one noun a file, with typed args and no setting of this project.

`from components import Kafka, KafkaArgs, SessionCluster, SessionClusterArgs` loads the modules of these nouns and no other, so that a
program without a cluster never loads Kubernetes' library.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from components.connection import Connection, SecretRef
    from components.definitions import define
    from components.kubernetes.akhq import Akhq, AkhqArgs
    from components.kubernetes.flink_configuration import FlinkState
    from components.kubernetes.flink_operator import FlinkOperator, FlinkOperatorArgs
    from components.kubernetes.image import FlinkImage, ImageArgs, ImageSource, ModelGatewayImage
    from components.kubernetes.kafka import Kafka, KafkaArgs
    from components.kubernetes.manifest import Compute, Storage
    from components.kubernetes.model_gateway import ModelGateway, ModelGatewayArgs
    from components.kubernetes.model_server import ModelServer, ModelServerArgs
    from components.kubernetes.network_policies import NetworkPolicies, NetworkPolicyArgs
    from components.kubernetes.operator_chart import OperatorChart, operator_chart
    from components.kubernetes.registry import Registry
    from components.kubernetes.session_cluster import FlinkProcess, SessionCluster, SessionClusterArgs
    from components.kubernetes.sql_gateway import SqlGateway, SqlGatewayArgs
    from components.pipeline import Below, Pipeline, PipelineArgs
    from components.providers.custom_resource_definition import ClusterAccess
    from components.providers.statement import Statement
    from components.providers.topic import Topic
    from components.topic_args import TopicArgs
    from flinksql.statement import Definition

__all__ = [
    "Akhq",
    "AkhqArgs",
    "Below",
    "ClusterAccess",
    "Compute",
    "Connection",
    "Definition",
    "FlinkImage",
    "FlinkOperator",
    "FlinkOperatorArgs",
    "FlinkProcess",
    "FlinkState",
    "ImageArgs",
    "ImageSource",
    "Kafka",
    "KafkaArgs",
    "ModelGateway",
    "ModelGatewayArgs",
    "ModelGatewayImage",
    "ModelServer",
    "ModelServerArgs",
    "NetworkPolicies",
    "NetworkPolicyArgs",
    "OperatorChart",
    "Pipeline",
    "PipelineArgs",
    "Registry",
    "SecretRef",
    "SessionCluster",
    "SessionClusterArgs",
    "SqlGateway",
    "SqlGatewayArgs",
    "Statement",
    "Storage",
    "Topic",
    "TopicArgs",
    "define",
    "operator_chart",
]

_MODULES = {
    "components.kubernetes.akhq": ("Akhq", "AkhqArgs"),
    "components.kubernetes.flink_configuration": ("FlinkState",),
    "components.kubernetes.flink_operator": ("FlinkOperator", "FlinkOperatorArgs"),
    "components.kubernetes.image": ("FlinkImage", "ImageArgs", "ImageSource", "ModelGatewayImage"),
    "components.kubernetes.kafka": ("Kafka", "KafkaArgs"),
    "components.kubernetes.manifest": ("Compute", "Storage"),
    "components.kubernetes.model_gateway": ("ModelGateway", "ModelGatewayArgs"),
    "components.kubernetes.model_server": ("ModelServer", "ModelServerArgs"),
    "components.kubernetes.network_policies": ("NetworkPolicies", "NetworkPolicyArgs"),
    "components.kubernetes.operator_chart": ("OperatorChart", "operator_chart"),
    "components.kubernetes.registry": ("Registry",),
    "components.kubernetes.session_cluster": ("FlinkProcess", "SessionCluster", "SessionClusterArgs"),
    "components.kubernetes.sql_gateway": ("SqlGateway", "SqlGatewayArgs"),
    "components.providers.custom_resource_definition": ("ClusterAccess",),
    "components.connection": ("Connection", "SecretRef"),
    "components.definitions": ("define",),
    "components.pipeline": ("Below", "Pipeline", "PipelineArgs"),
    "components.providers.statement": ("Statement",),
    "components.providers.topic": ("Topic",),
    "components.topic_args": ("TopicArgs",),
    "flinksql.statement": ("Definition",),
}
"""The names by the module that has them: as the imports above, which type checkers read."""

_MODULE_OF = {name: module for module, names in _MODULES.items() for name in names}


if not TYPE_CHECKING:  # a type checker would take any name from a module that has this

    def __getattr__(name: str) -> object:
        """Import the noun's module when it is first asked for."""
        module = _MODULE_OF.get(name)
        if module is None:
            raise AttributeError(f"module 'components' has no attribute {name!r}")
        return getattr(import_module(module), name)


def __dir__() -> list[str]:
    """Return what can be imported from here."""
    return sorted([*globals(), *_MODULE_OF])
