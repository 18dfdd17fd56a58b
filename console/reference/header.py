"""The page of the options of a statement's header."""

from console.reference.markdown import MADE, table
from flinksql.sql.flink_options import OPTIONS, REFUSED
from flinksql.sql.header import KEYS, MEANINGS

_HEAD = f"""# Options of a statement

{MADE}

A line `-- key: value` among the comments above a statement of a job is an option of it. What each does: [statements.md](../statements.md).
"""
_FLINK = """
## Flink's own

They reach Flink as they are, for this job alone; they are part of its definition.
"""
_REFUSED = """
## Not for a header

The first beginning that fits says why. Any other key is no option of Flink's, and its line is a remark.
"""


def header_page() -> str:
    """Return docs/reference/header.md."""
    ours = table(["option", "values and meaning"], [[f"`{key}`", MEANINGS[key]] for key in KEYS])
    flink = table(["option", "value"], [[f"`{key}`", _form(form)] for key, form in OPTIONS.items()])
    refused = table(["beginning", "such an option"], [[f"`{beginning}`", reason] for beginning, reason in REFUSED])
    return "\n".join([_HEAD, ours + _FLINK, flink + _REFUSED, refused])


def _form(form: str | tuple[str, ...]) -> str:
    return form if isinstance(form, str) else ", ".join(f"`{one}`" for one in form)
