"""The names, ports and labels of what runs in the namespace. Statements, links, policies and people all use them."""

NAME_LABEL = "app.kubernetes.io/name"
COMPONENT_LABEL = "app.kubernetes.io/component"
PART_OF_LABEL = "app.kubernetes.io/part-of"
PART_OF = "flink-reviews"
"""The value of that label on everything that a stack creates."""

KAFKA = "kafka"
AKHQ = "akhq"
OLLAMA = "ollama"
MODEL_PULL = "model-pull"
MODEL_GATEWAY = "model-gateway"
SESSION_CLUSTER = "flink-sql-session"
SQL_GATEWAY = "flink-sql-gateway"
OPERATOR = "flink-kubernetes-operator"

REST_SERVICE = f"{SESSION_CLUSTER}-rest"
"""The Service that Flink creates for the JobManager's REST API."""

JOB_MANAGER = "jobmanager"
TASK_MANAGER = "taskmanager"
"""Values of the component label on the pods of the session cluster."""

FLINK_ACCOUNT = "flink"
"""ServiceAccount of JobManager and TaskManager."""

KAFKA_PORT = 9092
KAFKA_FORWARDED_PORT = 9094
AKHQ_PORT = 8080
AKHQ_MANAGEMENT_PORT = 28081
OLLAMA_PORT = 11434
MODEL_GATEWAY_PORT = 8080
JOB_MANAGER_PORT = 8081
SQL_GATEWAY_PORT = 8083
METRICS_PORT = 9249

STRIMZI_CLUSTER_LABEL = "strimzi.io/cluster"
"""On everything that Strimzi makes for a Kafka, and on what names the Kafka that it belongs to. Its value is the Kafka's name, `KAFKA`."""
STRIMZI_POOL = "node"
"""The KafkaNodePool; its pods are `kafka-node-0` and so on."""
STRIMZI_BOOTSTRAP = f"{KAFKA}-kafka-bootstrap"
"""The Service that Strimzi creates for clients."""
STRIMZI_ENTITY_OPERATOR = "entity-operator"
"""What the pod of Strimzi's Topic and User Operator bears as its name label, whichever Kafka it belongs to."""
STRIMZI_OPERATOR = "strimzi-cluster-operator"
FLINK_KAFKA_USER = f"{KAFKA}-flink"
CONSOLE_KAFKA_USER = f"{KAFKA}-console"
"""KafkaUsers: of Flink's pods, and of this machine. Strimzi keeps what each logs in with in a Secret of its name."""
STRIMZI_AUTHORITY = f"{KAFKA}-cluster-ca-cert"
"""The Secret in which Strimzi keeps the certificate of who signed the brokers' certificates."""


def strimzi_pods(nodes: int) -> list[str]:
    """Return the pods of a Kafka of so many nodes, by the number of the node."""
    return [f"{KAFKA}-{STRIMZI_POOL}-{number}" for number in range(nodes)]
