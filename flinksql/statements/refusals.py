"""Why a plan does nothing, as errors for people. That of a state which cannot be found says where it was sought: `StateFinder` has it."""

from flinksql.errors import JobFailedError
from flinksql.statements.steps import Refusal, Refuse


def refused(one: Refuse, statement: str) -> JobFailedError:
    """Return the error of a plan that ends with this step. Only state that cannot be found is not told here."""
    if one.reason is Refusal.STATE_TOO_NEW:
        return JobFailedError(
            f"statement {statement}: its state at {one.state} was written by Flink {one.written_by}, and Flink {one.flink_line} "
            "reads no state of a newer one. Nothing is started, and the state stays where it is. "
            f"Set flink.line back to {one.written_by}; or, to start without state, which reads everything again, write "
            "`-- allow_state_reset: true` at the top of its file."
        )
    return JobFailedError(
        f"statement {statement}: its job {one.job_id} runs, and `restore_from` would have it do again what it has done since. "
        "Remove the line, or stop the job first, with `-- running: false`."
    )
