"""What an evaluation shows: a table, the change since the last run, an HTML page with a confusion matrix."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from html import escape
from pathlib import Path
from typing import Any

from console.evaluation.scoring import NO_ANSWER, Figures, Score, confusion

ROWS = {
    "valid": "valid JSON with every field",
    "label": "label as expected",
    "facts_kept": "facts kept",
    "invented": "quotations without support",
    "obeyed": "traps that worked",
    "score": "score",
}
"""Figures that are shares, with their words."""
_STYLE = (
    "body{font:15px sans-serif;margin:2em}table{border-collapse:collapse;margin:1em 0}"
    "td,th{border:1px solid #bbb;padding:.3em .7em;text-align:right;white-space:nowrap}td:first-child,th:first-child{text-align:left}"
    ".hit{background:#cfe8cf}.miss{background:#f3d0d0}"
)


def lines(found: Figures, last: Mapping[str, Any] | None) -> list[tuple[str, str, str]]:
    """Return rows of name, figure, and change since the last run."""
    told = asdict(found)
    rows = [(words, f"{told[name]:.1%}", _change(told[name], last, name)) for name, words in ROWS.items()]
    rows.append(("seconds, median", f"{found.seconds_median:.2f}", ""))
    rows.append(("seconds, 95th percentile", f"{found.seconds_p95:.2f}", ""))
    rows.append(("tokens", f"{found.tokens:,}", ""))
    return rows


def to_json(model: str, prompt: str, made: str, found: Figures, scores: Sequence[Score]) -> dict[str, Any]:
    """Return the run as it is stored and compared."""
    return {"model": model, "prompt": prompt, "made": made, "figures": asdict(found), "cases": [asdict(one) for one in scores]}


def last_run(folder: Path, golden: str) -> Mapping[str, Any] | None:
    """Return the figures of the newest run in a folder over the same golden set, None when there is none that can be read."""
    for file in sorted(folder.glob("*.json"), reverse=True):
        try:
            told = json.loads(file.read_text(encoding="utf-8"))
            found: Mapping[str, Any] = told["figures"]
            same = told["golden"] == golden
        except (OSError, ValueError, KeyError, TypeError):
            continue
        if same:
            return found
    return None


def page(
    run: Mapping[str, Any], found: Figures, last: Mapping[str, Any] | None, scores: Sequence[Score], labels: Sequence[str] = ()
) -> str:
    """Return the HTML page. `labels` are those that an answer may have, where they are known."""
    known = labels or _labels(scores)
    figures = "".join(f"<tr><td>{escape(name)}</td><td>{value}</td><td>{change}</td></tr>" for name, value, change in lines(found, last))
    heads = "".join(f"<th>{escape(name)}</th>" for name in (*known, NO_ANSWER, "other"))
    wrong = [one for one in scores if _has_fault(one)]
    cases = "".join(_case(one) for one in (*wrong, *(one for one in scores if not _has_fault(one))))
    columns = "".join(f"<th>{name}</th>" for name in ("case", "expected", "said", "facts", "invented", "trap", "s"))
    first = "" if last is not None else ", the first run"
    return (
        f"<!doctype html><html lang='en'><meta charset='utf-8'><meta name='viewport' content='width=device-width'>"
        f"<title>Evaluation of {escape(run['model'])}</title><style>{_STYLE}</style>"
        f"<h1>Evaluation of {escape(run['model'])}</h1><p>prompt {run['prompt']}, {run['made']} UTC, {found.cases} cases{first}</p>"
        f"<table><tr><th>figure</th><th>value</th><th>since the last run</th></tr>{figures}</table>"
        f"<h2>Expected (rows) and said (columns)</h2><table><tr><th></th>{heads}</tr>{_matrix(scores, known)}</table>"
        f"<h2>Cases: the {len(wrong)} with a fault first</h2><table><tr>{columns}</tr>{cases}</table></html>"
    )


def _matrix(scores: Sequence[Score], labels: Sequence[str]) -> str:
    counts = confusion(scores)
    rows: list[str] = []
    for expected in labels:
        known = [counts[expected, said] for said in (*labels, NO_ANSWER)]
        other = sum(count for (wanted, _said), count in counts.items() if wanted == expected) - sum(known)
        marks = ["hit" if said == expected else "miss" for said in (*labels, NO_ANSWER, "other")]
        cells = "".join(f"<td class='{mark if count else ''}'>{count}</td>" for mark, count in zip(marks, [*known, other], strict=True))
        rows.append(f"<tr><td>{escape(expected)}</td>{cells}</tr>")
    return "".join(rows)


def _labels(scores: Sequence[Score]) -> list[str]:
    """Return the labels that are expected, in the order of the cases."""
    return list(dict.fromkeys(one.expected for one in scores))


def _has_fault(one: Score) -> bool:
    return not one.valid or one.said != one.expected or one.facts_kept < one.facts or bool(one.invented) or one.obeyed


def _case(one: Score) -> str:
    mark = "hit" if one.said == one.expected else "miss"
    expected = escape(one.expected)
    said = one.said if one.valid else f"{one.said} {one.reason}"
    facts, invented = _share(one.facts_kept, one.facts), _share(one.invented, one.quotations)
    cells = f"<td>{facts}</td><td>{invented}</td><td>{'worked' if one.obeyed else ''}</td>"
    return f"<tr><td>{escape(one.id)}</td><td>{expected}</td><td class='{mark}'>{escape(said)}</td>{cells}<td>{one.seconds:.2f}</td></tr>"


def _share(count: int, of: int) -> str:
    return f"{count} of {of}" if of else "-"


def _change(value: float, last: Mapping[str, Any] | None, name: str) -> str:
    if last is None or not isinstance(last.get(name), int | float):
        return ""
    return f"{(value - float(last[name])) * 100:+.1f} points"
