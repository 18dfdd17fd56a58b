"""Coverage as one page that needs nothing else: the SQL with its branches beside each line, in light and dark."""

from collections.abc import Mapping, Sequence
from html import escape

from flinksql.testing.coverage.branches import Branch
from flinksql.testing.coverage.counting import Coverage
from flinksql.testing.coverage.report import Statements, figures

_STATES = {True: ("covered", "rows"), False: ("missed", "no row"), None: ("unknown", "unknown")}
_STYLE = """
:root { color-scheme: light dark; --page: #ffffff; --text: #1f2328; --quiet: #59636e; --line: #d1d9e0; --code: #f6f8fa;
  --covered: #1a7f37; --covered-back: #dafbe1; --missed: #b42318; --missed-back: #ffe3e0; --unknown: #7a5200; --unknown-back: #fff3c4; }
@media (prefers-color-scheme: dark) { :root { --page: #0d1117; --text: #e6edf3; --quiet: #9198a1; --line: #30363d; --code: #151b23;
  --covered: #57d177; --covered-back: #12321c; --missed: #ff8b80; --missed-back: #4a1713; --unknown: #e9c25a; --unknown-back: #3a2d09; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem; max-width: 78rem; background: var(--page); color: var(--text);
  font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.5rem; margin: 0 0 .25rem; } h2 { font-size: 1.05rem; margin: 0; font-family: ui-monospace, monospace; }
p { margin: .25rem 0 1rem; color: var(--quiet); }
table { border-collapse: collapse; width: 100%; } th { text-align: left; color: var(--quiet); font-weight: 500; }
.list td, .list th { padding: .3rem .8rem .3rem 0; border-bottom: 1px solid var(--line); } .number { text-align: right; }
a { color: inherit; } section { margin-top: 2rem; border: 1px solid var(--line); border-radius: 8px; overflow: hidden; }
header { display: flex; justify-content: space-between; gap: 1rem; padding: .6rem 1rem; flex-wrap: wrap;
  border-bottom: 1px solid var(--line); }
.scroll { overflow-x: auto; background: var(--code); }
.sql td { padding: 0 .75rem; vertical-align: top; font: 13px/1.6 ui-monospace, monospace; }
.sql .n { color: var(--quiet); text-align: right; user-select: none; width: 1%; }
.sql pre { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; font: inherit; min-width: 22rem; }
.sql .b { width: 38%; padding-block: .1rem; }
.branch { display: block; border-radius: 4px; padding: 0 .45rem; margin: .1rem 0; overflow-wrap: anywhere;
  font: 12px/1.6 system-ui, sans-serif; }
.covered { color: var(--covered); background: var(--covered-back); } .missed { color: var(--missed); background: var(--missed-back); }
.unknown { color: var(--unknown); background: var(--unknown-back); } .branch small { opacity: .85; font-size: inherit; }
"""


def page(coverage: Coverage, statements: Statements, texts: Mapping[str, str], title: str) -> str:
    """Return the page. `texts` are the files by the names that branches have."""
    by_file: dict[str, list[Branch]] = {name: [] for name in texts}
    for branch in coverage.branches:
        by_file.setdefault(branch.position.file, []).append(branch)
    counted = figures(coverage)
    tested = len(statements.tests) - len(statements.untested)
    share = f"{counted.covered} of {counted.branches} branches had rows ({counted.share:.0%}), {counted.unknown} unknown"
    rows = "".join(_row(name, branches, coverage, number) for number, (name, branches) in enumerate(by_file.items()) if branches)
    untested = "".join(
        f'<tr><td>{escape(str(statements.places[name]))}</td><td colspan="4"><span class="branch missed">statement {escape(name)} '
        "has no test</span></td></tr>"
        for name in statements.untested
    )
    files = "".join(
        _file(name, texts.get(name, ""), branches, coverage, number) for number, (name, branches) in enumerate(by_file.items()) if branches
    )
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body><h1>{escape(title)}</h1>"
        f"<p>{tested} of {len(statements.tests)} statements have tests. {share}. Rows were counted by running the tests.</p>"
        f'<table class="list"><thead><tr><th>file</th><th class="number">branches</th><th class="number">with rows</th>'
        f'<th class="number">no row</th><th class="number">unknown</th></tr></thead><tbody>{untested}{rows}</tbody></table>'
        f"{files}</body></html>\n"
    )


def _row(name: str, branches: Sequence[Branch], coverage: Coverage, number: int) -> str:
    counted = figures(coverage, branches)
    cells = "".join(f'<td class="number">{one}</td>' for one in (counted.branches, counted.covered, counted.missed, counted.unknown))
    return f'<tr><td><a href="#f{number}">{escape(name)}</a></td>{cells}</tr>'


def _file(name: str, text: str, branches: Sequence[Branch], coverage: Coverage, number: int) -> str:
    by_line: dict[int, list[Branch]] = {}
    for branch in branches:
        by_line.setdefault(branch.position.line, []).append(branch)
    counted = figures(coverage, branches)
    rows = "".join(
        f'<tr><td class="n">{line}</td><td><pre>{escape(code) or " "}</pre></td>'
        f'<td class="b">{"".join(_mark(one, coverage) for one in by_line.get(line, ()))}</td></tr>'
        for line, code in enumerate(text.rstrip("\n").split("\n"), start=1)
    )
    return (
        f'<section id="f{number}"><header><h2>{escape(name)}</h2><span>{counted.covered} of {counted.branches}</span></header>'
        f'<div class="scroll"><table class="sql">{rows}</table></div></section>'
    )


def _mark(branch: Branch, coverage: Coverage) -> str:
    state, word = _STATES[coverage.covered(branch)]
    told = f"{coverage.rows[branch]:,} {'row' if coverage.rows[branch] == 1 else 'rows'}" if state == "covered" else word
    reason = coverage.unknown[branch].splitlines()[0] if state == "unknown" else branch.text
    return (
        f'<span class="branch {state}" title="{escape(branch.text)}">{escape(branch.kind)} {escape(branch.side)}: {told} '
        f"<small>{escape(reason)}</small></span>"
    )
