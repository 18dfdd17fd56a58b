"""Reading SQL: files to statements with places, references, an order and an identity. No network, no Flink.

The lexical rules are Flink's; the grammar is read only as far as names need it. What is valid SQL, Flink's own planner decides.
"""

from flinksql.sql.bundle import JOB_NAME, Bundle
from flinksql.sql.entry import Entry
from flinksql.sql.function_jars import BundleJar, JarAddress, jars_below, place_jars
from flinksql.sql.header import Header
from flinksql.sql.identity import definition_hash, job_id, normalise
from flinksql.sql.manifest import Manifest
from flinksql.sql.manifest_reader import manifest_problem, read_manifest, unknown_topics
from flinksql.sql.names import Name, ObjectKind, Reference
from flinksql.sql.options import table_options
from flinksql.sql.place import excerpt_at
from flinksql.sql.placeholders import parameter_names, render, secret_names, secret_problems
from flinksql.sql.prompts import read_prompts
from flinksql.sql.reader import bundle_name, read_bundle, read_statement, read_texts, shown_path
from flinksql.sql.redaction import redact
from flinksql.sql.references import References, read_references
from flinksql.sql.rendered import Rendered
from flinksql.sql.rotation import with_other_secrets
from flinksql.sql.tokens import Token, TokenKind, tokenise

__all__ = [
    "JOB_NAME",
    "Bundle",
    "BundleJar",
    "Entry",
    "Header",
    "JarAddress",
    "Manifest",
    "Name",
    "ObjectKind",
    "Reference",
    "References",
    "Rendered",
    "Token",
    "TokenKind",
    "bundle_name",
    "definition_hash",
    "excerpt_at",
    "jars_below",
    "job_id",
    "manifest_problem",
    "normalise",
    "parameter_names",
    "place_jars",
    "read_bundle",
    "read_manifest",
    "read_prompts",
    "read_references",
    "read_statement",
    "read_texts",
    "redact",
    "render",
    "secret_names",
    "secret_problems",
    "shown_path",
    "table_options",
    "tokenise",
    "unknown_topics",
    "with_other_secrets",
]
