"""The bundle of a test, read with the test's parameters and with values that stand for the platform's."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

from flinksql.sql import JOB_NAME, Bundle, jars_below, place_jars, read_bundle, read_manifest
from flinksql.sql.manifest import Manifest
from flinksql.sql.parameter_types import allowed_text, conforms, parse, written
from flinksql.sql.parameters import ParametersError, topic_functions
from flinksql.testing.reading import Test

PLATFORM_VALUES: Mapping[str, str] = {
    "kafka_bootstrap": "127.0.0.1:9092",
    "topic_prefix": "",
    JOB_NAME: "test/statement",
    "kafka_max_record_bytes": "1048576",
    "model_endpoint": "http://127.0.0.1:9/v1/chat/completions",
    "model_name": "test-model",
    "delivery_guarantee": "at-least-once",
    "prompt_version": "00000000",
    "schema_registry_url": "http://127.0.0.1:9",
}
"""What a platform gives every bundle. A test's result does not depend on the stack."""
ONE_PARTITION = 1


@dataclass(kw_only=True)
class BundleReader:
    """Bundles by folder and parameters, each read once. Safe to share between threads.

    Jars of functions are copied into `jars_folder`, where the tests' Flink reads them; without one no function can name a jar.
    """

    root: Path
    jars_folder: Path | None = None
    _known: dict[tuple[Path, tuple[tuple[str, str], ...]], Bundle] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def fresh(self) -> "BundleReader":
        """Return a reader that has read nothing yet."""
        return BundleReader(root=self.root, jars_folder=self.jars_folder)

    def read(self, test: Test) -> Bundle:
        """Return the bundle of a test. Raises BundleError, or StatementError for parameters that it does not take."""
        given = {name: written(value) for name, value in test.case.parameters.items()}
        key = (test.bundle, tuple(sorted(given.items())))
        with self._lock:
            if key not in self._known:
                self._known[key] = self._read(test, given)
            return self._known[key]

    def _read(self, test: Test, given: Mapping[str, str]) -> Bundle:
        manifest = read_manifest(test.bundle, test.bundle.name)
        # A test may say what a computed parameter comes to: what the platform would give, or a case that the expression never gives here.
        fixed = {name: text for name, text in given.items() if name in PLATFORM_VALUES or _is_computed(manifest, name)}
        for name in fixed.keys() & manifest.parameters.keys():
            declared = manifest.parameters[name]
            value = parse(fixed[name], declared.type)
            if value is None or not conforms(declared, value):
                raise test.problem(f"{name}: it is {fixed[name][:60]!r} and must be {allowed_text(declared)}", "parameters", name)

        def partitions(topic: str) -> int:
            declared = manifest.topics.get(topic)
            return declared.partitions if declared and declared.partitions else ONE_PARTITION

        try:
            bundle = read_bundle(
                test.bundle,
                {**PLATFORM_VALUES, **fixed},
                self.root,
                given={name: text for name, text in given.items() if name not in fixed},
                functions=topic_functions(partitions),
                jar_address=jars_below(str(self.jars_folder)) if self.jars_folder else None,
            )
        except ParametersError as error:
            first = error.mistakes[0]
            raise test.problem(f"{first.name}: {first.message}", "parameters", first.name) from None
        if self.jars_folder:
            place_jars(bundle.jars, self.jars_folder)
        return bundle


def _is_computed(manifest: Manifest, name: str) -> bool:
    declared = manifest.parameters.get(name)
    return declared is not None and bool(declared.value)
