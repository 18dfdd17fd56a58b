"""What git says a branch changes, in a repository made for it."""

import subprocess
from pathlib import Path

import pytest

from console.comment.sql_diff import FileDiff, changed_files
from console.errors import ConsoleError


def git(folder: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=A", "-c", "user.email=a@example.com", "-c", "init.defaultBranch=main", "-c", "commit.gpgsign=false")
    subprocess.run(("git", *identity, *arguments), cwd=folder, check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    (tmp_path / "sql").mkdir()
    (tmp_path / "sql" / "kept.sql").write_text("SELECT 1\nFROM a\n", encoding="utf-8")
    (tmp_path / "sql" / "gone.sql").write_text("a\nb\nc\n", encoding="utf-8")
    (tmp_path / "sql" / "old name.sql").write_text("".join(f"line {n}\n" for n in range(20)), encoding="utf-8")
    (tmp_path / "other.txt").write_text("x\n", encoding="utf-8")
    git(tmp_path, "init")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-m", "first")
    git(tmp_path, "checkout", "-b", "branch")
    return tmp_path


def test_nothing_changed(repository: Path) -> None:
    assert changed_files(repository, "main", [repository / "sql"]) == []


def test_changed_new_removed_renamed_and_binary_files(repository: Path) -> None:
    sql = repository / "sql"
    (sql / "kept.sql").write_text("SELECT 2\nFROM a\n--- x\n", encoding="utf-8")
    (sql / "gone.sql").unlink()
    (sql / "old name.sql").rename(sql / "größe.sql")
    (sql / "data.bin").write_bytes(b"\x00\x01")
    (repository / "other.txt").write_text("y\n", encoding="utf-8")
    git(repository, "add", ".")
    git(repository, "commit", "-m", "second")
    (sql / "kept.sql").write_text("SELECT 3\nFROM a\n--- x\n", encoding="utf-8")
    found = {one.path: one for one in changed_files(repository, "main", [sql])}
    assert sorted(found) == ["sql/data.bin", "sql/gone.sql", "sql/größe.sql", "sql/kept.sql"]
    assert found["sql/kept.sql"] == FileDiff(path="sql/kept.sql", text="@@ -1,2 +1,3 @@\n-SELECT 1\n+SELECT 3\n FROM a\n+--- x")
    assert (found["sql/kept.sql"].added, found["sql/kept.sql"].removed) == (2, 1)
    assert (found["sql/gone.sql"].removed, found["sql/größe.sql"].text, found["sql/data.bin"].text) == (3, "", "")


def test_what_was_merged_into_the_base_since_is_not_the_branchs(repository: Path) -> None:
    git(repository, "checkout", "main")
    (repository / "sql" / "kept.sql").write_text("SELECT 9\n", encoding="utf-8")
    git(repository, "commit", "-am", "of others")
    git(repository, "checkout", "branch")
    assert changed_files(repository, "main", [repository / "sql"]) == []


@pytest.mark.parametrize("base", ["nowhere", "--output=/tmp/x", ""])
def test_a_base_that_is_none_is_an_error_without_a_traceback(repository: Path, base: str) -> None:
    with pytest.raises(ConsoleError):
        changed_files(repository, base, [repository / "sql"])


def test_a_folder_without_a_repository_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConsoleError, match="`git merge-base` failed"):
        changed_files(tmp_path, "main", [tmp_path])


def test_without_git_it_is_said(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(repository))
    with pytest.raises(ConsoleError, match="there is no `git` on PATH"):
        changed_files(repository, "main", [repository / "sql"])
