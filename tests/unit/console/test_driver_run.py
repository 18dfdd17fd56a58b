"""Runs of the driver on the real CLI that nobody disturbs."""

from console.exit_codes import ExitCode
from tests.unit.console.tiny_project import REPOSITORY, Tiny

STACK_FILE = "Pulumi.local.yaml"


def test_up_creates_all_and_shows_what_a_resource_waited_for(tiny: Tiny) -> None:
    ended = tiny.run("up")
    assert ended.code == 0, ended.lines
    assert tiny.made() == ["first", "last", "second"]
    assert ended.result["rows"]["last"] == ["create", "done", ["first"]]
    assert ended.result["outputs"] == {"schemaVersion": 1}
    assert ended.result["warnings"] == []


def test_a_second_up_changes_nothing(tiny: Tiny) -> None:
    tiny.run("up")
    ended = tiny.run("up")
    assert ended.result["changes"] == {"same": 4}
    assert {state for _, state, _ in ended.result["rows"].values()} == {"unchanged"}


def test_preview_says_what_would_be_made_and_makes_nothing(tiny: Tiny) -> None:
    ended = tiny.run("preview")
    assert ended.result["changes"] == {"create": 4}
    assert tiny.made() == []


def test_the_project_files_stay_byte_for_byte(tiny: Tiny) -> None:
    for action in ("up", "destroy", "forget", "up"):
        tiny.run(action)
        for name in (STACK_FILE, "Pulumi.yaml"):
            assert (tiny.root / name).read_bytes() == (REPOSITORY / "tests/unit/console/tiny" / name).read_bytes(), (action, name)


def test_a_users_mistake_is_one_clean_error(tiny: Tiny) -> None:
    ended = tiny.run("up", TINY_MISTAKE="user")
    assert ended.result["errors"] == [["", "sql/reviews/a.sql:3:7: unknown table b. Did you mean c?"]]
    assert "Traceback" not in "\n".join(ended.lines)


def test_a_defect_of_ours_goes_to_the_log_with_its_traceback(tiny: Tiny) -> None:
    ended = tiny.run("up", TINY_MISTAKE="defect")
    log = tiny.root / ".data" / "logs" / "console.log"
    assert ended.result["errors"] == [["", f"this is a bug in the program: KeyError: 'nowhere' (details in {log})"]]
    assert "Traceback" in log.read_text()


def test_a_failed_resource_is_named_with_its_own_words_only(tiny: Tiny) -> None:
    ended = tiny.run("up", TINY_BROKEN="first")
    assert ended.code == 1
    assert ended.result["errors"] == [["first", "first cannot be made: the first is broken. Mend it first"]]
    assert ended.result["rows"]["first"][1] == "failed"
    assert ended.result["rows"]["last"] == ["", "waiting", ["first"]]


def test_up_goes_on_where_a_failed_run_stopped(tiny: Tiny) -> None:
    tiny.run("up", TINY_BROKEN="last")
    ended = tiny.run("up")
    assert ended.code == 0, ended.lines
    assert ended.result["changes"] == {"create": 1, "same": 3}


def test_a_second_run_beside_a_living_one_is_refused(tiny: Tiny) -> None:
    tiny.hold_creations()
    first = tiny.start_and_hold()
    refused = tiny.run("up")
    assert refused.code == ExitCode.LOCKED
    assert "another run works on this stack" in refused.result["refused"]
    tiny.let_creations_finish()
    assert tiny.end(first).code == 0


def test_destroy_removes_all_and_forget_removes_the_stack(tiny: Tiny) -> None:
    tiny.run("up")
    assert tiny.run("destroy").result["changes"] == {"delete": 4}
    assert tiny.made() == []
    tiny.run("forget")
    assert not list((tiny.root / ".state/.pulumi/stacks").rglob("local.json"))
