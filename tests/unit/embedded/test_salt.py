"""The salt of the job ids: one for each data folder, and the same for ever."""

from pathlib import Path

from embedded.data_folder import DataFolder
from embedded.job_id_salt import read_salt


def test_a_salt_is_made_once_and_only_for_who_changes_something(tmp_path: Path) -> None:
    folder = DataFolder(root=tmp_path / "data")
    assert read_salt(folder) == ""
    assert not folder.root.exists(), "a preview writes nothing"
    made = read_salt(folder, make=True)
    assert len(made) == 32
    assert read_salt(folder) == made
    assert read_salt(DataFolder(root=folder.root), make=True) == made
    assert folder.salt.stat().st_mode & 0o777 == 0o600


def test_two_data_folders_have_different_ones(tmp_path: Path) -> None:
    one, other = (read_salt(DataFolder(root=tmp_path / name), make=True) for name in ("one", "other"))
    assert one != other
