"""A lookup join with a table of a real PostgreSQL, and a catalog that keeps its tables: rows are right, and what is theirs stays theirs.

Skipped unless FLINK_REVIEWS_DATABASES is set: it fetches 90 MB of jars and needs the programs of PostgreSQL.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest

from flinksql.flink.gateway import GatewayClient
from tests.contract.bench import until
from tests.support.flink import gateway_in
from tests.support.plain import set_secret
from tests.support.postgres import Postgres, postgres, postgres_programs
from tests.support.project import ProjectCopy, project_copy

PROGRAMS = postgres_programs()
pytestmark = [
    pytest.mark.real,
    pytest.mark.timeout(1500),
    pytest.mark.skipif(not os.environ.get("FLINK_REVIEWS_DATABASES"), reason="set FLINK_REVIEWS_DATABASES=1: it fetches jars"),
]

HIDDEN = "canary-database-4f0a"
MANIFEST = """jars:
  - org.apache.flink:flink-connector-jdbc-core:4.0.0-2.0
  - org.apache.flink:flink-connector-jdbc-postgres:4.0.0-2.0
  - org.postgresql:postgresql:42.7.8
  - org.apache.paimon:paimon-flink-2.1:1.3.0
  - org.apache.flink:flink-shaded-hadoop-2-uber:2.8.3-10.0
catalogs:
  lake: {{type: paimon, warehouse: "file://{warehouse}"}}
"""
BUNDLE = {
    "orders": """CREATE TABLE orders (order_id STRING, customer_id BIGINT, amount DECIMAL(10, 2), arrived_at AS PROCTIME()) WITH (
    'connector' = 'kafka', 'topic' = 'orders', 'properties.bootstrap.servers' = '${kafka_bootstrap}',
    'properties.group.id' = '${job_name}/orders', 'scan.startup.mode' = 'earliest-offset', 'format' = 'json'
)""",
    "customers": """CREATE TABLE customers (customer_id BIGINT, name STRING, PRIMARY KEY (customer_id) NOT ENFORCED) WITH (
    'connector' = 'jdbc', 'url' = '{url}', 'table-name' = 'customers', 'username' = 'shop', 'password' = '${{secret:database_password}}'
)""",
    "named_orders": """CREATE TABLE named_orders (order_id STRING, name STRING, amount DECIMAL(10, 2)) WITH (
    'connector' = 'kafka', 'topic' = 'named_orders', 'properties.bootstrap.servers' = '${kafka_bootstrap}', 'format' = 'json'
)""",
    "name_orders": """INSERT INTO named_orders
SELECT o.order_id, c.name, o.amount FROM orders AS o
LEFT JOIN customers FOR SYSTEM_TIME AS OF o.arrived_at AS c ON o.customer_id = c.customer_id""",
}
FILL_LAKE = "INSERT INTO lake.shop.totals SELECT customer_id, COUNT(*), SUM(amount) FROM orders GROUP BY customer_id"
LAKE = "CREATE CATALOG lake WITH ('type' = 'paimon', 'warehouse' = 'file://{warehouse}')"
TOTALS = "CREATE TABLE lake.shop.totals (customer_id BIGINT, orders BIGINT, amount DECIMAL(38, 2), PRIMARY KEY (customer_id) NOT ENFORCED)"
CUSTOMERS = "CREATE TABLE customers (customer_id BIGINT PRIMARY KEY, name TEXT);\nINSERT INTO customers VALUES (1, 'Åsa'), (2, 'Bo');"


@dataclass(frozen=True, kw_only=True)
class Shop:
    """A stack, its bundle, the database and the folder of the lake."""

    copy: ProjectCopy
    folder: Path
    database: Postgres
    warehouse: Path

    def feed(self, *rows: str) -> None:
        """Feed orders, lines of JSON."""
        file = self.folder.parent / "rows.jsonl"
        file.write_text("\n".join(rows), encoding="utf-8")
        self.copy.succeed("feed", "orders", str(file))

    def named(self, count: int) -> list[tuple[str, str | None]]:
        """Return the orders that the job wrote with their customers' names, as many as are waited for."""
        written = self.copy.succeed("tail", "named_orders", "--from", "beginning", "--follow", "--limit", str(count), "--json").output
        rows = [json.loads(line)["value"] for line in written.splitlines()]
        return sorted((row["order_id"], row["name"]) for row in rows)

    def gateway(self) -> GatewayClient:
        """Return a client of the stack's SQL Gateway."""
        return gateway_in(self.copy.outputs())

    def in_lake(self, *statements: str) -> list[tuple[object, ...]]:
        """Run statements in a session that has the catalog, and return the rows of the last one."""
        with self.gateway().session() as session:
            session.configure(LAKE.format(warehouse=self.warehouse))
            for sql in statements[:-1]:
                session.configure(sql)
            return sorted(session.execute(statements[-1], {"execution.runtime-mode": "BATCH"}).rows)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    assert PROGRAMS, "the programs of PostgreSQL are missing: on Debian and Ubuntu, apt-get install postgresql"
    folder, warehouse = tmp_path / "shop", tmp_path / "lake"
    folder.mkdir()
    (tmp_path / "project").mkdir()
    with (
        postgres(PROGRAMS, HIDDEN) as database,
        project_copy(tmp_path / "project", bundle=str(folder), topics__partitions=1, data__classArchives=False) as copy,
    ):
        (folder / "bundle.yaml").write_text(MANIFEST.format(warehouse=warehouse), encoding="utf-8")
        for name, sql in BUNDLE.items():
            text = sql.format(url=database.url) if name == "customers" else sql
            (folder / f"{name}.sql").write_text(text, encoding="utf-8")
        set_secret(copy, "secret.database_password", HIDDEN)
        yield Shop(copy=copy, folder=folder, database=database, warehouse=warehouse)


def test_rows_of_a_database_and_of_a_catalog_are_right_and_theirs_stays(shop: Shop) -> None:
    shop.database.run(CUSTOMERS)
    shop.copy.succeed("lock-jars")
    shop.copy.succeed("up")
    shop.feed(
        '{"order_id": "o1", "customer_id": 1, "amount": 10.00}',
        '{"order_id": "o2", "customer_id": 2, "amount": 5.25}',
        '{"order_id": "o3", "customer_id": 9, "amount": 1.00}',
    )
    assert shop.named(3) == [("o1", "Åsa"), ("o2", "Bo"), ("o3", None)]

    # Without a cache the next row finds what the database says now.
    shop.database.run("UPDATE customers SET name = 'Åse' WHERE customer_id = 1")
    shop.feed('{"order_id": "o4", "customer_id": 1, "amount": 2.50}')
    assert shop.named(4)[-1] == ("o4", "Åse")

    # A table of the catalog is somebody else's: it has to be there.
    shop.in_lake("CREATE DATABASE lake.shop", TOTALS)
    (shop.folder / "fill_lake.sql").write_text(FILL_LAKE, encoding="utf-8")
    shop.copy.succeed("up")
    expected = [(1, 2, Decimal("12.50")), (2, 1, Decimal("5.25")), (9, 1, Decimal("1.00"))]

    def totals() -> list[tuple[object, object, Decimal]]:
        return [(key, orders, Decimal(str(amount))) for key, orders, amount in shop.in_lake("SELECT * FROM lake.shop.totals")]

    until(lambda: len(totals()) == len(expected), seconds=90)
    assert totals() == expected
    assert "healthy" in shop.copy.succeed("status").output

    # Nothing is known of the state behind such a sink, so a change asks.
    (shop.folder / "fill_lake.sql").write_text(FILL_LAKE.replace("COUNT(*)", "COUNT(*) + 0"), encoding="utf-8")
    refused = shop.copy.run("preview")
    assert refused.code != 0
    assert "fill_lake.sql:1:1: this change of a running job does not keep its state: unknown" in refused.said
    (shop.folder / "fill_lake.sql").write_text(FILL_LAKE, encoding="utf-8")

    # The password stands nowhere.
    places = [shop.copy.state, shop.copy.data / "logs", shop.copy.data / "run"]
    files = [file for place in places for file in place.rglob("*") if file.is_file()]
    assert not [file for file in files if HIDDEN.encode() in file.read_bytes()]

    shop.copy.succeed("down")
    assert shop.database.run("SELECT COUNT(*) FROM customers").strip() == "2"
    assert list((shop.warehouse / "shop.db" / "totals").rglob("*.parquet")) or list((shop.warehouse / "shop.db" / "totals").rglob("*.orc"))
