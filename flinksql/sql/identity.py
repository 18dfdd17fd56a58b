"""What makes two definitions the same, and the job id that follows from it."""

import hashlib
import json
from collections.abc import Sequence

from flinksql.sql.placeholders import render
from flinksql.sql.tokens import tokenise
from flinksql.statement import Definition

JOB_ID_DIGITS = 32
NO_JOB_ID = "0" * JOB_ID_DIGITS
"""Flink reads this id as "none given"."""


def normalise(sql: str, file: str = "") -> str:
    """Return the tokens, verbatim, joined by one space: comments, white space and a trailing `;` do not count.

    The case of keywords and everything within quotes counts; so do hints, which change the plan. `file` is for messages only.
    """
    texts = [token.text for token in tokenise(sql, file).tokens]
    while texts and texts[-1] == ";":
        texts.pop()
    return " ".join(texts)


def definition_hash(definition: Definition) -> str:
    """Return 64 hexadecimal digits over what Flink would run: the statement, its closure in order, and the options.

    Secrets count by name only. Raises StatementError when a parameter is missing.
    """
    statements = [
        normalise(render(statement.text, statement.file, definition.parameters).sql, statement.file)
        for statement in (definition.statement, *definition.closure)
    ]
    return digest([statements[0], statements[1:], sorted(definition.options.items())])


def job_id(job_name: str, definition_hash: str, generation: int, salt: str = "") -> str:
    """Return the 32 hexadecimal digits under which Flink runs this generation of a definition; never all zeros.

    With a `salt` of the installation nobody else can tell them: Flink ends a job for whoever asks for a URL that holds its id.
    """
    identity = digest([job_name, definition_hash, generation, *([salt] if salt else [])])[:JOB_ID_DIGITS]
    return identity if identity != NO_JOB_ID else NO_JOB_ID[:-1] + "1"


def digest(parts: Sequence[object]) -> str:
    """Return the SHA-256 of a list of plain values. As JSON, so that no two lists give the same text."""
    return hashlib.sha256(json.dumps(parts, ensure_ascii=True, separators=(",", ":")).encode()).hexdigest()
