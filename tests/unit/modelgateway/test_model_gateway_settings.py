"""Arguments: what a gateway is started with, and that the key is never shown."""

from pathlib import Path

import pytest

from modelgateway.arguments import API_KEY_VARIABLE, FALLBACK_KEY_VARIABLE, parse_arguments
from modelgateway.errors import SettingsError
from modelgateway.settings import OLLAMA_BASE, ModelKind, Settings


def bases(settings: Settings) -> list[str]:
    return [upstream.base for upstream in settings.upstreams]


def keys(settings: Settings) -> list[str]:
    return [upstream.api_key for upstream in settings.upstreams]


def test_fallbacks_come_in_order_with_their_own_models_and_keys(tmp_path: Path) -> None:
    given = ["--kind", "openai", "--upstream", "http://a/v1", "--fallback", "http://b/v1", "--fallback", "http://c/v1"]
    environment = {API_KEY_VARIABLE: "sk-a", f"{FALLBACK_KEY_VARIABLE}_2": "sk-c"}
    own = ["--fallback-model", "small", "--fallback-key-file", key_file(tmp_path, "sk-b")]
    settings = parse_arguments([*given, *own], environment)
    assert bases(settings) == ["http://a/v1", "http://b/v1", "http://c/v1"]
    assert keys(settings) == ["sk-a", "sk-b", "sk-c"]
    assert [upstream.model for upstream in settings.upstreams] == ["", "small", ""]


def key_file(folder: Path, content: str, mode: int = 0o600) -> str:
    file = folder / "key"
    file.write_text(content)
    file.chmod(mode)
    return str(file)


def test_offline_needs_no_arguments() -> None:
    settings = parse_arguments([])
    assert (settings.kind, settings.host, settings.port, settings.upstreams) == (ModelKind.OFFLINE, "127.0.0.1", 19434, ())
    assert settings.ledger.file is None


def test_ollama_is_looked_for_on_this_machine_unless_told_otherwise() -> None:
    assert bases(parse_arguments(["--kind", "ollama"])) == [OLLAMA_BASE]
    assert bases(parse_arguments(["--kind", "ollama", "--upstream", "http://gpu:11434/v1/"])) == ["http://gpu:11434/v1"]


def test_the_key_is_read_from_its_file_and_never_shown(tmp_path: Path) -> None:
    settings = parse_arguments(
        ["--kind", "openai", "--upstream", "https://m.example/v1", "--api-key-file", key_file(tmp_path, "sk-hidden\n")]
    )
    assert settings.upstreams[0].api_key == "sk-hidden"
    assert "sk-hidden" not in repr(settings)


def test_the_key_is_read_from_the_environment_where_no_file_is_named(tmp_path: Path) -> None:
    environment = {API_KEY_VARIABLE: "sk-hidden\n"}
    assert keys(parse_arguments(["--kind", "ollama"], environment)) == ["sk-hidden"]
    assert keys(parse_arguments(["--kind", "ollama", "--api-key-file", key_file(tmp_path, "sk-file")], environment)) == ["sk-file"]


def test_an_unusable_key_in_the_environment_is_named_and_not_shown() -> None:
    with pytest.raises(SettingsError, match=f"{API_KEY_VARIABLE} holds no usable key") as caught:
        parse_arguments([], {API_KEY_VARIABLE: "hidd\x00en"})
    assert "hidd" not in str(caught.value)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        pytest.param(["--kind", "openai"], "needs --upstream", id="openai without upstream"),
        pytest.param(["--kind", "openai", "--upstream", "m.example/v1"], "not an http or https URL", id="no scheme"),
        pytest.param(["--kind", "openai", "--upstream", "ftp://m.example"], "not an http or https URL", id="wrong scheme"),
        pytest.param(["--kind", "openai", "--upstream", "http://m.example:port"], "not an http or https URL", id="no URL"),
        pytest.param(["--kind", "openai", "--upstream", "https://me:hidden@m.example/v1"], "--api-key-file", id="key in the URL"),
        pytest.param(["--model", " "], "--model is empty", id="empty model"),
        pytest.param(["--port", "70000"], "--port 70000", id="no port"),
        pytest.param(["--api-key-file", "/nowhere/key"], "No such file", id="no key file"),
        pytest.param(["--patience-seconds", "171"], "Flink restarts the job after 180", id="patience beyond Flink's"),
        pytest.param(["--attempt-seconds", "0"], "--attempt-seconds is 0", id="no time for a call"),
        pytest.param(["--tokens-per-day", "-1"], "--tokens-per-day is -1", id="a negative budget"),
        pytest.param(["--money-per-day", "1"], "needs prices", id="money without prices"),
        pytest.param(["--ca-file", "/nowhere/ca.pem"], "there is no such file", id="no CA file"),
        pytest.param(["--proxy", "proxy:3128"], "--proxy is not", id="a proxy without scheme"),
        pytest.param(["--kind", "ollama", "--fallback", "m.example"], "--fallback is not", id="a fallback without scheme"),
    ],
)
def test_a_wrong_argument_is_named_with_what_to_give_instead(arguments: list[str], told: str) -> None:
    with pytest.raises(SettingsError) as caught:
        parse_arguments(arguments)
    assert told in str(caught.value)
    assert "hidden" not in str(caught.value)


def test_an_empty_key_file_is_no_key(tmp_path: Path) -> None:
    assert keys(parse_arguments(["--kind", "ollama", "--api-key-file", key_file(tmp_path, "\n", 0o600)])) == [""]


@pytest.mark.parametrize(
    ("content", "mode", "told"),
    [
        pytest.param("sk-hidden", 0o644, "chmod 600", id="others can read it"),
        pytest.param("sk-hidden\nsecond", 0o600, "no usable key", id="two lines"),
        pytest.param("sk-hidden-ä", 0o600, "no usable key", id="not ASCII"),
    ],
)
def test_an_unfit_key_file_is_refused_without_showing_it(tmp_path: Path, content: str, mode: int, told: str) -> None:
    with pytest.raises(SettingsError) as caught:
        parse_arguments(["--api-key-file", key_file(tmp_path, content, mode)])
    assert told in str(caught.value)
    assert "hidden" not in str(caught.value)
