"""Reading SQL: files to statements with places, references, an order and an identity. No network, no Flink.

The lexical rules are Flink's; the grammar is read only as far as names need it. What is valid SQL, Flink's own planner decides.
"""

from flinksql.bundle.bundle import JOB_NAME, Bundle
from flinksql.bundle.entry import Entry
from flinksql.bundle.header import Header
from flinksql.bundle.identity import definition_hash, job_id, normalise
from flinksql.bundle.manifest import Manifest, manifest_problem, unknown_topics
from flinksql.bundle.names import Name, ObjectKind, Reference
from flinksql.bundle.options import table_options
from flinksql.bundle.place import excerpt_at
from flinksql.bundle.placeholders import parameter_names, render, secret_names, secret_problems
from flinksql.bundle.reader import read_bundle, read_statement, shown_path
from flinksql.bundle.redaction import redact
from flinksql.bundle.references import References, read_references
from flinksql.bundle.rendered import Rendered
from flinksql.bundle.tokens import Token, TokenKind, tokenise

__all__ = [
    "JOB_NAME",
    "Bundle",
    "Entry",
    "Header",
    "Manifest",
    "Name",
    "ObjectKind",
    "Reference",
    "References",
    "Rendered",
    "Token",
    "TokenKind",
    "definition_hash",
    "excerpt_at",
    "job_id",
    "manifest_problem",
    "normalise",
    "parameter_names",
    "read_bundle",
    "read_references",
    "read_statement",
    "redact",
    "render",
    "secret_names",
    "secret_problems",
    "shown_path",
    "table_options",
    "tokenise",
    "unknown_topics",
]
