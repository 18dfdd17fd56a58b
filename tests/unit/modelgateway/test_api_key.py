"""A key that follows its file: the next request sends the new one, and no answer shows either."""

import os
from pathlib import Path

import pytest

from modelgateway.api_key import FollowedKey, read_key
from modelgateway.errors import SettingsError


@pytest.fixture
def file(tmp_path: Path) -> Path:
    found = tmp_path / "key"
    written(found, "sk-first")
    return found


def written(file: Path, text: str, mode: int = 0o600) -> None:
    """Replace the file as a mounted Secret and our own writer do it: another file takes its place."""
    other = file.with_suffix(".next")
    other.write_text(text)
    other.chmod(mode)
    other.replace(file)


def test_another_key_in_the_file_is_sent_from_then_on(file: Path) -> None:
    key = FollowedKey(key=read_key(file), file=file)
    assert key.now() == "sk-first"
    written(file, "sk-second\n")
    assert key.now() == "sk-second"
    assert key.known == {"sk-first", "sk-second"}
    assert "sk-" not in repr(key)


@pytest.mark.parametrize(
    ("text", "mode"),
    [
        pytest.param("sk-second", 0o644, id="others may read it"),
        pytest.param("two\nlines", 0o600, id="no key"),
    ],
)
def test_a_file_that_cannot_be_used_leaves_the_key_before_and_the_log_says_so_once(
    file: Path, text: str, mode: int, caplog: pytest.LogCaptureFixture
) -> None:
    key = FollowedKey(key=read_key(file), file=file)
    written(file, text, mode)
    assert (key.now(), key.now()) == ("sk-first", "sk-first")
    (record,) = caplog.records
    assert "The key before it stays in use." in record.getMessage()
    assert text not in record.getMessage()


def test_a_file_that_is_gone_for_a_moment_leaves_the_key_before(file: Path) -> None:
    key = FollowedKey(key=read_key(file), file=file)
    file.unlink()
    assert key.now() == "sk-first"
    written(file, "sk-second")
    assert key.now() == "sk-second"


def test_a_key_without_a_file_stays() -> None:
    assert FollowedKey(key="sk").now() == "sk"


def test_a_mounted_secret_may_be_read_by_the_group_of_the_pod(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Kubernetes gives its files to root and to the group of the pod, mode 0440."""
    file.chmod(0o440)
    with pytest.raises(SettingsError, match="chmod 600"):
        read_key(file)
    group = file.stat().st_gid
    monkeypatch.setattr(os, "geteuid", lambda: 10_001)
    monkeypatch.setattr(os, "getgroups", lambda: [group])
    assert read_key(file) == "sk-first"
    file.chmod(0o444)
    with pytest.raises(SettingsError, match="chmod 600"):
        read_key(file)
