"""Transactional ids on a broker that stacks share: two jobs with one prefix end each other's transactions, whoever's they are."""

from components.bundle_topics import BOOTSTRAP
from components.endpoints import Endpoints
from components.names import PROJECT
from flinksql.errors import StatementError
from flinksql.sql import Bundle
from flinksql.sql.table_usage import Catalog, Use

PREFIX = "sink.transactional-id-prefix"
_GUARANTEE = "sink.delivery-guarantee"
_CONNECTORS = frozenset({"kafka", "upsert-kafka"})


def shared_id_problems(bundle: Bundle, endpoints: Endpoints) -> list[StatementError]:
    """Return an error for each sink that writes in transactions on an external broker under ids that do not begin with its job's name."""
    if endpoints.is_own_broker:
        return []
    found: dict[str, StatementError] = {}
    for use in Catalog(bundle.entries.values()).uses():
        if use.written and _is_shared(use, endpoints):
            problem = use.problem(
                f"job {use.user.name} writes in transactions on a broker that other stacks may use, and its transactional ids do not begin "
                f"with the job's name: a job of another stack with the same ids would end them. Write '{PREFIX}' = '${{job_name}}/...'",
                PREFIX,
                _GUARANTEE,
            )
            found.setdefault(str(problem.position), problem)
    return list(found.values())


def _is_shared(use: Use, endpoints: Endpoints) -> bool:
    options = use.options
    ours = options.get("connector") in _CONNECTORS and options.get(BOOTSTRAP) == endpoints.kafka_bootstrap
    in_transactions = options.get(_GUARANTEE) == "exactly-once"
    return ours and in_transactions and not options.get(PREFIX, "").startswith(f"{PROJECT}/")
