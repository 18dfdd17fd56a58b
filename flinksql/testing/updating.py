"""New expectations in the text of a file of tests. All else in it stays as it is, comments too."""

from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from flinksql.testing.changes import Change
from flinksql.testing.comparison import shown_row
from flinksql.testing.running import Came, Outcome

_WIDE = 1_000_000


def updated_text(text: str, outcomes: Sequence[Outcome]) -> str:
    """Return the file's text with the rows that came in the tests whose rows differ.

    Rows that stand in a file of their own, and expectations without rows, are left alone.
    """
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    edits: list[tuple[int, int, str]] = []
    for outcome in outcomes:
        wrong = {one.table for one in outcome.findings if one.difference is not None}
        for table in sorted(wrong):
            node = _rows_node(root, outcome.test.index, table)
            if node is not None and table in outcome.came:
                edits.append((node.start_mark.index, _end(node, text), _written(node, outcome.came[table])))
    for start, end, new in sorted(edits, reverse=True):
        text = text[:start] + new + text[end:]
    return text


def _rows_node(root: yaml.Node | None, index: int, table: str) -> yaml.SequenceNode | None:
    node = _member(root, "tests")
    node = node.value[index] if isinstance(node, yaml.SequenceNode) else None
    node = _member(_member(node, "expect"), table)
    if isinstance(node, yaml.MappingNode):
        node = _member(node, "rows")
    return node if isinstance(node, yaml.SequenceNode) else None


def _member(node: yaml.Node | None, key: str) -> yaml.Node | None:
    if not isinstance(node, yaml.MappingNode):
        return None
    return next((value for name, value in node.value if name.value == key), None)


def _end(node: yaml.SequenceNode, text: str) -> int:
    """Return the offset after the last row: a block's own mark lies after the blank lines and comments that follow it."""
    if node.flow_style or not node.value:
        return int(node.end_mark.index)
    return int(node.start_mark.index) + len(text[node.start_mark.index : _deepest_end(node)].rstrip())


def _deepest_end(node: yaml.Node) -> int:
    if isinstance(node, yaml.SequenceNode) and not node.flow_style and node.value:
        return _deepest_end(node.value[-1])
    if isinstance(node, yaml.MappingNode) and not node.flow_style and node.value:
        return _deepest_end(node.value[-1][1])
    return int(node.end_mark.index)


def _written(node: yaml.SequenceNode, came: Came) -> str:
    rows = [_row(one, came) for one in came.rows]
    if not rows:
        return "[]"
    if node.flow_style:
        return f"[{', '.join(rows)}]"
    return ("\n" + " " * node.start_mark.column).join(f"- {row}" for row in rows)


def _row(change: Change, came: Came) -> str:
    expected = came.expected
    columns = expected.columns or [one.name for one in expected.table.columns if one.name not in expected.spec.ignore]
    row = _flow(shown_row(change.row, expected.table, columns))
    return f"{change.kind}: {row}" if expected.match == "changelog" else row


def _flow(row: Mapping[str, Any]) -> str:
    return yaml.safe_dump(dict(row), default_flow_style=True, width=_WIDE, sort_keys=False, allow_unicode=True).strip()
