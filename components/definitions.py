"""Definitions of statements for any program: from SQL texts, or from a folder with one statement a file."""

from collections.abc import Mapping
from pathlib import Path

import pulumi

from flinksql.sql import JOB_NAME, Bundle, read_bundle, read_texts
from flinksql.statement import Definition

Source = Bundle | Path | str | Mapping[str, str]
"""A bundle that is read already, the path of a folder, or SQL texts by the names of their statements."""


def read_source(source: Source, parameters: Mapping[str, str] | None = None) -> Bundle:
    """Read statements; `parameters` are the values of `${name}` placeholders. Raises BundleError with every problem in them."""
    if isinstance(source, Bundle):
        return source
    # What a definition is rendered with is the name of its job; reading needs only what looks like one.
    given = {JOB_NAME: "project/stack/statement", **(parameters or {})}
    if isinstance(source, Mapping):
        return read_texts(source, given)
    return read_bundle(Path(source), given, Path.cwd())


def define(
    source: Source, *, parameters: Mapping[str, str] | None = None, options: Mapping[str, str] | None = None
) -> dict[str, Definition]:
    """Return the definition of each statement by its name, each after those that it mentions.

    `options` are Flink options of each submission, such as `parallelism.default`; those in a statement's header win. Flink knows the job
    of a statement as `<project>/<stack>/<statement>`. Raises BundleError.
    """
    bundle = read_source(source, parameters)
    return {one.name: bundle.definition(one.name, job_name_of(bundle, one.name), options) for one in bundle.statements}


def job_name_of(bundle: Bundle, name: str) -> str:
    """Return what Flink knows a statement's job by: the name that the statement had when its job was first started."""
    return f"{pulumi.get_project()}/{pulumi.get_stack()}/{bundle.header(name).policy.renamed_from or name}"
