"""`lint.names`: which names are refused, and that the product has none."""

from pathlib import Path

import pytest

from lint import names
from lint.names import LEFT, PHRASES, WORDS, banned, main

PROJECT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param("told", ["told"], id="a function"),
        pytest.param("_words_of", ["words"], id="a private function"),
        pytest.param("OldSide", ["side"], id="a class in camel case"),
        pytest.param("HTTPSide2", ["side"], id="an abbreviation and a number"),
        pytest.param("takes_over_job", ["takes_over"], id="words that are home-made together only"),
        pytest.param("password", [], id="a banned word within another"),
        pytest.param("inside", [], id="a banned word at the end of another"),
        pytest.param("takes_time_over", [], id="the words of a phrase apart"),
        pytest.param("describe", [], id="a word of the field"),
    ],
)
def test_banned_words_are_found_in_names(name: str, expected: list[str]) -> None:
    assert banned(name) == expected


@pytest.fixture(autouse=True)
def nothing_left(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    if "tmp_path" in request.fixturenames:
        monkeypatch.setattr(names, "LEFT", frozenset())


@pytest.mark.parametrize(
    ("file", "text", "expected"),
    [
        pytest.param("part/speech.py", "", "part/speech.py:1: speech: the word `speech`", id="a module"),
        pytest.param("part/companion/__init__.py", "", "part/companion/__init__.py:1: companion: the word `companion`", id="a package"),
        pytest.param("part/a.py", "\n\nclass Side:\n    pass\n", "part/a.py:3: Side: the word `side`", id="a class"),
        pytest.param("part/a.py", "class A:\n    async def told(self): ...\n", "part/a.py:2: told: the word `told`", id="a method"),
    ],
)
def test_a_home_made_name_fails_the_check(file: str, text: str, expected: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / file
    path.parent.mkdir(parents=True)
    path.write_text(text)
    assert main(tmp_path) == 1
    [line] = capsys.readouterr().out.splitlines()
    assert line.startswith(expected)
    assert " instead" in line


def test_a_name_that_is_left_passes_until_it_is_gone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(names, "LEFT", frozenset({"told"}))
    path = tmp_path / "part" / "a.py"
    path.parent.mkdir()
    path.write_text("def told(): ...\n")
    assert main(tmp_path) == 0
    path.write_text("def message(): ...\n")
    assert main(tmp_path) == 1
    assert "LEFT: no name `told` is left" in capsys.readouterr().out


def test_tests_and_hidden_folders_are_not_read(tmp_path: Path) -> None:
    for folder in ("tests", ".venv"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "speech.py").write_text("")
    assert main(tmp_path) == 0


def test_the_product_has_no_home_made_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(PROJECT) == 0, capsys.readouterr().out


def test_every_word_has_another_one() -> None:
    assert all({**WORDS, **PHRASES}.values())
    assert all(banned(name) for name in LEFT)
