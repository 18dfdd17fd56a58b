"""A bundle as the commands about its data see it: where its samples go, and what is shown. It needs no bundle without mistakes.

A stack runs while its files are being edited, so a file that cannot be read is left out.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from components.bundle_folder import bundle_folder
from components.bundle_topics import partitions_of, topic_names
from components.parameters import SCHEMA_REGISTRY, given_parameters, parameters, setting_problem
from flinksql.errors import BundleError
from flinksql.sql import Entry, bundle_name, read_manifest, read_statement, shown_path
from flinksql.sql.columns import Column, primary_key, table_columns
from flinksql.sql.connectors import connector_of
from flinksql.sql.expressions import Value, evaluate
from flinksql.sql.manifest import Manifest, TopicManifest
from flinksql.sql.parameters import ParametersError, computed_parameters, parameter_values, topic_functions
from flinksql.sql.prompts import PREFIX
from flinksql.sql.table_usage import Catalog
from platforms.registry import endpoints_of
from platforms.secret_values import secret_of
from settings import Settings
from settings.errors import SettingsError
from settings.project import PROJECT_FOLDER
from settings.stack import no_secret

JSON, RAW = "json", "raw"


@dataclass(frozen=True, kw_only=True)
class Location:
    """A topic with its stack's prefix, and how records and their keys are written in it. `format` is Flink's word for the values'."""

    topic: str
    key_format: str = RAW
    format: str = JSON
    options: Mapping[str, str] = field(default_factory=dict, compare=False)
    """The options of the table that names the topic."""
    columns: tuple[Column, ...] = field(default=(), compare=False)
    key: tuple[str, ...] = field(default=(), compare=False)
    """The columns that make a record's key: those that the table names, else its primary key."""
    table: str = field(default="", compare=False)
    external: bool = field(default=False, compare=False)
    """Whether the topic is somebody else's."""
    secret: Callable[[str], str] = field(default=no_secret, repr=False, compare=False)
    """Gives the value of a secret of the bundle's by its NAME; empty where there is none."""


@dataclass(frozen=True, kw_only=True)
class BundleView:
    """The manifest, the tables that can be read, and the values of parameters."""

    name: str
    folder: Path
    manifest: Manifest
    values: Mapping[str, Value]
    tables: Mapping[str, Mapping[str, str]]
    """The options of each table by its name."""
    columns: Mapping[str, tuple[Column, ...]]
    keys: Mapping[str, tuple[str, ...]]
    """The primary key of each table."""
    results: tuple[str, ...]
    """Tables that a job writes and none reads."""
    prefix: str
    tried_out: bool = False
    """Whether what is external is made where it is missing, as on a laptop: schemas, too."""
    secret: Callable[[str], str] = field(default=no_secret, repr=False, compare=False)
    """Gives the value of a secret of the bundle's by its NAME; empty where there is none."""

    def location(self, *, table: str = "", topic: str = "") -> Location | None:
        """Return where a table's or a topic's records lie; None for a table that has no topic, or that is not there."""
        if table:
            options = self.tables.get(table, {})
            first = next(iter(topic_names(options)), "")
            return self._location(first, table) if first else None
        own = self.prefix + topic
        known = {name: table for table, options in self.tables.items() for name in topic_names(options)}
        name = own if own in known else topic
        return self._location(name, known.get(name, ""))

    def find(self, name: str) -> Location | None:
        """Return where the records of a table or topic lie; None when the bundle has neither."""
        if name in self.tables:
            return self.location(table=name)
        topics = {one for options in self.tables.values() for one in topic_names(options)}
        return self.location(topic=name) if {name, self.prefix + name} & topics else None

    @property
    def places(self) -> str:
        """The names of tables that have a topic, for messages."""
        return ", ".join(sorted(name for name, options in self.tables.items() if topic_names(options))) or "none"

    def is_external(self, topic: str) -> bool:
        """Tell whether the manifest says that a topic, by its name on the broker, is somebody else's."""
        declared = self.manifest.topics.get(topic.removeprefix(self.prefix)) or self.manifest.topics.get(topic)
        return declared is not None and not declared.owned

    def partitions(self, topic: str) -> int:
        """Return how many partitions the manifest gives a topic, by its name on the broker; 0 where it does not say."""
        declared = self.manifest.topics.get(topic.removeprefix(self.prefix)) or TopicManifest()
        return declared.partitions

    def seconds(self) -> float:
        """Return how long the demonstration waits."""
        found = evaluate(str(self.manifest.demo.within_seconds), self.values, {})
        return float(found)

    def file(self, name: str) -> Path:
        """Return a file that the manifest names."""
        return (self.folder / name).resolve()

    def _location(self, topic: str, table: str) -> Location:
        options = self.tables.get(table, {})
        declared = self.manifest.topics.get(topic.removeprefix(self.prefix)) or TopicManifest()
        by_table = JSON if options.get("key.format", "").endswith(JSON) else RAW
        form = options.get("value.format") or options.get("format") or JSON
        named = tuple(one.strip() for one in options.get("key.fields", "").split(";") if one.strip())
        return Location(
            topic=topic,
            key_format=declared.key_format or by_table,
            format=form,
            options=options,
            columns=self.columns.get(table, ()),
            key=named or (self.keys.get(table, ()) if connector_of(options).has_changelog else ()),
            table=table,
            external=self.is_external(topic) and not self.tried_out,
            secret=self.secret,
        )


def view_bundle(settings: Settings) -> BundleView:
    """Read the bundle of the settings. Raises BundleError for its manifest, SettingsError for a bundle that is not there."""
    folder = bundle_folder(settings.bundle.name, PROJECT_FOLDER)
    shown = shown_path(folder, PROJECT_FOLDER)
    manifest = read_manifest(folder, shown)
    try:
        declared = parameter_values(manifest, given_parameters(settings, manifest), bundle_name(folder))
    except ParametersError as error:
        raise SettingsError([setting_problem(one) for one in error.mistakes]) from None
    functions = topic_functions(lambda topic: partitions_of(manifest, settings, topic))
    texts = computed_parameters(manifest, declared, functions, folder, shown)
    prompts = {f"{PREFIX}{name}": name for name in manifest.prompts}
    # A registry as this machine reaches it: Flink's processes may have another address.
    here = {SCHEMA_REGISTRY: settings.schema_registry.url}
    given = {**texts, **prompts, **parameters(settings, endpoints_of(settings), manifest, folder), **here}
    catalog = Catalog(_readable(folder, given))
    uses = catalog.uses()
    read = {use.reference.name.name for use in uses if not use.written}
    written = {use.reference.name.name for use in uses if use.written}
    tables = {table.references.creates.name.name: table for table in catalog.tables if table.references.creates}
    return BundleView(
        name=bundle_name(folder),
        folder=folder,
        manifest=manifest,
        values=declared,
        tables={name: catalog.options(table) for name, table in tables.items()},
        columns={name: table_columns(catalog.chain(table)) for name, table in tables.items()},
        keys={name: primary_key(catalog.chain(table)) for name, table in tables.items()},
        results=tuple(sorted(written - read)),
        prefix=settings.topics.prefix,
        secret=secret_of(settings),
    )


def _readable(folder: Path, values: Mapping[str, str]) -> Iterator[Entry]:
    for file in sorted(folder.glob("*.sql")):
        try:
            yield read_statement(file, values, PROJECT_FOLDER)
        except BundleError:
            continue
