"""A bundle's manifest, `bundle.yaml`: what its SQL files cannot say. It is optional."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from flinksql.errors import BundleError, StatementError
from flinksql.statement import Position

FILE = "bundle.yaml"


def _as_kafka_writes_it(value: object) -> object:
    """YAML reads `true` and `604800000` as what they are; Kafka's own tool takes texts."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else value


class TopicManifest(BaseModel):
    """What holds for one topic. `config` has Kafka's own keys, such as `retention.ms`; `replication` of 0 is the stack's setting."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    config: Mapping[str, Annotated[str, BeforeValidator(_as_kafka_writes_it)]] = {}
    replication: Annotated[int, Field(ge=0, le=100)] = 0


class PromptManifest(BaseModel):
    """Files of a prompt, relative to the bundle's folder. A schema is optional."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: str
    json_schema: str = Field(default="", alias="schema")


class Manifest(BaseModel):
    """The whole file. `topics` is by name; a topic that is not named has the broker's defaults. `prompts` are `${prompt_NAME}` in SQL."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    topics: Mapping[str, TopicManifest] = {}
    prompts: Mapping[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")], PromptManifest] = {}


def read_manifest(folder: Path, shown_folder: str) -> Manifest:
    """Read a bundle's manifest; an empty one when there is no file. Raises BundleError with the place of each mistake."""
    shown = f"{shown_folder}/{FILE}"
    try:
        text = (folder / FILE).read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return Manifest()
    except (OSError, UnicodeDecodeError) as error:
        raise BundleError([_problem(f"the manifest cannot be read: {error}", shown)]) from None
    try:
        content, nodes = yaml.safe_load(text), yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        raise BundleError([_problem(f"the manifest is not YAML: {error.problem}", shown, error.problem_mark)]) from None
    except yaml.YAMLError as error:
        raise BundleError([_problem(f"the manifest is not YAML: {error}", shown)]) from None
    try:
        return Manifest.model_validate(content or {})
    except ValidationError as error:
        raise BundleError([_mistake(one["loc"], one["msg"], shown, nodes) for one in error.errors()]) from None


def unknown_topics(manifest: Manifest, topics: tuple[str, ...], shown_folder: str) -> list[StatementError]:
    """Return a problem for each topic of the manifest that no table of the bundle lies on."""
    known = ", ".join(topics) or "none"
    return [
        _problem(f"topics.{name}: no table of the bundle lies on this topic. Its topics: {known}", f"{shown_folder}/{FILE}")
        for name in sorted(manifest.topics)
        if name not in topics
    ]


def manifest_problem(folder: Path, shown_folder: str, where: tuple[int | str, ...], message: str) -> StatementError:
    """Return the error that says `message` at a key of a bundle's manifest, which can be read."""
    nodes = yaml.compose((folder / FILE).read_text(encoding="utf-8-sig"), Loader=yaml.SafeLoader)
    return _problem(message, f"{shown_folder}/{FILE}", mark_of(nodes, where))


def _mistake(where: tuple[int | str, ...], message: str, shown: str, nodes: yaml.Node | None) -> StatementError:
    path = ".".join(str(part) for part in where)
    plain = {"Extra inputs are not permitted": "there is no such key here"}.get(message, message)
    return _problem(f"{path}: {plain}" if path else plain, shown, mark_of(nodes, where))


def mark_of(node: yaml.Node | None, where: tuple[int | str, ...]) -> yaml.Mark | None:
    """Return the mark of the deepest key, or member of a list, on the way to `where`."""
    mark = node.start_mark if node is not None else None
    for part in where:
        if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            mark = node.start_mark
            continue
        if not isinstance(node, yaml.MappingNode):
            break
        found = next(((key, value) for key, value in node.value if key.value == str(part)), None)
        if found is None:
            break
        mark, node = found[0].start_mark, found[1]
    return mark


def _problem(message: str, shown: str, mark: yaml.Mark | None = None) -> StatementError:
    line, column = (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
    return StatementError(message, position=Position(file=shown, line=line, column=column))
