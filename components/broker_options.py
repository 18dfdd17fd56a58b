"""Options of Kafka tables that no broker of the stack's own can meet, found before a job fails on them again and again.

A broker ends a transaction that lasts longer than its `transaction.max.timeout.ms`, and refuses a producer that asks for more. The stack's
own broker has Kafka's default, and speaks neither TLS nor SASL unless Strimzi runs it with a login. Of another broker the limit is not
known here: it is only remarked.
"""

from collections.abc import Iterator

from components.bundle_topics import is_at
from components.endpoints import Endpoints
from flinksql.errors import StatementError
from flinksql.sql import Bundle
from flinksql.sql.connectors import is_on_kafka
from flinksql.sql.table_usage import Catalog, Use

GUARANTEE = "sink.delivery-guarantee"
TIMEOUT = "properties.transaction.timeout.ms"
PROTOCOL = "properties.security.protocol"
_PLAIN = "PLAINTEXT"
_EXACTLY_ONCE = "exactly-once"
_BROKER_LIMIT = 900_000
"""Milliseconds: Kafka's `transaction.max.timeout.ms` where nobody set it."""
_FLINK_DEFAULT = 3_600_000
"""Milliseconds that Flink's sink asks for where its table says nothing."""
_ADVICE = 600_000
_MINUTE = 60_000


def broker_option_problems(bundle: Bundle, endpoints: Endpoints) -> list[StatementError]:
    """Return an error for each use of a table that the stack's own broker refuses: too long a transaction, TLS or SASL."""
    if not endpoints.is_own_broker:
        return []
    found: dict[str, StatementError] = {}
    for use in kafka_uses(bundle):
        if is_at(use.options, endpoints.kafka_bootstrap):
            for problem in filter(None, (_too_long(use, _of_own_broker(use)), _protocol(use, endpoints.broker_protocol))):
                # Several jobs may write to one table.
                found.setdefault(str(problem.position), problem)
    return list(found.values())


def transaction_remarks(bundle: Bundle, endpoints: Endpoints) -> list[str]:
    """Return a remark for each sink on another broker that asks for longer transactions than a broker allows where nobody set it."""
    found: dict[str, str] = {}
    for use in kafka_uses(bundle):
        if endpoints.is_own_broker and is_at(use.options, endpoints.kafka_bootstrap):
            continue
        problem = _too_long(use, "more than a broker allows where nobody raised its transaction.max.timeout.ms (15 minutes)")
        if problem is not None:
            found.setdefault(
                str(problem.position), f"{problem.position}: {problem.problem}. Nothing is wrong where the broker's is higher."
            )
    return list(found.values())


def kafka_uses(bundle: Bundle) -> Iterator[Use]:
    """Yield each mention of a Kafka table by a view or a job."""
    return (use for use in Catalog(bundle.entries.values()).uses() if is_on_kafka(use.options))


def writes_in_transactions(use: Use) -> bool:
    """Tell whether a job writes into a table exactly once. Flink takes the word in capitals, too."""
    return use.written and use.options.get(GUARANTEE, "").lower() == _EXACTLY_ONCE


def _of_own_broker(use: Use) -> str:
    return f"and the stack's own broker allows 15 minutes, so the job would fail again and again{_unless_given(use)}"


def _unless_given(use: Use) -> str:
    return "" if TIMEOUT in use.options else " (where the table says nothing, Flink asks for an hour)"


def _too_long(use: Use, why: str) -> StatementError | None:
    given = use.options.get(TIMEOUT, str(_FLINK_DEFAULT))
    if not writes_in_transactions(use) or not _is_number(given) or int(given) <= _BROKER_LIMIT:
        return None
    asked = f"{int(given) / _MINUTE:g} minutes"
    verb = "Write" if TIMEOUT in use.options else "Add"
    return use.problem(
        f"job {use.user.name} writes in transactions of up to {asked}, {why}. {verb} '{TIMEOUT}' = '{_ADVICE}'", TIMEOUT, GUARANTEE
    )


def _protocol(use: Use, spoken: str) -> StatementError | None:
    protocol = use.options.get(PROTOCOL, _PLAIN)
    if protocol.upper() == spoken:
        return None
    if spoken != _PLAIN:
        return use.problem(
            f"{use.reference.name} asks the stack's own broker for {protocol}, and with strimzi.authentication it speaks {spoken} only, so "
            f"job {use.user.name} would never connect. Write '{PROTOCOL}' = '{spoken}', and how Flink logs in: docs/strimzi.md",
            PROTOCOL,
        )
    return use.problem(
        f"{use.reference.name} asks the stack's own broker for {protocol}, and it speaks {_PLAIN} only, so job {use.user.name} would never "
        f"connect. Remove '{PROTOCOL}'; where another stack has a broker with {protocol}, let each stack say it by a parameter: "
        f"'{PROTOCOL}' = '${{kafka_protocol}}'",
        PROTOCOL,
    )


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()
