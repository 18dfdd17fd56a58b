"""No module imports itself by way of others, for type checkers neither: each can be read after what it needs."""

import tomllib
from graphlib import CycleError, TopologicalSorter

import grimp
import pytest

from tests.support.project import REPOSITORY

PACKAGES = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["root_packages"]

CALLED_BACK = {("console.project", "console.hosting"), ("console.project", "console.secrets")}
"""Imports within a method: a project's settings may need another stack's state or the CLI, which are found by the project."""


def test_no_module_imports_itself_by_way_of_others() -> None:
    graph = grimp.build_graph(*PACKAGES, cache_dir=None)
    for importer, imported in CALLED_BACK:
        graph.remove_import(importer=importer, imported=imported)
    imports = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    assert len(imports) > len(PACKAGES)
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(reversed(error.args[1])))
