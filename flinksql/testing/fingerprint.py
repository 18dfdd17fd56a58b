"""What a test's outcome depends on, as one digest: with the same digest it need not be run again."""

import json
from functools import cache
from pathlib import Path

from flinksql.sql import Bundle, secret_names
from flinksql.sql.identity import digest
from flinksql.statements.script import script_of
from flinksql.testing.reading import Test

_PACKAGE = Path(__file__).parents[1]
_JOB_NAME = "test/statement"


def fingerprint(test: Test, bundle: Bundle, flink: str) -> str:
    """Return 64 hexadecimal digits over the statements under test with all below them, the test, its files of rows, and who runs it.

    `flink` names the Flink that runs tests. This package counts too: another version may compare otherwise. Raises StatementError for
    rows that cannot be read, PermanentError for a statement that the bundle does not have.
    """
    case = test.case
    named = [*(one.file for one in case.given.values()), *(one.file for one in case.expect.values())]
    files = sorted({one for one in named if one})
    return digest(
        [
            [_statement(bundle, name) for name in case.statement],
            case.model_dump(mode="json"),
            [[name, _file(test.file.parent / name)] for name in files],
            flink,
            _own_version(),
        ]
    )


def _statement(bundle: Bundle, name: str) -> list[object]:
    """Return a statement as it is sent: unlike a definition's hash it keeps comments, which may be hints."""
    definition = bundle.definition(name, _JOB_NAME)
    secrets = {secret: "secret" for one in (*definition.closure, definition.statement) for secret in secret_names(one.text)}
    script = script_of(definition, secrets)
    sent = [step.rendered.sql for step in (*script.closure, script.target)]
    return [sent, json.loads(json.dumps(dict(definition.options), sort_keys=True))]


def _file(file: Path) -> str:
    try:
        return digest([file.read_bytes().hex()])
    except OSError:
        return "missing"


@cache
def _own_version() -> str:
    files = sorted(_PACKAGE.rglob("*.py"))
    return digest([[one.relative_to(_PACKAGE).as_posix(), one.read_text(encoding="utf-8")] for one in files])
