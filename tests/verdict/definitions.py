"""An edit as two definitions."""

from collections.abc import Mapping

from flinksql.statement import Definition, Kind, Statement
from tests.verdict.edit import Edit

OPTIONS = {"parallelism.default": "1", "execution.checkpointing.interval": "1 s"}


def definitions(edit: Edit, prefix: str, bootstrap: str, model_endpoint: str) -> tuple[Definition, Definition]:
    """Return the definitions before and after an edit, under a job name and topics that begin with `prefix`."""
    parameters = {"kafka_bootstrap": bootstrap, "model_endpoint": model_endpoint, "prefix": prefix}
    scenario = edit.scenario
    old = _definition(scenario.objects, scenario.job, parameters, scenario.options)
    new = _definition({**scenario.objects, **edit.objects}, edit.job or scenario.job, parameters, {**scenario.options, **edit.options})
    return old, new


def recorded_definitions(edit: Edit) -> tuple[Definition, Definition]:
    """Return the definitions with the names under which their plans were recorded."""
    return definitions(edit, "edit", "127.0.0.1:1", "http://127.0.0.1:1/v1/chat/completions")


def _definition(objects: Mapping[str, str], job: str, parameters: Mapping[str, str], options: Mapping[str, str]) -> Definition:
    closure = [Statement(name=name, kind=Kind.CATALOG_OBJECT, text=text, file=f"sql/edits/{name}.sql") for name, text in objects.items()]
    return Definition(
        statement=Statement(name="job", kind=Kind.JOB, text=job, file="sql/edits/job.sql"),
        closure=tuple(closure),
        parameters=parameters,
        options={**OPTIONS, **options},
        job_name=f"{parameters['prefix']}/job",
    )
