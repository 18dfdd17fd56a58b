"""Prompts and schemas as files of a bundle: what SQL gets of them, and where each mistake is."""

import json
from pathlib import Path

import pytest

from flinksql.errors import BundleError
from flinksql.sql import definition_hash, read_bundle, table_options

MODEL = (
    "CREATE MODEL m INPUT (a STRING) OUTPUT (b STRING) WITH ('provider' = 'openai', 'endpoint' = 'http://h/v1/chat/completions',"
    " 'model' = 'x', 'api-key' = 'k', 'system-prompt' = '${prompt_one}')"
)
MANIFEST = "prompts:\n  one:\n    text: prompts/one.md\n    schema: prompts/one.schema.json\n"
SCHEMA = '{\n  "type": "object",\n  "properties": {\n    "ä": {"type": "string"}\n  }\n}\n'


def folder(tmp_path: Path, *, manifest: str = MANIFEST, text: str | None = "Be brief, it's late.\n", schema: str | None = SCHEMA) -> Path:
    place = tmp_path / "sql" / "mine"
    (place / "prompts").mkdir(parents=True)
    (place / "m.sql").write_text(MODEL, encoding="utf-8")
    (place / "bundle.yaml").write_text(manifest, encoding="utf-8")
    for name, content in (("one.md", text), ("one.schema.json", schema)):
        if content is not None:
            (place / "prompts" / name).write_text(content, encoding="utf-8")
    return place


def hashes(place: Path, root: Path) -> tuple[str, str]:
    bundle = read_bundle(place, {}, root)
    return definition_hash(bundle.definition("m", "job")), bundle.hash


def test_the_text_is_followed_by_its_schema_in_one_line(tmp_path: Path) -> None:
    bundle = read_bundle(folder(tmp_path), {}, tmp_path)
    prompt = table_options(bundle.entry("m").statement, bundle.values)["system-prompt"]
    assert prompt == 'Be brief, it\'s late.\nJSON schema: {"type":"object","properties":{"ä":{"type":"string"}}}'


def test_a_prompt_without_a_schema_is_its_text(tmp_path: Path) -> None:
    bundle = read_bundle(folder(tmp_path, manifest="prompts: {one: {text: prompts/one.md}}\n"), {}, tmp_path)
    assert bundle.prompts == {"prompt_one": "Be brief, it's late."}


@pytest.mark.parametrize(
    ("text", "schema", "same"),
    [
        pytest.param("Be long.", SCHEMA, False, id="another text"),
        pytest.param("Be brief, it's late.", SCHEMA.replace("string", "integer"), False, id="another schema"),
        pytest.param("\n  Be brief, it's late.\n\n", json.dumps(json.loads(SCHEMA)), True, id="another layout"),
    ],
)
def test_what_changes_the_prompt_changes_the_statement_and_the_bundle(tmp_path: Path, text: str, schema: str, same: bool) -> None:
    before = hashes(folder(tmp_path / "1"), tmp_path)
    after = hashes(folder(tmp_path / "2", text=text, schema=schema), tmp_path)
    assert [old == new for old, new in zip(before, after, strict=True)] == [same, same]


@pytest.mark.parametrize(
    ("files", "told"),
    [
        pytest.param({"text": None}, "bundle.yaml:3:5: prompts.one.text: prompts/one.md cannot be read: No such file", id="no text"),
        pytest.param({"schema": None}, "bundle.yaml:4:5: prompts.one.schema: prompts/one.schema.json cannot be read", id="no schema"),
        pytest.param({"text": " \n"}, "bundle.yaml:3:5: prompts.one.text: prompts/one.md is empty", id="empty text"),
        pytest.param({"text": "Use ${this}"}, "bundle.yaml:2:3: prompts.one: a prompt cannot hold a placeholder", id="a placeholder"),
        pytest.param(
            {"manifest": MANIFEST.replace("prompts/one.md", "../one.md")},
            "bundle.yaml:3:5: prompts.one.text: ../one.md lies outside",
            id="up",
        ),
        pytest.param(
            {"manifest": MANIFEST.replace("prompts/one.md", "/etc/hostname")},
            "bundle.yaml:3:5: prompts.one.text: /etc/hostname lies",
            id="root",
        ),
        pytest.param(
            {"manifest": MANIFEST + "  two:\n    text: prompts/one.md\n"}, "bundle.yaml:5:3: prompts.two: no statement reads", id="not used"
        ),
        pytest.param({"manifest": MANIFEST.replace("schema:", "shema:")}, "bundle.yaml:4:5: prompts.one.shema: there is", id="key"),
        pytest.param({"manifest": "prompts: {One: {text: x}}\n"}, "bundle.yaml:1:11: prompts.One", id="name"),
        pytest.param({"schema": '{"type": "object",\n}'}, "prompts/one.schema.json:2:1: the schema is not JSON", id="no JSON"),
        pytest.param({"schema": '{"type": "array"}'}, "one.schema.json:1:2: the schema must describe an object", id="a list"),
        pytest.param({"schema": '"text"'}, "one.schema.json:1:1: the schema must describe an object", id="a text"),
        pytest.param(
            {"schema": SCHEMA.replace('{"type": "string"}', '{"type": "text"}')},
            "one.schema.json:4:11: the schema is no JSON Schema (2020-12): 'text' is not valid",
            id="an unknown type",
        ),
        pytest.param(
            {"schema": '{"type": "object",\n\t"required": "ä"}'}, "one.schema.json:2:2: the schema is no JSON Schema", id="with a tab"
        ),
        pytest.param(
            {"schema": '{"type": "object", "allOf": [\n  {"$ref": "https://there/schema"}]}'},
            "one.schema.json:2:4: a schema cannot refer to what is elsewhere (https://there/schema)",
            id="a reference to another place",
        ),
    ],
)
def test_a_mistake_is_told_with_its_place_and_once(tmp_path: Path, files: dict[str, str | None], told: str) -> None:
    with pytest.raises(BundleError) as caught:
        read_bundle(folder(tmp_path, **files), {}, tmp_path)  # type: ignore[arg-type]  # each is a text or nothing
    assert f"sql/mine/{told}" in str(caught.value) or f"sql/mine/prompts/{told}" in str(caught.value)
    assert len(caught.value.problems) == 1 or "manifest" in files
