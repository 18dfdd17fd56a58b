"""The key of the model's server, and what is made up for AKHQ: they are secrets wherever Pulumi sees them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.program.kubernetes_declaration import declare
from tests.program.recorder import Declaration

KEY = "sk-s3cr3t"
MARK = "4dabf18193072939515e22adb298388d"
"""The key that marks a secret on Pulumi's wire."""


@pytest.fixture
def declaration(tmp_path: Path) -> Declaration:
    return declare("prod", tmp_path, {"model.apiKey": KEY}, concealed=("model.apiKey",))


def in_the_open(value: object) -> Iterator[str]:
    """Yield every text that is not inside a secret."""
    if isinstance(value, dict):
        if MARK not in value:
            for part in value.values():
                yield from in_the_open(part)
    elif isinstance(value, list):
        for part in value:
            yield from in_the_open(part)
    elif isinstance(value, str):
        yield value


def test_the_key_is_in_one_secret_and_nowhere_in_the_open(declaration: Declaration) -> None:
    holders = [one for one in declaration.resources.values() if KEY in repr(one.inputs)]
    assert [(one.type, one.name) for one in holders] == [("kubernetes:core/v1:Secret", "model-gateway")]
    assert all(KEY not in text for one in declaration.resources.values() for text in in_the_open(one.inputs))
    assert KEY not in repr(declaration.outputs)


def test_akhqs_password_and_signing_secret_are_secrets(declaration: Declaration) -> None:
    secret = declaration.of_type("core/v1:Secret")["akhq"].inputs
    assert "AKHQ_READER_PASSWORD_SHA256" in repr(secret["stringData"])
    assert list(in_the_open(secret["stringData"])) == []


def test_akhqs_login_can_be_read_by_who_may_read_secrets(declaration: Declaration) -> None:
    assert declaration.outputs["logins"]["akhq"].keys() == {"reader"}
    assert declaration.secret_outputs == {"logins"}


def test_an_open_akhq_has_no_login(tmp_path: Path) -> None:
    open_to_all = declare("dev", tmp_path)
    assert open_to_all.outputs["logins"] == {}
    assert open_to_all.secret_outputs == set()


def test_a_key_that_is_not_set_makes_no_secret(tmp_path: Path) -> None:
    assert "model-gateway" not in declare("prod", tmp_path).of_type("core/v1:Secret")
