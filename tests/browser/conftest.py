"""Chromium without a window. The tests are skipped unless `FLINK_REVIEWS_BROWSER=1`: CONTRIBUTING.md says what they need."""

import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A browser of Playwright's, whose types are not here to be checked."""
    if os.environ.get("FLINK_REVIEWS_BROWSER") != "1":
        pytest.skip("drives a browser: set FLINK_REVIEWS_BROWSER=1")
    playwright = pytest.importorskip("playwright.sync_api", reason="install playwright and axe-playwright-python: see CONTRIBUTING.md")
    program = next((found for name in NAMES if (found := shutil.which(name))), None)
    if program is None:
        pytest.fail(f"no browser on PATH: install one of {', '.join(NAMES)}")
    with playwright.sync_playwright() as driver:
        made = driver.chromium.launch(executable_path=program, args=list(FLAGS))
        yield made
        made.close()
