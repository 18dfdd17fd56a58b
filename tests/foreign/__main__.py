"""Orders and what they add up to, on a Flink and a Kafka that run already. Only `components` is this project's."""

import pulumi

from components import Below, Connection, Pipeline, PipelineArgs, Statement, Topic, TopicArgs, define

config = pulumi.Config()
kafka = config.require("kafka")
connection = Connection(
    gateway_url=config.require("gateway"),
    jobmanager_url=config.require("jobManager"),
    kafka_bootstrap=kafka,
    certificate=config.get("certificate") or "",
    authority=config.get("authority") or "",
    plans_folder=config.get("plans") or "",
)
orders = Topic(TopicArgs(name="orders", partitions=1), connection=connection, delete_data=True)
sql = define(
    {
        "placed": """CREATE TABLE placed (number BIGINT, city STRING)
            WITH ('connector' = 'datagen', 'rows-per-second' = '5', 'fields.city.length' = '1')""",
        "orders": """CREATE TABLE orders (number BIGINT, city STRING)
            WITH ('connector' = 'kafka', 'topic' = 'orders', 'properties.bootstrap.servers' = '${kafka}', 'format' = 'json')""",
        "taken": "INSERT INTO orders SELECT number, city FROM placed WHERE number > ${least}",
    },
    parameters={"kafka": kafka, "least": config.get("least") or "0"},
    options={"execution.checkpointing.interval": "2 s"},
)
table = Statement(sql["orders"], connection=connection)
taken = Statement(sql["taken"], connection=connection, opts=pulumi.ResourceOptions(depends_on=[table, orders]))
totals = Pipeline(
    "totals",
    PipelineArgs(
        source="sql",
        parameters={"kafka": kafka},
        connection=connection,
        others=["orders"],
        below=Below(ready=[orders]),
        delete_data=True,
    ),
)
pulumi.export("jobs", {"taken": taken.job_id, "counts": totals.statements["counts"].job_id})
