"""`python -m tests.browser.figures [STATEMENTS]`: first paint and memory of the page over sources that give so many statements.

The server is a process of its own. Memory is the proportional set size: shared pages are counted once. Nothing is asserted.
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import threading
from importlib import import_module
from pathlib import Path
from typing import Any

import psutil

from tests.browser.conftest import FLAGS, NAMES
from tests.support.ui import many, page, world_of

REPEATED = 5
_MEGABYTE = 1_000_000
_TIMES = """() => ({
  paint: performance.getEntriesByName('first-contentful-paint')[0]?.startTime,
  heap: performance.memory.usedJSHeapSize,
  elements: document.querySelectorAll('*').length,
})"""


def main() -> None:
    """Measure, or serve for the process that measures."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    if "--serve" in sys.argv:
        with page(world_of(many(count)), seconds=5.0) as served:
            sys.stdout.write(f"{served.link}\n")
            sys.stdout.flush()
            threading.Event().wait()
    with subprocess.Popen([sys.executable, "-m", __spec__.name, str(count), "--serve"], stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            link = server.stdout.readline().strip()
            found = measured(link, count, server.pid)
        finally:
            server.kill()
    sys.stdout.write(f"{json.dumps({'statements': count, **found, 'load': os.getloadavg()[0]}, indent=2)}\n")


def measured(link: str, count: int, server: int) -> dict[str, object]:
    """Open the page several times; return medians of times, and memory at the end."""
    # Not among the project's packages.
    driver_of = import_module("playwright.sync_api").sync_playwright
    program = next(found for name in NAMES if (found := shutil.which(name)))
    before = proportional(server)
    paints: list[float] = []
    drawn: list[float] = []
    with driver_of() as driver:
        browser = driver.chromium.launch(executable_path=program, args=list(FLAGS))
        blank = browser.new_page()
        blank.goto("about:blank")
        empty = renderers()
        for _ in range(REPEATED):
            tab = browser.new_page(viewport={"width": 1280, "height": 900})
            tab.goto(link)
            tab.wait_for_selector(f".node.statement >> nth={count - 1}", state="attached")
            drawn.append(tab.evaluate("performance.now()"))
            tab.wait_for_selector(f"#statement-list tbody tr >> nth={count - 1}", state="attached")
            tab.wait_for_timeout(5000)
            times: dict[str, Any] = tab.evaluate(_TIMES)
            paints.append(times["paint"])
            with_page = renderers()
            tab.close()
        browser.close()
    return {
        "first contentful paint ms": round(statistics.median(paints)),
        "all drawn ms": round(statistics.median(drawn)),
        "elements": times["elements"],
        "heap of the page MB": round(times["heap"] / _MEGABYTE, 1),
        "renderers MB": round(with_page - empty, 1),
        "server before MB": round(before, 1),
        "server after MB": round(proportional(server), 1),
    }


def proportional(process: int) -> float:
    """Return the proportional megabytes of a process."""
    return float(psutil.Process(process).memory_full_info().pss) / _MEGABYTE


def renderers() -> float:
    """Return the proportional megabytes of all renderers below this process."""
    below = psutil.Process().children(recursive=True)
    return sum(proportional(one.pid) for one in below if "--type=renderer" in one.cmdline())


if __name__ == "__main__":
    sys.path.append(str(Path.cwd()))
    main()
