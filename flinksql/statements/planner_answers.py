"""What the planner said before, so that a preview and the `up` after it ask once.

Planning a job takes seconds of the gateway's processor, and a changed statement is planned by the preview, by the run's own look and before
the change is made, in processes of their own. The planner's answer follows from the definition, the configuration and the gateway alone:
EXPLAIN and COMPILE PLAN open no connection. So an answer counts for one run of one gateway: whoever starts the gateway empties the folder
and puts a file there that names the run. Where nobody does, as for a Flink of somebody else, nothing is remembered. Nothing is remembered
either of a definition that names what another catalog describes, because that may change, or of an answer in which a secret stands.
"""

import json
import os
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from flinksql.flink.gateway import GatewayClient
from flinksql.sql import definition_hash, read_references, redact
from flinksql.sql.identity import digest
from flinksql.statement import Definition
from flinksql.statements.script import Script

FOLDER = "answers"
"""Below the folder of plans that is shared with the gateway."""
RUN = "run"
"""The file in it whose text names the gateway's run."""
_MOST = 200
"""Answers that are kept, the newest ones. One of a large job has some hundred kilobytes."""
_ONLY_OWNER = 0o600

Texts = Mapping[str, str]


def proof_of(definition: Definition) -> dict[str, str]:
    """Return the question whether the planner takes a definition."""
    return {**definition.options, "": "proof"}


def plans_of(configuration: Mapping[str, str]) -> dict[str, str]:
    """Return the question for both plans of a job that is submitted with this configuration. Who answers it takes the definition."""
    return {**configuration, "": "plans"}


@dataclass(frozen=True, kw_only=True)
class PlannerAnswers:
    """The answers of one gateway. `plans_folder` is shared with it, if any is. `secrets` are what no answer may hold."""

    gateway: GatewayClient
    plans_folder: Path | None
    secrets: Mapping[str, str] = field(repr=False)

    def of(self, definition: Definition, script: Script, what: Mapping[str, str], ask: Callable[[], Texts]) -> Texts:
        """Return what the planner says, asked only if it has not said so before.

        `what` is all that is asked about beside the definition: the kind of the question, and the configuration.
        """
        run = self._run()
        if not run or _names_others(script):
            return ask()
        file = self._file(run, definition, what)
        known = _read(file)
        if known:
            return known
        said = ask()
        # As everywhere: also as it is quoted in SQL, in JSON or in a URL.
        if all(redact(text, self.secrets) == text for text in said.values()):
            self._remember(file, said)
        return said

    def proved(self, definition: Definition, script: Script, *whats: Mapping[str, str]) -> bool:
        """Return whether the gateway took this very text in its run, when it was asked one of these.

        Never for a text with a secret in it: its value may be another one by now, and whether that is taken is what was to be proven.
        """
        run = self._run()
        if not run or _names_others(script):
            return False
        rendered = [one.rendered.sql for one in (*script.closure, script.target)]
        if any(redact(text, self.secrets) != text for text in rendered):
            return False
        return any(_read(self._file(run, definition, what)) for what in whats)

    def _file(self, run: str, definition: Definition, what: Mapping[str, str]) -> Path:
        return self._folder / f"{digest([run, *self._gateway, definition_hash(definition), sorted(what.items())])}.json"

    @property
    def _folder(self) -> Path:
        return (self.plans_folder or Path()) / FOLDER

    @cached_property
    def _gateway(self) -> tuple[str, str]:
        return self.gateway.transport.endpoint.base_url, self.gateway.information().version

    def _run(self) -> str:
        try:
            return (self._folder / RUN).read_text(encoding="utf-8") if self.plans_folder else ""
        except OSError:
            return ""

    def _remember(self, file: Path, said: Texts) -> None:
        """Write the answer, as a whole or not at all. Trouble is ignored: it is asked again then."""
        part = file.with_name(f"{uuid.uuid4().hex}.part")
        try:
            with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _ONLY_OWNER), "w", encoding="utf-8") as stream:
                json.dump(dict(said), stream)
            part.replace(file)
            for old in sorted(self._folder.glob("*.json"), key=_age)[_MOST:]:
                old.unlink(missing_ok=True)
        except OSError:
            return


def _read(file: Path) -> Texts:
    try:
        read = json.loads(file.read_text(encoding="utf-8"))
        return {str(name): str(text) for name, text in read.items()}
    except (OSError, ValueError, AttributeError):
        return {}


def _age(file: Path) -> float:
    try:
        return -file.stat().st_mtime
    except OSError:
        return 0.0


def _names_others(script: Script) -> bool:
    for step in (*script.closure, script.target):
        references = read_references(step.rendered)
        if any(one.name.external for one in (*references.reads, *references.writes, *references.calls)):
            return True
    return False
