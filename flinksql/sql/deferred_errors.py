"""Errors that Flink reports only when a job runs, or never: found by reading the SQL, before anything is created.

Each check is a function from a catalog to problems. They know the Kafka connector and ML_PREDICT, on which this project's bundles rest.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from itertools import pairwise

from flinksql.errors import StatementError
from flinksql.sql.connectors import KAFKA, is_on_kafka
from flinksql.sql.entry import Entry
from flinksql.sql.options import option_tokens
from flinksql.sql.table_usage import Catalog, Use, catalog_of
from flinksql.sql.tokens import Token, TokenKind, tokenise
from flinksql.statement import Definition

PREFIX = "properties."
LIKENESS = 0.85
_LISTED = """
acks allow.auto.create.topics auto.commit.interval.ms auto.include.jmx.reporter auto.offset.reset batch.size bootstrap.servers
buffer.memory check.crcs client.dns.lookup client.id client.rack compression.gzip.level compression.lz4.level compression.type
compression.zstd.level connections.max.idle.ms default.api.timeout.ms delivery.timeout.ms enable.auto.commit enable.idempotence
enable.metrics.push exclude.internal.topics fetch.max.bytes fetch.max.wait.ms fetch.min.bytes group.id group.instance.id group.protocol
group.remote.assignor heartbeat.interval.ms interceptor.classes isolation.level key.deserializer key.serializer linger.ms max.block.ms
max.in.flight.requests.per.connection max.partition.fetch.bytes max.poll.interval.ms max.poll.records max.request.size
metadata.max.age.ms metadata.max.idle.ms metadata.recovery.rebootstrap.trigger.ms metadata.recovery.strategy metric.reporters
metrics.num.samples metrics.recording.level metrics.sample.window.ms partition.assignment.strategy
partition.discovery.interval.ms partitioner.adaptive.partitioning.enable partitioner.availability.timeout.ms partitioner.class
partitioner.ignore.keys receive.buffer.bytes reconnect.backoff.max.ms reconnect.backoff.ms request.timeout.ms retries
retry.backoff.max.ms retry.backoff.ms sasl.client.callback.handler.class sasl.jaas.config sasl.kerberos.kinit.cmd
sasl.kerberos.min.time.before.relogin sasl.kerberos.service.name sasl.kerberos.ticket.renew.jitter
sasl.kerberos.ticket.renew.window.factor sasl.login.callback.handler.class sasl.login.class sasl.login.connect.timeout.ms
sasl.login.read.timeout.ms sasl.login.refresh.buffer.seconds sasl.login.refresh.min.period.seconds sasl.login.refresh.window.factor
sasl.login.refresh.window.jitter sasl.login.retry.backoff.max.ms sasl.login.retry.backoff.ms sasl.mechanism
sasl.oauthbearer.clock.skew.seconds sasl.oauthbearer.expected.audience sasl.oauthbearer.expected.issuer
sasl.oauthbearer.header.urlencode sasl.oauthbearer.jwks.endpoint.refresh.ms sasl.oauthbearer.jwks.endpoint.retry.backoff.max.ms
sasl.oauthbearer.jwks.endpoint.retry.backoff.ms sasl.oauthbearer.jwks.endpoint.url sasl.oauthbearer.scope.claim.name
sasl.oauthbearer.sub.claim.name sasl.oauthbearer.token.endpoint.url security.protocol security.providers send.buffer.bytes
session.timeout.ms socket.connection.setup.timeout.max.ms socket.connection.setup.timeout.ms ssl.cipher.suites
ssl.enabled.protocols ssl.endpoint.identification.algorithm ssl.engine.factory.class ssl.key.password ssl.keymanager.algorithm
ssl.keystore.certificate.chain ssl.keystore.key ssl.keystore.location ssl.keystore.password ssl.keystore.type ssl.protocol ssl.provider
ssl.secure.random.implementation ssl.truststore.certificates ssl.truststore.location ssl.truststore.password ssl.truststore.type
ssl.trustmanager.algorithm transaction.timeout.ms transactional.id value.deserializer value.serializer
"""
CLIENT_SETTINGS = frozenset(_LISTED.split())
"""Settings of the Kafka client 3.9 and 4.1, for consumers and producers. Flink passes on whatever begins with `properties.`."""


def misspelt_property(key: str) -> str:
    """Return the setting that an option `properties.NAME` nearly names; empty for a known name, and for one that resembles none."""
    name = key.removeprefix(PREFIX)
    if name == key or name in CLIENT_SETTINGS:
        return ""
    return next(iter(get_close_matches(name, CLIENT_SETTINGS, n=1, cutoff=LIKENESS)), "")


GROUP = "properties.group.id"
STARTUP = "scan.startup.mode"
RESET = "properties.auto.offset.reset"
GROUP_OFFSETS = "group-offsets"
METADATA_KEYS = ("topic", "partition", "headers", "leader-epoch", "offset", "timestamp", "timestamp-type")
PREDICTION_KEYS = ("async", "max-concurrent-operations", "output-mode", "timeout")
_NAMED = 3
_OF_FORMATS = ("value.", "key.")

Uncommitted = Callable[[Mapping[str, str]], Sequence[str] | None]
"""From the options of a Kafka table to its partitions in which its group has committed nothing, `topic-0`; None when nobody knows."""


def not_asked(_options: Mapping[str, str]) -> Sequence[str] | None:
    """Return None: the broker was not asked."""
    return None


def deferred_problems(catalog: Catalog) -> list[StatementError]:
    """Return the errors that Flink would report only when a job runs, or never. The options of all tables must be well-formed."""
    return [problem for check in CHECKS for problem in check(catalog)]


def start_problems(definition: Definition, uncommitted: Uncommitted = not_asked, ran: Definition | None = None) -> list[StatementError]:
    """Return an error for each Kafka table that a new job reads from nowhere: its group has committed nothing.

    `uncommitted` asks the broker. Where nobody knows, a group is taken for a new one. What `ran` began in the same way is no error.
    """
    known = {problem.problem for problem in start_problems(ran)} if ran else set()
    problems: list[StatementError] = []
    for use in catalog_of(definition).uses():
        if not starts_where_group_stopped(use) or not use.options.get(GROUP) or RESET in use.options:
            continue
        missing = () if _no_start(use, ()) in known else uncommitted(use.options)
        if missing is None or missing:
            problems.append(use.problem(_no_start(use, missing or ()), STARTUP, "connector"))
    return list({str(problem): problem for problem in problems}.values())


def starts_where_group_stopped(use: Use) -> bool:
    """Tell whether a source begins at the offsets that its consumer group committed, as Kafka's connector does by default."""
    return not use.written and use.options.get("connector") == KAFKA and use.options.get(STARTUP, GROUP_OFFSETS) == GROUP_OFFSETS


def _no_start(use: Use, missing: Sequence[str]) -> str:
    group = use.options.get(GROUP, "")
    mode = f"With '{STARTUP}' = '{GROUP_OFFSETS}'" if STARTUP in use.options else f"Without '{STARTUP}'"
    if missing:
        more = f" and {len(missing) - _NAMED} more" if len(missing) > _NAMED else ""
        known = f"This group has committed nothing for {', '.join(missing[:_NAMED])}{more}, so the job would fail again and again. "
    else:
        known = "A group that has committed nothing makes it fail again and again. "
    return (
        f"where does {use.reference.name} begin to be read? {mode} a job continues where its group {group} stopped. {known}"
        f"Add '{STARTUP}' = 'earliest-offset' (or 'latest-offset'), or say what a new group does: '{RESET}' = 'earliest'"
    )


def _missing_groups(catalog: Catalog) -> Iterator[StatementError]:
    for use in catalog.uses():
        if starts_where_group_stopped(use) and not use.options.get(GROUP):
            message = (
                f"{use.reference.name} is read by {use.user.name} and has no consumer group: add '{GROUP}' = '...', "
                f"or say where to begin with '{STARTUP}' = 'earliest-offset'"
            )
            yield use.problem(message, STARTUP, "connector")


def _properties(catalog: Catalog) -> Iterator[StatementError]:
    for table in catalog.tables:
        if not is_on_kafka(catalog.options(table)):
            continue
        tokens = tokenise(table.rendered.sql, table.rendered.file).tokens
        for key in option_tokens(table.rendered):
            meant = misspelt_property(key)
            if meant:
                message = f"Kafka's client has no setting '{key}', and Flink accepts it silently. Did you mean '{PREFIX}{meant}'?"
                place = next(token.start for token in tokens if token.kind is TokenKind.STRING and token.value == key)
                yield table.problem(place, message)


def _given_twice(catalog: Catalog) -> Iterator[StatementError]:
    for entry in catalog.entries:
        seen: set[str] = set()
        tokens = tokenise(entry.rendered.sql, entry.rendered.file).tokens if option_tokens(entry.rendered) else ()
        options = next((index for index, (word, after) in enumerate(pairwise(tokens)) if word.is_word("WITH") and after.text == "("), 0)
        for key, equals in pairwise(tokens[options:]):
            if key.kind is TokenKind.STRING and equals.text == "=":
                if key.value in seen:
                    message = f"the option '{key.value}' is given twice, and Flink silently uses the last one: keep one"
                    yield entry.problem(key.start, message)
                seen.add(key.value)


def _metadata(catalog: Catalog) -> Iterator[StatementError]:
    for table in catalog.tables:
        if is_on_kafka(catalog.options(table)):
            for key, token, named in _metadata_columns(table):
                if named and token.kind is not TokenKind.STRING:
                    yield table.problem(token.start, f"the key of a metadata column is text: write METADATA FROM '{key}'")
                elif key not in METADATA_KEYS and not key.startswith(_OF_FORMATS):
                    message = f"Kafka's records have no metadata '{key}'.{_near(key, METADATA_KEYS)} There are: {', '.join(METADATA_KEYS)}"
                    yield table.problem(token.start, message)


def _metadata_columns(table: Entry) -> Iterator[tuple[str, Token, bool]]:
    """Yield the key of each metadata column, and whether it stands after FROM: else it is the column's own name."""
    tokens = tokenise(table.rendered.sql, table.rendered.file).tokens
    depth = 0
    column = _columns(table, tokens)
    for index in range(column - 1, len(tokens)):
        token = tokens[index]
        depth += {"(": 1, "<": 1, ")": -1, ">": -1}.get(token.text, 0)
        if depth == 0:
            return
        if depth == 1 and token.text == ",":
            column = index + 1
        if depth == 1 and index > column and token.is_word("METADATA"):
            named = index + 2 < len(tokens) and tokens[index + 1].is_word("FROM")
            key = tokens[index + 2] if named else tokens[column]
            yield key.value, key, named


def _columns(table: Entry, tokens: Sequence[Token]) -> int:
    """Return the index of the first column: after the parenthesis that follows the name. A table that is LIKE another may have none."""
    created = table.references.creates
    index = next((number for number, token in enumerate(tokens) if created and token.start >= created.offset), len(tokens)) + 1
    while index + 1 < len(tokens) and tokens[index].text == ".":
        index += 2
    return index + 1 if index < len(tokens) and tokens[index].text == "(" else len(tokens) + 1


def _predictions(catalog: Catalog) -> Iterator[StatementError]:
    for entry in catalog.entries:
        tokens = tokenise(entry.rendered.sql, entry.rendered.file).tokens
        for start, token in enumerate(tokens[:-1]):
            if token.is_word("ML_PREDICT") and tokens[start + 1].text == "(":
                for key in _settings_of_call(tokens, start + 1):
                    if key.value not in PREDICTION_KEYS:
                        near = _near(key.value, PREDICTION_KEYS)
                        known = ", ".join(PREDICTION_KEYS)
                        message = f"ML_PREDICT has no setting '{key.value}', and Flink accepts it silently.{near} There are: {known}"
                        yield entry.problem(key.start, message)


def _settings_of_call(tokens: tuple[Token, ...], opening: int) -> Iterator[Token]:
    """Return the keys in the MAP among the arguments of a call."""
    depth = 0
    for index in range(opening, len(tokens)):
        depth += {"(": 1, ")": -1}.get(tokens[index].text, 0)
        if depth == 0:
            return
        if depth == 1 and tokens[index].is_word("MAP") and index + 1 < len(tokens) and tokens[index + 1].text == "[":
            end = next((place for place in range(index, len(tokens)) if tokens[place].text == "]"), len(tokens))
            yield from (token for token in tokens[index + 2 : end : 4] if token.kind is TokenKind.STRING)


def _near(name: str, known: tuple[str, ...]) -> str:
    near = get_close_matches(name, known, n=1)
    return f" Did you mean '{near[0]}'?" if near else ""


CHECKS: tuple[Callable[[Catalog], Iterator[StatementError]], ...] = (_missing_groups, _given_twice, _properties, _metadata, _predictions)
