"""Outcomes as a JUnit file, as continuous integration reads it.

There is no standard. The elements and attributes here are those that Ant's schema requires and the one of Jenkins' xUnit plugin allows.
"""

import xml.etree.ElementTree as ET  # written here, never read
from collections.abc import Sequence
from datetime import UTC, datetime

from flinksql.testing.report import describe
from flinksql.testing.running import Outcome, Verdict

_ELEMENTS = {Verdict.FAILED: "failure", Verdict.BROKEN: "error"}


def junit_xml(outcomes: Sequence[Outcome], began: datetime) -> str:
    """Return the file's text: one suite for each file of tests."""
    root = ET.Element("testsuites")
    for number, shown in enumerate(sorted({one.test.shown for one in outcomes})):
        own = [one for one in outcomes if one.test.shown == shown]
        attributes = {
            "id": str(number),
            "package": own[0].test.bundle.name,
            "name": shown,
            "timestamp": began.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S"),
            # The name of the machine is nobody's business.
            "hostname": "localhost",
            **_totals(own),
        }
        suite = ET.SubElement(root, "testsuite", attributes)
        ET.SubElement(suite, "properties")
        for one in own:
            _case(suite, one)
        ET.SubElement(suite, "system-out")
        ET.SubElement(suite, "system-err")
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _case(suite: ET.Element, outcome: Outcome) -> None:
    name = outcome.test.id.partition(":")[0].replace("/", ".")
    case = ET.SubElement(suite, "testcase", {"classname": name, "name": outcome.test.case.name, "time": f"{outcome.seconds:.3f}"})
    if kind := _ELEMENTS.get(outcome.verdict, ""):
        message = outcome.findings[0].message if outcome.findings else ""
        element = ET.SubElement(case, kind, {"type": outcome.verdict.value, "message": _clean(message.splitlines()[0] if message else "")})
        element.text = _clean("\n".join(describe(outcome)))


def _totals(outcomes: Sequence[Outcome]) -> dict[str, str]:
    return {
        "tests": str(len(outcomes)),
        "failures": str(sum(one.verdict is Verdict.FAILED for one in outcomes)),
        "errors": str(sum(one.verdict is Verdict.BROKEN for one in outcomes)),
        "skipped": "0",
        "time": f"{sum(one.seconds for one in outcomes):.3f}",
    }


def _clean(text: str) -> str:
    """Return the text without the characters that XML cannot hold."""
    return "".join(letter if letter in "\t\n\r" or ord(letter) >= ord(" ") else "�" for letter in text)
