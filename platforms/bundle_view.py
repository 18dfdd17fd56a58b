"""A bundle as the commands about its data see it: where its samples go, and what is shown. It needs no bundle without mistakes.

A stack runs while its files are being edited, so a file that cannot be read is left out.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from components.bundle_folder import bundle_folder
from components.bundle_topics import partitions_of, topic_names
from components.parameters import given_parameters, parameters, setting_problem
from flinksql.errors import BundleError
from flinksql.sql import Entry, bundle_name, read_manifest, read_statement, shown_path
from flinksql.sql.expressions import Value, evaluate
from flinksql.sql.manifest import Manifest, TopicManifest
from flinksql.sql.parameters import ParametersError, computed_parameters, parameter_values, topic_functions
from flinksql.sql.prompts import PREFIX
from flinksql.sql.table_usage import Catalog
from platforms.registry import endpoints_of
from settings import Settings
from settings.errors import SettingsError
from settings.project import PROJECT_FOLDER

JSON, RAW = "json", "raw"


@dataclass(frozen=True, kw_only=True)
class Location:
    """A topic with its stack's prefix, and how records and their keys are written in it. `format` is Flink's word for the values'."""

    topic: str
    key_format: str = RAW
    format: str = JSON


@dataclass(frozen=True, kw_only=True)
class BundleView:
    """The manifest, the tables that can be read, and the values of parameters."""

    name: str
    folder: Path
    manifest: Manifest
    values: Mapping[str, Value]
    tables: Mapping[str, Mapping[str, str]]
    """The options of each table by its name."""
    results: tuple[str, ...]
    """Tables that a job writes and none reads."""
    prefix: str

    def location(self, *, table: str = "", topic: str = "") -> Location | None:
        """Return where a table's or a topic's records lie; None for a table that has no topic, or that is not there."""
        if table:
            options = self.tables.get(table, {})
            first = next(iter(topic_names(options)), "")
            return self._location(first, options) if first else None
        own = self.prefix + topic
        known = {name: options for options in self.tables.values() for name in topic_names(options)}
        name = own if own in known else topic
        return self._location(name, known.get(name, {}))

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

    def seconds(self) -> float:
        """Return how long the demonstration waits."""
        found = evaluate(str(self.manifest.demo.within_seconds), self.values, {})
        return float(found)

    def file(self, name: str) -> Path:
        """Return a file that the manifest names."""
        return (self.folder / name).resolve()

    def _location(self, topic: str, options: Mapping[str, str]) -> Location:
        declared = self.manifest.topics.get(topic.removeprefix(self.prefix)) or TopicManifest()
        by_table = JSON if options.get("key.format", "").endswith(JSON) else RAW
        form = options.get("value.format") or options.get("format") or JSON
        return Location(topic=topic, key_format=declared.key_format or by_table, format=form)


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
    given = {**texts, **prompts, **parameters(settings, endpoints_of(settings), manifest, folder)}
    catalog = Catalog(_readable(folder, given))
    uses = catalog.uses()
    read = {use.reference.name.name for use in uses if not use.written}
    written = {use.reference.name.name for use in uses if use.written}
    return BundleView(
        name=bundle_name(folder),
        folder=folder,
        manifest=manifest,
        values=declared,
        tables={table.references.creates.name.name: catalog.options(table) for table in catalog.tables if table.references.creates},
        results=tuple(sorted(written - read)),
        prefix=settings.topics.prefix,
    )


def _readable(folder: Path, values: Mapping[str, str]) -> Iterator[Entry]:
    for file in sorted(folder.glob("*.sql")):
        try:
            yield read_statement(file, values, PROJECT_FOLDER)
        except BundleError:
            continue
