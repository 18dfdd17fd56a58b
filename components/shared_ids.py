"""Names on a broker that stacks share: transactional ids by which jobs fence each other, and consumer groups whose offsets they share.

A name that begins with `${job_name}` carries project, stack and statement. One that a stack sets, by a parameter, is somebody's choice; a
literal is the same in every stack that runs the file, by accident.
"""

from collections.abc import Iterator

from components.broker_options import GUARANTEE, kafka_uses, writes_in_transactions
from components.bundle_topics import is_at
from components.endpoints import Endpoints
from components.names import PROJECT
from flinksql.errors import StatementError
from flinksql.sql import Bundle
from flinksql.sql.deferred_errors import GROUP, starts_where_group_stopped
from flinksql.sql.table_usage import Use

PREFIX = "sink.transactional-id-prefix"


def shared_id_problems(bundle: Bundle, endpoints: Endpoints) -> list[StatementError]:
    """Return an error for each name on an external broker by which another stack's job would lose rows, or this one's.

    Those are transactional ids that do not begin with the job's name, and literal groups of sources that begin where their group stopped.
    """
    if endpoints.is_own_broker:
        return []
    found: dict[str, StatementError] = {}
    for use in _on_the_broker(bundle, endpoints):
        problem = _shared_transactions(use) or _shared_offsets(use)
        if problem:
            found.setdefault(str(problem.position), problem)
    return list(found.values())


def shared_group_remarks(bundle: Bundle, endpoints: Endpoints) -> list[str]:
    """Return a remark for each literal group on an external broker that only shows offsets: stacks that share it show each other's."""
    if endpoints.is_own_broker:
        return []
    groups = {
        use.options[GROUP]: str(use.problem("", GROUP).position)
        for use in _on_the_broker(bundle, endpoints)
        if _is_literal_group(use) and not starts_where_group_stopped(use)
    }
    return [
        f"{place}: consumer group {group} is the same in every stack that runs this file, and its lag is that of all of them. "
        f"'{GROUP}' = '${{job_name}}' gives each job its own."
        for group, place in sorted(groups.items())
    ]


def _on_the_broker(bundle: Bundle, endpoints: Endpoints) -> Iterator[Use]:
    return (use for use in kafka_uses(bundle) if is_at(use.options, endpoints.kafka_bootstrap))


def _shared_transactions(use: Use) -> StatementError | None:
    if not writes_in_transactions(use) or use.options.get(PREFIX, "").startswith(f"{PROJECT}/"):
        return None
    return use.problem(
        f"job {use.user.name} writes in transactions on a broker that other stacks may use, and its transactional ids do not begin "
        f"with the job's name: a job of another stack with the same ids would end them. Write '{PREFIX}' = '${{job_name}}/...'",
        PREFIX,
        GUARANTEE,
    )


def _shared_offsets(use: Use) -> StatementError | None:
    if not _is_literal_group(use) or not starts_where_group_stopped(use):
        return None
    return use.problem(
        f"{use.reference.name} begins where consumer group {use.options[GROUP]} stopped, on a broker that other stacks may use, and the "
        "group is the same in every stack that runs this file: a job would leave out what another stack's has read. "
        f"Write '{GROUP}' = '${{job_name}}'; to go on from a group that there is, name it by a parameter that the stack sets",
        GROUP,
    )


def _is_literal_group(use: Use) -> bool:
    """Tell whether a source's group stands in the SQL as it is: no placeholder made it."""
    group = use.options.get(GROUP, "")
    written = f"'{group}'"
    texts = (use.user.statement.text, *(entry.statement.text for entry in use.chain))
    return not use.written and bool(group) and any(written in text for text in texts)
