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
