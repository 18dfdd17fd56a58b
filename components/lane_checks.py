"""Whether the jobs of a bundle can have the lanes that their headers ask for, and whether the model's server has use for them."""

from collections.abc import Iterator

from flinksql.errors import StatementError
from flinksql.sql import Bundle
from flinksql.sql.lanes import CALLS_OF_A_LANE
from flinksql.sql.tokens import tokenise
from flinksql.statement import Statement
from options.model import ModelKind
from settings import Settings

KEY, LANE_KEY = "lanes", "lane_key"
SETTING = "model.concurrency"


def lane_problems(bundle: Bundle, settings: Settings) -> list[StatementError]:
    """Return an error for each job that cannot have its lanes, and for each that has more than the model's server can serve.

    Calls beyond `model.concurrency` wait in the model gateway, where their rows' patience runs out.
    """
    problems: list[StatementError] = []
    asked = [job for job in bundle.jobs() if KEY in bundle.header(job.name).offsets or bundle.lanes(job.name) != 1]
    for job in bundle.jobs():
        header = bundle.header(job.name)
        if LANE_KEY in header.offsets and bundle.lanes(job.name) == 1 and header.lanes == 1:
            message = f"{LANE_KEY} says how rows are divided among lanes, and there is one: add `-- {KEY}: 2`, or remove the line"
            problems.append(tokenise(job.text, job.file).problem(header.offsets[LANE_KEY], message))
    for job in asked:
        try:
            bundle.definition(job.name, job.name)
        except StatementError as problem:
            problems.append(problem)
    # The offline model answers at once: it has no calls in flight.
    return problems or ([] if settings.model.kind is ModelKind.OFFLINE else list(_too_many(bundle, asked, settings.model.concurrency)))


def _too_many(bundle: Bundle, asked: list[Statement], concurrency: int) -> Iterator[StatementError]:
    most = -(-concurrency // CALLS_OF_A_LANE)
    for job in asked:
        lanes = bundle.lanes(job.name)
        if lanes > most:
            calls = lanes * CALLS_OF_A_LANE
            message = (
                f"{lanes} lanes make {calls} calls at one time, and {SETTING} is {concurrency}: set lanes to {most} or less, or raise what "
                f"the model's server takes at once: `pulumi config set {SETTING} {calls}`"
            )
            read = tokenise(job.text, job.file)
            # Lanes that the manifest gives are told where the statement begins.
            yield read.problem(bundle.header(job.name).offsets.get(KEY, read.tokens[0].start), message)
