"""Taking the stack's secrets out of what Flink says of its jobs: a connector or a model's server may quote them.

Their values are asked for only when there are secrets and there is something to show, for it is a start of the Pulumi CLI.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from pulumi.automation import CommandError

from console.driver.workspace import open_stack
from console.errors import ConsoleError
from console.health.report import JobHealth
from console.project import PROJECT, Project
from console.toolchain import find
from flinksql.errors import FlinkSqlError
from flinksql.sql import redact
from platforms.registry import platform_of
from settings.keys import HIDDEN_PREFIX, SOURCE_PREFIX

NOT_SHOWN = "(not shown: it may quote a secret, and the stack's secrets cannot be read here)"


def without_secrets(
    project: Project, jobs: Iterable[JobHealth], make: "Callable[[Project], Redactor] | None" = None
) -> tuple[JobHealth, ...]:
    """Return the jobs with errors that hold no secret. Where the secrets cannot be read, no error is shown at all.

    `make` returns the redactor, for whoever asks often: the usual one starts the Pulumi CLI.
    """
    found = tuple(jobs)
    if not any(job.last_error or job.no_output for job in found):
        return found
    conceal = (make or redactor)(project)
    return tuple(replace(job, last_error=conceal(job.last_error), no_output=conceal(job.no_output)) for job in found)


Redactor = Callable[[str], str]
"""Takes the stack's secrets out of a text."""


def redactor(project: Project) -> Redactor:
    """Return what takes the stack's secrets out of texts. Where they cannot be read, no text is shown at all."""
    if not project.secrets and not any(key.startswith(SOURCE_PREFIX) for key in project.values):
        return lambda text: text
    values = _values(project)
    return lambda text: text and (NOT_SHOWN if values is None else redact(text, values))


def _values(project: Project) -> Mapping[str, str] | None:
    toolchain = find(project.data_folder)
    if toolchain is None:
        return None
    try:
        config = open_stack(project, toolchain, lambda: None, {}).get_all_config()
    except (CommandError, ConsoleError):
        return None
    given = {key.removeprefix(f"{PROJECT}:"): value for key, value in config.items()}
    elsewhere = {key.removeprefix(SOURCE_PREFIX): value.value for key, value in given.items() if key.startswith(SOURCE_PREFIX)}
    try:
        kept = platform_of(project.settings()).connect().kept_secrets(elsewhere) if elsewhere else {}
    except FlinkSqlError:
        return None
    return {**{key.removeprefix(HIDDEN_PREFIX): value.value or "" for key, value in given.items() if value.secret}, **kept}
