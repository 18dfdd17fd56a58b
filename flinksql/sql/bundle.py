"""A bundle: the statements of one folder in the order of their dependencies."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from flinksql.errors import PermanentError
from flinksql.sql.entry import Entry
from flinksql.sql.function_jars import BundleJar
from flinksql.sql.graph import Graph
from flinksql.sql.header import Header
from flinksql.sql.identity import digest, normalise
from flinksql.sql.lanes import CALLS_OF_A_LANE, in_lanes
from flinksql.sql.manifest import AUTO, Manifest, ModelManifest
from flinksql.sql.placeholders import parameter_names, secret_names
from flinksql.sql.prediction import predictions
from flinksql.sql.tokens import tokenise
from flinksql.statement import Definition, Kind, Statement

JOB_NAME = "job_name"
"""The parameter that stands for project, stack and statement."""
LANES = "lanes"


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """Statements that belong together. Whatever is asked by name raises PermanentError when there is no such statement."""

    entries: Mapping[str, Entry]
    graph: Graph
    name: str = ""
    """The folder's."""
    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    manifest: Manifest = field(default_factory=Manifest)
    calls_at_once: int = 1
    """Calls that the model's server takes at one time: what `lanes: auto` is derived from."""
    prompts: Mapping[str, str] = field(default_factory=dict, repr=False)
    jars: Mapping[str, BundleJar] = field(default_factory=dict, repr=False)
    """Jars of the bundle's folder that its functions name, by their paths."""

    @property
    def statements(self) -> tuple[Statement, ...]:
        """Return all statements, each after those that it depends on; otherwise in alphabetical order."""
        return tuple(self.entries[name].statement for name in self.graph.order)

    def entry(self, name: str) -> Entry:
        """Return a statement with its rendered SQL and references."""
        if name not in self.entries:
            raise PermanentError(f"there is no statement {name}. There are: {', '.join(sorted(self.entries))}")
        return self.entries[name]

    def dependencies(self, name: str) -> tuple[Statement, ...]:
        """Return the catalog objects that a statement mentions itself."""
        return tuple(self.entries[other].statement for other in self.graph.dependencies[self.entry(name).name])

    def closure(self, name: str) -> tuple[Statement, ...]:
        """Return all catalog objects that a statement depends on, directly or not, in the order in which they can be replayed."""
        wanted: set[str] = set()
        waiting = list(self.graph.dependencies[self.entry(name).name])
        while waiting:
            other = waiting.pop()
            if other not in wanted:
                wanted.add(other)
                waiting += self.graph.dependencies[other]
        return tuple(self.entries[other].statement for other in sorted(wanted, key=self._places.__getitem__))

    @cached_property
    def _places(self) -> dict[str, int]:
        return {name: place for place, name in enumerate(self.graph.order)}

    def jobs(self) -> tuple[Statement, ...]:
        """Return the statements that run as jobs, bounded ones included."""
        return tuple(statement for statement in self.statements if statement.kind is not Kind.CATALOG_OBJECT)

    def header(self, name: str) -> Header:
        """Return what the header of a statement's file says, its submission options among it."""
        return self.entry(name).references.header

    def parameters(self, name: str) -> dict[str, str]:
        """Return the values of those parameters that a statement or its closure uses."""
        used = frozenset[str]().union(*(parameter_names(statement.text) for statement in self._with_closure(name)))
        return {parameter: self.values[parameter] for parameter in sorted(used)}

    def secrets(self, name: str) -> tuple[str, ...]:
        """Return the names of the secrets that a statement or its closure uses."""
        return tuple(sorted(frozenset[str]().union(*(secret_names(statement.text) for statement in self._with_closure(name)))))

    def definition(self, name: str, job_name: str, options: Mapping[str, str] | None = None) -> Definition:
        """Return the whole definition of a statement, in its lanes; the options of its header win over the given ones.

        The parameter `job_name` is that of this definition, in its closure too: a table of several jobs gets a consumer group and
        transactional ids of its own in each. Raises StatementError where a job cannot be divided into the lanes that its header asks for.
        """
        header = self.header(name)
        parameters = self.parameters(name)
        definition = Definition(
            statement=self.entry(name).statement,
            closure=self.closure(name),
            parameters={**parameters, **({JOB_NAME: job_name} if JOB_NAME in parameters else {})},
            options={**(options or {}), **(self.manifest.options if self.entry(name).is_job else {}), **header.options},
            job_name=job_name,
            policy=header.policy,
        )
        return in_lanes(definition, self.lanes(name), header.lane_key)

    def lanes(self, name: str) -> int:
        """Return how many lanes a statement has: as its header says, else as the manifest does for a job that calls a model.

        `auto` is enough for the calls that the model's server takes at once.
        """
        header = self.header(name)
        wanted: int | str = header.lanes or AUTO
        if LANES not in header.offsets and self.manifest.model.lanes != 1 and self._calls_a_model(name):
            wanted = self.manifest.model.lanes
        return -(-max(1, self.calls_at_once) // CALLS_OF_A_LANE) if wanted == AUTO else int(wanted)

    @property
    def hash(self) -> str:
        """64 hexadecimal digits over all statements with their placeholders unfilled: the same in every environment.

        No policy counts. Prompts do, and what the manifest declares of parameters and models: they fill placeholders too, but are the
        bundle's own.
        """
        statements: list[object] = [portable(entry) for _, entry in sorted(self.entries.items())]
        return digest([*statements, *([sorted(self.prompts.items())] if self.prompts else []), *self._declared()])

    def _declared(self) -> list[object]:
        """Return what the manifest says that changes the SQL; nothing for a bundle that says nothing, which keeps its hash."""
        parameters = [[name, one.type.value, repr(one.default), one.value] for name, one in sorted(self.manifest.parameters.items())]
        model = self.manifest.model
        return [
            *([parameters] if parameters else []),
            *([[model.path, str(model.lanes)]] if model != ModelManifest() else []),
            *([sorted(self.manifest.options.items())] if self.manifest.options else []),
            *([sorted((path, jar.sha256) for path, jar in self.jars.items())] if self.jars else []),
            *([["jars", [sorted(one.items()) for one in self.manifest.jars]]] if self.manifest.jars else []),
        ]

    def _calls_a_model(self, name: str) -> bool:
        entry = self.entry(name)
        if entry.statement.kind is Kind.CATALOG_OBJECT:
            return False
        return any(predictions(tokenise(one.text, one.file)) for one in self._with_closure(name))

    def _with_closure(self, name: str) -> tuple[Statement, ...]:
        return (self.entry(name).statement, *self.closure(name))


def portable(entry: Entry) -> list[object]:
    """Return what a statement is in every environment: its SQL with placeholders unfilled, and the options of its header."""
    return [
        entry.name,
        entry.statement.kind.value,
        normalise(entry.statement.text, entry.statement.file),
        sorted(entry.references.header.options.items()),
        *_lanes(entry.references.header),
    ]


def _lanes(header: Header) -> list[list[str | int]]:
    """Return what tells a statement with lanes from one without; nothing for the others, whose bundles keep their hash."""
    return [[header.lanes, header.lane_key]] if header.lanes != 1 else []
