"""Savepoints as files that people keep: their paths, the folder that they lie in, taking one of a running job, deleting one."""

from flinksql.savepoints.folder import Presence, SavepointFolder, WrittenSavepoint, read_savepoint_folder, savepoint_folder
from flinksql.savepoints.paths import canonical, folder_name, is_savepoint, is_written_by, savepoints_in
from flinksql.savepoints.requests import SavepointRequests, Taken

__all__ = [
    "Presence",
    "SavepointFolder",
    "SavepointRequests",
    "Taken",
    "WrittenSavepoint",
    "canonical",
    "folder_name",
    "is_savepoint",
    "is_written_by",
    "read_savepoint_folder",
    "savepoint_folder",
    "savepoints_in",
]
