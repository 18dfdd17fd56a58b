"""Write mutants of modules in place, in a copy of the tree: `python write_mutants.py MUTANTS.json FILE...`, by mutmut's own Python.

MUTANTS.json says of each mutant which function it changes, in which lines, and whether it changes nothing but texts.
"""

import ast
import difflib
import json
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from mutmut.mutation.file_mutation import mutate_file_contents  # type: ignore[import-not-found]

NUMBER = re.compile(r"__mutmut_\d+$")
Function = ast.FunctionDef | ast.AsyncFunctionDef


class _WithoutTexts(ast.NodeTransformer):
    def visit_Constant(self, node: ast.Constant) -> ast.Constant:
        return ast.Constant("") if isinstance(node.value, str) else node


def main(listing: Path, files: Sequence[str]) -> None:
    """Write the mutants of all files, and what each of them is."""
    mutants: dict[str, object] = {}
    for name in files:
        path = Path(name)
        made = mutate_file_contents(name, path.read_text(encoding="utf-8"))
        if not made.mutant_names:
            continue
        module = name.removesuffix(".py").replace("/", ".").removesuffix(".__init__")
        functions = {one.name: one for one in _functions(ast.parse(made.code).body)}
        for full_name in made.mutant_names:
            mutant = full_name.rpartition(".")[2]
            function = NUMBER.sub("", mutant)
            before, after = _plain(functions[f"{function}__mutmut_orig"]), _plain(functions[mutant])
            mutants[f"{module}.{mutant}"] = {
                "function": f"{module}.{function}",
                "is_text": _without_texts(before) == _without_texts(after),
                "lines": list(difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0))[2:],
            }
        path.write_text(made.code, encoding="utf-8")
    listing.write_text(json.dumps(mutants), encoding="utf-8")


def _functions(body: Sequence[ast.stmt]) -> Iterator[Function]:
    for node in body:
        if isinstance(node, Function):
            yield node
        elif isinstance(node, ast.ClassDef):
            yield from _functions(node.body)


def _plain(function: Function) -> str:
    """Return the function's source under a name that all its mutants share."""
    function.name = "function"
    return ast.unparse(function)


def _without_texts(source: str) -> str:
    return ast.dump(_WithoutTexts().visit(ast.parse(source)))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
