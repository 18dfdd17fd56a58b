"""What a stack says of a Flink that somebody else runs: every mistake at once, and no secret in any of them."""

from pathlib import Path

import pytest

from settings import SettingsError, parse_settings
from settings.keys import SECRETS
from settings.stack import PlatformKind

PLACES = {
    "platform": "external",
    "external.gatewayUrl": "https://flink.example.com/gateway",
    "external.jobManagerUrl": "https://flink.example.com/jobmanager",
    "external.kafkaBootstrap": "broker.example.com:9092",
}
HIDDEN = {"external.user": "orders", "external.password": "[secret]"}


def problems(**more: str) -> tuple[str, ...]:
    given = {**PLACES, **{key.replace("__", "."): value for key, value in more.items()}}
    try:
        parse_settings({key: value for key, value in given.items() if value != "-"}, concealed=SECRETS)
    except SettingsError as error:
        return error.problems
    return ()


def test_the_addresses_are_enough() -> None:
    assert problems() == ()
    settings = parse_settings({**PLACES, **HIDDEN})
    assert settings.platform is PlatformKind.EXTERNAL
    assert settings.external.user == "orders"


@pytest.mark.parametrize(
    ("more", "told"),
    [
        pytest.param({"external__gatewayUrl": "-"}, "external.gatewayUrl must be set", id="no gateway"),
        pytest.param(
            {"external__gatewayUrl": "-", "external__kafkaBootstrap": "-"},
            "external.gatewayUrl and external.kafkaBootstrap must be set",
            id="two are missing",
        ),
        pytest.param({"external__caFile": "/nowhere/ca.pem"}, "external.caFile is /nowhere/ca.pem: there is no such file", id="no file"),
        pytest.param({"metrics__enabled": "true"}, "who runs this Flink decides on its metrics", id="metrics of others"),
        pytest.param({"external__user": "orders"}, "pulumi config set --secret external.password", id="no password"),
        pytest.param({"external__password": "[secret]"}, "external.user is not", id="no user"),
        pytest.param({"external__user": "orders", "external__token": "[secret]"}, "are both set", id="two ways in"),
        pytest.param(
            {
                "external__gatewayUrl": "http://flink",
                "external__jobManagerUrl": "http://flink",
                "external__user": "o",
                "external__password": "[secret]",
            },
            "a password is sent to addresses with https:// only",
            id="in the clear",
        ),
        pytest.param(
            {"external__kafkaOptions": "sasl.password=hunter2"}, "external.kafkaOptions has sasl.password, which is a secret", id="sasl"
        ),
        pytest.param({"external__kafkaOptions": "ssl.key.password=hunter2"}, "--secret external.kafkaKeyPassword", id="key"),
        pytest.param({"external__kafkaOptions": "ssl.key.pem=hunter2"}, "has ssl.key.pem, which is a secret", id="a key itself"),
        pytest.param({"external__kafkaOptions": "nonsense"}, "external.kafkaOptions is 'nonsense'", id="no pairs"),
        pytest.param({"external__gatewayUrl": "flink:8083"}, "it must be a URL", id="no URL"),
        pytest.param({"external__gatewayUrl": "https://anna:hunter2@flink/x"}, "it must be a URL", id="a password in a URL"),
        pytest.param({"external__gatewayUrl": "https://flink/x?token=hunter2"}, "it must be a URL", id="a token in a URL"),
        pytest.param({"external__kafkaOptions": "sasl.password:hunter2"}, "external.kafkaOptions is", id="a password that is no pair"),
        pytest.param({"platform__stack": "platform"}, "it must be the full name of a stack", id="half a name"),
        pytest.param(
            {"platform__stack": "o/p/s", "external__gatewayUrl": "-"},
            "platform.stack is o/p/s: no such stack is up",
            id="a stack that says nothing",
        ),
    ],
)
def test_a_mistake_is_told_and_never_the_secret(more: dict[str, str], told: str) -> None:
    found = problems(**more)
    assert any(told in one for one in found), found
    assert "hunter2" not in "\n".join(found)


def test_files_that_hold_keys_are_no_secrets(tmp_path: Path) -> None:
    assert problems(external__kafkaOptions="ssl.ca.location=/ca.pem,ssl.key.location=/key.pem,security.protocol=SSL") == ()


def test_other_platforms_do_not_look_at_it() -> None:
    assert parse_settings({"external.user": "orders"}).platform is PlatformKind.EMBEDDED


def test_paths_are_absolute_and_belong_to_the_project(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("x", encoding="utf-8")
    given = {**PLACES, "external.caFile": "ca.pem", "external.plansFolder": "plans", "external.functionsFolder": "udfs"}
    settings = parse_settings(given, project_folder=tmp_path)
    assert (settings.external.ca_file, settings.external.plans_folder) == (str(tmp_path / "ca.pem"), str(tmp_path / "plans"))
    assert settings.external.functions_folder == str(tmp_path / "udfs")


def test_a_secret_is_read_when_it_is_used_and_shown_nowhere() -> None:
    asked: list[str] = []

    def secret(key: str) -> str:
        asked.append(key)
        return "hunter2"

    settings = parse_settings({**PLACES, **HIDDEN}, secret=secret)
    assert asked == []
    assert settings.secret("external.password") == "hunter2"
    assert "hunter2" not in repr(settings)


def test_a_folder_that_is_not_given_is_none_and_not_the_project(tmp_path: Path) -> None:
    """A folder in which state could be looked for, and is not, would let a job begin without any."""
    external = parse_settings(PLACES, project_folder=tmp_path).external
    folders = (external.plans_folder, external.checkpoints_folder, external.savepoints_folder)
    assert (folders, external.ca_file, external.client_certificate) == (("", "", ""), "", "")
