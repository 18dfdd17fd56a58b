"""In which jars the connectors, formats and catalogs are that no distribution of Flink has in its `lib`."""

from collections.abc import Mapping
from types import MappingProxyType

_FLINK = "flink-sql-"
_JARS: Mapping[str, str] = MappingProxyType(
    {
        "avro": f"{_FLINK}avro",
        "avro-confluent": f"{_FLINK}avro-confluent-registry",
        "debezium-avro-confluent": f"{_FLINK}avro-confluent-registry",
        "protobuf": f"{_FLINK}protobuf",
        "parquet": f"{_FLINK}parquet",
        "orc": f"{_FLINK}orc",
        "jdbc": "flink-connector-jdbc-core, that of the database (flink-connector-jdbc-postgres ...) and its driver",
        "elasticsearch-6": f"{_FLINK}connector-elasticsearch6",
        "elasticsearch-7": f"{_FLINK}connector-elasticsearch7",
        "opensearch": f"{_FLINK}connector-opensearch",
        "mongodb": f"{_FLINK}connector-mongodb",
        "kinesis": f"{_FLINK}connector-aws-kinesis-streams",
        "mysql-cdc": f"{_FLINK}connector-mysql-cdc",
        "postgres-cdc": f"{_FLINK}connector-postgres-cdc",
        "mongodb-cdc": f"{_FLINK}connector-mongodb-cdc",
        "paimon": "paimon-flink-VERSION",
        "iceberg": "iceberg-flink-runtime-VERSION",
    }
)


def missing_jar(name: str) -> str:
    """Return what brings a connector, format or catalog to Flink that it does not know."""
    named = f"{_JARS[name]}, in a version for this Flink," if name in _JARS else "its jar"
    return f"If it should be there, name {named} under `jars:` in bundle.yaml, or put it into Flink's `lib`."
