"""What lies in the folder of savepoints, and what may be said of what does not."""

from pathlib import Path

import pytest

from flinksql.savepoints import Presence, SavepointFolder, WrittenSavepoint, read_savepoint_folder, savepoint_folder

NAME = "savepoint-ab12cd-01"
ROOT = "file:/data/savepoints"
FOLDER = savepoint_folder(
    [WrittenSavepoint(name=NAME, modified=1.0), WrittenSavepoint(name=f"{NAME}ff", modified=1.0, is_complete=False)], ROOT
)


@pytest.mark.parametrize(
    ("folder", "path", "presence"),
    [
        pytest.param(FOLDER, f"{ROOT}/{NAME}", Presence.THERE, id="there"),
        pytest.param(FOLDER, f"file:///data/savepoints/{NAME}/", Presence.THERE, id="in another spelling"),
        pytest.param(FOLDER, f"s3://elsewhere/{NAME}", Presence.THERE, id="under another root, by its random digits"),
        pytest.param(FOLDER, f"{ROOT}/{NAME}00", Presence.GONE, id="not in the folder"),
        pytest.param(FOLDER, f"{ROOT}/{NAME}ff", Presence.GONE, id="half of it"),
        pytest.param(FOLDER, f"s3://elsewhere/{NAME}00", Presence.UNKNOWN, id="in another folder"),
        pytest.param(FOLDER, f"{ROOT}/chk-7", Presence.UNKNOWN, id="a checkpoint"),
        pytest.param(SavepointFolder(), f"{ROOT}/{NAME}", Presence.UNKNOWN, id="a folder whose root is not known"),
        pytest.param(SavepointFolder(root=ROOT), f"{ROOT}/{NAME}", Presence.GONE, id="an empty folder"),
    ],
)
def test_gone_is_said_only_of_what_would_lie_in_this_folder(folder: SavepointFolder, path: str, presence: Presence) -> None:
    assert folder.presence(path) is presence


def test_a_folder_is_read_with_sizes_and_without_what_is_no_savepoint(tmp_path: Path) -> None:
    root = tmp_path / "savepoints"
    for name, metadata in ((NAME, True), ("savepoint-ffffff-02", False), ("something", True)):
        (root / name).mkdir(parents=True)
        (root / name / "data").write_bytes(b"12345")
        if metadata:
            (root / name / "_metadata").write_bytes(b"123")
    found = read_savepoint_folder(root, f"file:{root}")
    assert found is not None
    assert {name: (one.bytes, one.is_complete) for name, one in found.written.items()} == {
        NAME: (8, True),
        "savepoint-ffffff-02": (5, False),
    }
    assert found.uri(NAME) == f"file:{root}/{NAME}"


def test_a_folder_that_was_never_made_has_nothing_and_one_that_is_not_mounted_is_not_known(tmp_path: Path) -> None:
    assert read_savepoint_folder(tmp_path / "savepoints", "file:/a") == SavepointFolder(root="file:/a")
    assert read_savepoint_folder(tmp_path / "mount" / "savepoints", "file:/a") is None
