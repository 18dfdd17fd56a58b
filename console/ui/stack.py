"""The stack as its files and its state have it: read again now and then, because `up` runs beside the page."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from components.names import STATEMENT_TYPE
from components.providers.definitions import definition_of
from console.health.concealed import NOT_SHOWN, Redactor, redactor
from console.project import Project, open_project
from console.stack_outputs import outputs_in, stack_state
from console.ui.graph import Links, PipelineGraph, jobs_in, links_of, pipeline_graph
from console.ui.layout import Place, layout
from flinksql.statement import Definition
from platforms.state import StackState


@dataclass(frozen=True, kw_only=True)
class StackFacts:
    """What is known of a stack without asking what runs. `drawn` counts the graphs: it grows when the graph is another one."""

    project: Project
    state: StackState | None = field(default=None, repr=False)
    outputs: Mapping[str, Any] = field(default_factory=dict, repr=False)
    definitions: Mapping[str, Definition] = field(default_factory=dict, repr=False)
    graph: PipelineGraph = field(default_factory=PipelineGraph, repr=False)
    links: Mapping[str, Links] = field(default_factory=dict, repr=False)
    places: Mapping[str, Place] = field(default_factory=dict, repr=False)
    drawn: int = 0

    @property
    def statements(self) -> Mapping[str, Mapping[str, Any]]:
        """What the outputs say of each statement: its kind, the name of its job."""
        found: Mapping[str, Mapping[str, Any]] = self.outputs.get("statements") or {}
        return found


class StackReader:
    """Reads the stack. The newest facts are `facts`; a stack that is down keeps those of before."""

    def __init__(self, project: Project) -> None:
        self._lock = threading.Lock()
        self._links: dict[tuple[str, str], Links] = {}
        self._redactors: dict[bytes, Redactor] = {}
        self.facts = StackFacts(project=project)

    def refresh(self) -> StackFacts:
        """Read stack file and state again. Raises ConsoleError when the stack is not there or not up."""
        project = open_project(self.facts.project.stack, self.facts.project.root)
        state = stack_state(project)
        outputs = outputs_in(project, state)
        recorded = [one.outputs for one in state.resources if one.kind == STATEMENT_TYPE] if state else []
        definitions = jobs_in(definition_of(dict(one)) for one in recorded)
        hashes = {str(one.get("name")): str(one.get("definition_hash") or "") for one in recorded}
        self._links = {(name, hashes[name]): self._links_of(hashes[name], one) for name, one in definitions.items()}
        links = {name: self._links[name, hashes[name]] for name in definitions}
        before = self.facts
        graph = before.graph if links == before.links else pipeline_graph(links)
        is_same = graph == before.graph and before.drawn
        self.facts = StackFacts(
            project=project,
            state=state,
            outputs=outputs,
            definitions=definitions,
            graph=graph,
            links=links,
            places=before.places if is_same else layout([node.id for node in graph.nodes], graph.edges),
            drawn=before.drawn if is_same else before.drawn + 1,
        )
        return self.facts

    def redactor(self, project: Project) -> Redactor:
        """Return what takes the stack's secrets out of a text; made anew when the stack file changed, for it starts the Pulumi CLI."""
        if not project.secrets:
            return redactor(project)
        with self._lock:
            try:
                content = project.stack_file.read_bytes()
            except OSError:
                return lambda text: text and NOT_SHOWN
            if content not in self._redactors:
                self._redactors = {content: redactor(project)}
            return self._redactors[content]

    def _links_of(self, digest: str, definition: Definition) -> Links:
        """Return the links of a statement; its SQL is read once for each version."""
        return self._links.get((definition.name, digest)) or links_of(definition)
