"""A change that may lose state, named by a hash: an approval of the hash lets exactly this change through.

Pure. Who keeps approvals, and where, is the caller's to decide.
"""

from dataclasses import dataclass

from flinksql.sql.identity import digest

MARK = "c"
"""What a hash begins with: digits alone, or with an `e` among them, would be a number in a stack's YAML file."""
HASH_DIGITS = 11


@dataclass(frozen=True, kw_only=True)
class PlannedChange:
    """A change of one statement that is not made unasked.

    `stack` is `<project>/<stack>`. `before` and `after` are definition hashes, `before` empty for a new statement. `revision` names the
    deployment that is recorded: each has its own. `job_id` is the job whose state is at stake, empty where Flink knows none.
    `verdict` is the decision with its reasons, `consequence` what happens when the change is made.
    """

    stack: str
    statement: str
    flink_line: str
    before: str
    revision: str
    job_id: str
    after: str
    verdict: str
    consequence: str = ""

    @property
    def hash(self) -> str:
        """Hexadecimal digits, after a `c`, over everything that decides what is at stake.

        The same change after another deployment, or of another job, has another hash: what was said of it before does not count any more.
        """
        parts: list[object] = [
            self.stack,
            self.statement,
            self.flink_line,
            self.before,
            self.revision,
            self.job_id,
            self.after,
            self.verdict,
            self.consequence,
        ]
        return MARK + digest(parts)[:HASH_DIGITS]
