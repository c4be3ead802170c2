"""What the acceptance page costs with 1,000 criteria: to be made, to be loaded, and to be filtered and searched."""

from __future__ import annotations

import time
from pathlib import Path

from support.report import page
from support.report.model import run_report
from support.verdicts import Verdict
from tests.report.browser import PROGRAM, Browser
from tests.report.runs import outcome, report, violated

_ROWS = 1000
# From a key or a click to the next picture, in milliseconds: the longest of several.
_LONGEST = """(async () => {
  const search = document.getElementById("search"), chips = [...document.querySelectorAll(".chip")];
  const acts = [..."rule", ..."\\b\\b\\b\\b"].map((key) => () => {
    search.value = key === "\\b" ? search.value.slice(0, -1) : search.value + key;
    search.dispatchEvent(new Event("input"));
  });
  let longest = 0;
  for (const act of [...acts, ...chips.map((chip) => () => chip.click()), ...chips.map((chip) => () => chip.click())]) {
    const began = performance.now();
    act();
    await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
    longest = Math.max(longest, performance.now() - began);
  }
  return longest;
})()"""
_LOADED = "performance.getEntriesByType('navigation')[0].loadEventEnd"


def measure(folder: Path) -> dict[str, tuple[float, str]]:
    """The figures with their units; those of a browser only where there is a chromium."""
    kinds = [Verdict.PASSED] * 8 + [Verdict.NOT_JUDGED, Verdict.SKIPPED]
    outcomes = [outcome(f"RUN-{n}", kinds[n % 10], f"The rule of number {n}") for n in range(_ROWS - 40)]
    run = run_report(report(*outcomes, *(violated(f"TST-{n}") for n in range(40))), [], {})
    page.html(run)
    began = time.monotonic()
    text = page.html(run)
    rendered = time.monotonic() - began
    path = folder / "page.html"
    path.write_text(text, encoding="utf-8")
    figures = {
        f"a page of {_ROWS} criteria: rendered in": (rendered, "s"),
        f"a page of {_ROWS} criteria: size": (len(text.encode()) / 1e6, "MB"),
    }
    if not PROGRAM:
        return figures
    browser = Browser(folder / "chromium")
    try:
        for name, width in (("desktop", 1280), ("phone", 390)):
            browser.open(path, width=width)
            figures[f"a page of {_ROWS} criteria, {name}: loaded in"] = (browser.evaluate(_LOADED), "ms")
            figures[f"a page of {_ROWS} criteria, {name}: longest answer to a key or chip"] = (
                browser.evaluate(_LONGEST),
                "ms",
            )
    finally:
        browser.close()
    return figures
