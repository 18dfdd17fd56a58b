"""A setting that is declared twice, read by nothing, or named wrongly does not pass `make lint`."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass as plain_dataclass
from pathlib import Path
from typing import ClassVar

import pytest
from pydantic.dataclasses import dataclass

from options.option import Options, declarations, option
from settings.keys import KEYS, DeclaredTwiceError, Key, found_keys
from settings.lint import problems
from settings.project import PROJECT_FOLDER
from settings.usage import unread

COPIED = (
    "Pulumi.yaml",
    "docs/reference/settings.md",
    "README.md",
    "console/project.py",
    "components/errors.py",
    "platforms/pipeline.py",
    "modelgateway/arguments.py",
)


@dataclass(frozen=True, kw_only=True)
class Broker(Options):
    noun: ClassVar[str] = "broker"

    memory: int = option(1, "memory", low=1, high=2)
    threads: int = option(1, "threads", low=1, high=2)


def keys_of_broker() -> dict[str, Key]:
    return {one.key: Key(declared=one, path=("broker", name)) for name, one in declarations(Broker).items()}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Return a copy of those files in which a fault is made."""
    for name in COPIED:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(PROJECT_FOLDER / name, tmp_path / name)
    return tmp_path


def edited(file: str, old: str, new: str) -> Callable[[Path], None]:
    def edit(root: Path) -> None:
        text = (root / file).read_text(encoding="utf-8")
        assert old in text
        (root / file).write_text(text.replace(old, new), encoding="utf-8")

    return edit


def added(file: str, text: str) -> Callable[[Path], None]:
    def add(root: Path) -> None:
        with (root / file).open("a", encoding="utf-8") as stream:
            stream.write(text)

    return add


def test_the_program_as_it_is_passes() -> None:
    assert problems() == []


def test_two_fields_of_one_key_are_refused() -> None:
    @dataclass(frozen=True, kw_only=True)
    class Twice(Options):
        memory: int = option(1, "memory", low=1, high=2, key="broker.memory")
        size: int = option(2, "memory", low=1, high=2, key="broker.memory")

    with pytest.raises(DeclaredTwiceError, match=r"broker\.memory is declared twice: memory and size"):
        found_keys(Twice)


def test_a_noun_whose_values_nothing_would_check_is_refused() -> None:
    @plain_dataclass(frozen=True, kw_only=True)
    class Unchecked(Options):
        memory: int = option(1, "memory", low=1, high=2)

    with pytest.raises(TypeError, match="Unchecked is no dataclass of pydantic's"):
        found_keys(Unchecked)


@pytest.mark.parametrize(
    ("change", "found"),
    [
        pytest.param(edited("Pulumi.yaml", 'default: "1Gi"', 'default: "2Gi"'), "Pulumi.yaml differs", id="a default by hand"),
        pytest.param(
            added("console/project.py", '\nMEMORY = {}.get("kafka.memory", "1Gi")\n'),
            "declares kafka.memory a second time",
            id="a key looked up beside the settings",
        ),
        pytest.param(
            added("components/errors.py", '\nDEFAULTS = {"kafka.memory": "1Gi"}\n'),
            "components/errors.py:",
            id="a second table of settings",
        ),
        pytest.param(
            edited("platforms/pipeline.py", "pulumi config set flink.taskSlots", "pulumi config set flink.slots"),
            "names the setting flink.slots, which is not declared",
            id="advice that names no setting",
        ),
        pytest.param(
            added("README.md", "\nRun `pulumi config set kafka.mem 2Gi`.\n"),
            "names the setting kafka.mem, which is not declared",
            id="a document that names no setting",
        ),
        pytest.param(
            edited("modelgateway/arguments.py", '    add("--kind"', '    add("--left-over", default="")\n    add("--kind"'),
            "has the option --left-over, and nothing gives it",
            id="an option that nothing reaches",
        ),
        pytest.param(
            edited("modelgateway/arguments.py", '    add("--budget-policy"', '    add("--policy"'),
            "has no option --budget-policy",
            id="an option that is passed on to nothing",
        ),
    ],
)
def test_each_fault_is_named(change: Callable[[Path], None], found: str, copy: Path) -> None:
    before = problems(copy)
    assert not any(found in problem for problem in before)
    change(copy)
    assert any(found in problem for problem in problems(copy))


def test_a_setting_that_nothing_reads_is_named() -> None:
    told = [f"{key} is declared and nothing reads {key}: use it or remove it" for key in ("broker.memory", "broker.threads")]
    assert problems(PROJECT_FOLDER, {**KEYS, **keys_of_broker()}) == told


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("size = project.settings.broker.memory", id="a chain"),
        pytest.param("def f(settings):\n    broker = settings.broker\n    return broker.memory", id="a variable of its name"),
        pytest.param("def f(settings):\n    one = settings.broker\n    return one.memory", id="a variable"),
        pytest.param("def f(settings):\n    one, two = settings.broker, 2\n    return one.memory", id="two variables"),
        pytest.param("def f(one: Broker) -> int:\n    return one.memory", id="an annotated parameter"),
        pytest.param("def f(one: 'x', *, other: Broker | None) -> int:\n    return other.memory", id="an optional one"),
        pytest.param("class Broker:\n    def f(self):\n        return self.memory", id="the noun's own method"),
        pytest.param("class Reader:\n    def f(self):\n        return self._broker.memory", id="an attribute"),
    ],
)
def test_each_way_to_read_a_setting_counts(text: str, tmp_path: Path) -> None:
    (tmp_path / "reader.py").write_text(f"# settings\n{text}\n", encoding="utf-8")
    assert unread(keys_of_broker(), tmp_path) == ["broker.threads"]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("def f(settings):\n    return settings.memory", id="of something else"),
        pytest.param("def f(settings):\n    return settings.server.memory", id="of another noun"),
        pytest.param("def f(one: Broker):\n    pass\ndef g(one):\n    return one.memory", id="in another function"),
        pytest.param("'settings.broker.memory'", id="in a text"),
    ],
)
def test_what_is_no_reading_of_it_does_not_count(text: str, tmp_path: Path) -> None:
    (tmp_path / "reader.py").write_text(f"# settings\n{text}\n", encoding="utf-8")
    assert unread(keys_of_broker(), tmp_path) == ["broker.memory", "broker.threads"]


def test_each_declared_setting_is_missed_when_the_program_is_empty(tmp_path: Path) -> None:
    (tmp_path / "empty.py").write_text("", encoding="utf-8")
    assert unread(KEYS, tmp_path) == list(KEYS)
