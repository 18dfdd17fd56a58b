"""Where the state of a stack lies: where a plain `pulumi` looks for it, so that both work on the same one."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import yaml

from console.driver.backend import file_backend
from console.project import Project

VARIABLE = "PULUMI_BACKEND_URL"
_FILE = "file://"
_DEFAULT = f"{_FILE}./.state"


def backend_url(project: Project, given: Mapping[str, str]) -> str:
    """Return the backend that the environment names, else that of Pulumi.yaml.

    A stack that an earlier version made in the data folder stays where it is.
    """
    if given.get(VARIABLE):
        return given[VARIABLE]
    former = former_backend_url(project)
    backend = file_backend(former, project.stack)
    return former if backend is not None and backend.exists() else _absolute(_of_project_file(project.root), project.root)


def former_backend_url(project: Project) -> str:
    """Return where earlier versions kept the state: in the data folder, which was called a cache."""
    return (project.data_folder / "state").as_uri()


def _of_project_file(root: Path) -> str:
    """Return `backend.url` of Pulumi.yaml. What is wrong with the file is the engine's to tell."""
    try:
        content = _parsed((root / "Pulumi.yaml").read_text(encoding="utf-8"))
        return str(content["backend"]["url"])
    except (OSError, ValueError, yaml.YAMLError, KeyError, TypeError):
        return _DEFAULT


@lru_cache(maxsize=1)
def _parsed(text: str) -> Any:  # noqa: ANN401  # whatever a person wrote
    """Read the file once in a command, by the parser in C: the other takes 30 ms each time, for the file declares every setting."""
    return yaml.load(text, Loader=yaml.CSafeLoader)


def _absolute(url: str, root: Path) -> str:
    """Return a folder's URL without what only Pulumi reads of it (`?create_dir=true`); other URLs as they are."""
    if not url.startswith(_FILE):
        return url
    path = Path(unquote(url.removeprefix(_FILE).partition("?")[0])).expanduser()
    return (root / path).resolve().as_uri()
