"""The acceptance page as people see and use it, in a Chromium without a window."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.report import page
from support.report.model import run_report
from support.report.outcomes import Feature, Report
from support.verdicts import Verdict
from tests.report.browser import PROGRAM, Browser
from tests.report.runs import HOSTILE, all_agreed, outcome, report, violated

pytestmark = pytest.mark.skipif(not PROGRAM, reason="no chromium is on PATH (Debian: apt-get install chromium)")

SIZES = {"desktop": (1280, 800), "phone": (390, 844)}
BROKEN = report(*all_agreed(TST_011_AC_12=Verdict.VIOLATED, TST_010_AC_01=Verdict.NOT_JUDGED), outcome("RUN-31"))
# Of every text that is seen: its colour against what is behind it, as WCAG computes it.
CONTRAST = """(() => {
  const luminance = (rgb) => {
    const [r, g, b] = rgb.map((v) => v / 255).map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const parsed = (text) => text.match(/[\\d.]+/g).map(Number);
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = parsed(getComputedStyle(at).backgroundColor);
      if (colour.length < 4 || colour[3] === 1) return colour.slice(0, 3);
    }
    return [255, 255, 255];
  };
  const found = [];
  for (const element of document.querySelectorAll("main *, footer *")) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    if (!own || !element.checkVisibility() || element.closest("svg")) continue;
    const style = getComputedStyle(element);
    const [a, b] = [luminance(parsed(style.color).slice(0, 3)), luminance(behind(element))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) found.push(`${element.tagName}.${element.className} ${ratio.toFixed(2)}`);
  }
  return [...new Set(found)];
})()"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    browser = Browser(tmp_path_factory.mktemp("chromium"))
    yield browser
    browser.close()


@pytest.fixture
def show(browser: Browser, tmp_path: Path) -> Iterator[object]:
    """Renders a report and opens it; nothing may go wrong on the page, and nothing be asked of any network."""

    def shown(run: Report = BROKEN, anchor: str = "", size: str = "desktop", *, dark: bool = False) -> Browser:
        path = tmp_path / "acceptance.html"
        path.write_text(page.html(run_report(run, [], {})), encoding="utf-8")
        width, height = SIZES[size]
        browser.open(path, anchor, width, height, dark)
        return browser

    yield shown
    assert browser.complaints() == []


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("run", [BROKEN, report(*all_agreed()), Report("r1")], ids=["broken", "accepted", "nothing"])
def test_the_verdict_is_above_the_fold(show, size: str, run: Report) -> None:
    browser = show(run, size=size)
    assert browser.evaluate("document.querySelectorAll('h1').length") == 1
    assert browser.evaluate("document.querySelector('h1').textContent") == run_report(run, [], {}).agreed.text
    assert browser.evaluate("document.querySelector('h1').getBoundingClientRect().bottom / innerHeight") < 0.5


@pytest.mark.parametrize("size", SIZES)
def test_what_broke_first_begins_above_the_fold_with_what_was_seen(show, size: str) -> None:
    browser = show(size=size)
    assert browser.evaluate("document.querySelector('.card .seen').getBoundingClientRect().top < innerHeight")


def test_a_caution_is_said_once(show) -> None:
    caution = "This is the stand-in, NOT Sockerless: its verdicts say nothing about Sockerless."
    run = report(*all_agreed(), caution=caution)
    run.features.append(Feature("Another", properties=dict(run.features[0].properties), outcomes=[outcome("RUN-31")]))
    browser = show(run)
    assert browser.evaluate(f"document.body.textContent.split({caution!r}).length") == 2
    top = "document.querySelector('{}').getBoundingClientRect().top"
    assert browser.evaluate(f"{top.format('.caution')} < {top.format('h1')} && {top.format('h1')} < innerHeight / 2")
    assert browser.evaluate("parseFloat(getComputedStyle(document.querySelector('.caution')).fontSize)") >= 20


def test_bar_and_numbers_have_one_order_and_one_word_for_what_holds(show) -> None:
    browser = show()
    kinds = "[...document.querySelectorAll('{} > *')].map((each) => each.className)"
    assert browser.evaluate(kinds.format(".verdict .share")) == ["passed", "violated", "not-judged"]
    assert browser.evaluate(kinds.format(".tally")) == ["passed", "violated", "not-judged"]
    assert browser.evaluate("document.body.innerText.includes('passed')") is False
    assert browser.evaluate("document.querySelector('.chip.passed').innerText") == "✓ hold 39"
    lead = "document.getElementById('criteria').nextElementSibling.innerText"
    assert browser.evaluate(lead) == "40 agreed criteria, which the headline is about, and 1 other."


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_a_phone_needs_no_scrolling_sideways(show, dark: bool) -> None:
    long = "x" * 500
    run = report(
        *all_agreed(TST_011_AC_12=Verdict.VIOLATED),
        violated("RUN-31", title=long, notes=(long,), location=f"{long}.feature:1", evidence=long),
        outcome("RUN-32", Verdict.NOT_JUDGED, cause=long),
        outcome("RUN-33", Verdict.SKIPPED, cause=long),
        target=long,
        address=long,
        commit=long,
        pipeline=f"https://{long}",
        fargate=long,
    )
    browser = show(run, size="phone", dark=dark)
    browser.evaluate("document.querySelectorAll('details').forEach((each) => (each.open = true))")
    assert browser.evaluate("document.documentElement.scrollWidth") == 390
    assert browser.evaluate("document.querySelectorAll('.criterion').length") == 43


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_every_text_has_the_contrast_that_wcag_aa_asks_for(show, dark: bool) -> None:
    run = report(*BROKEN.outcomes(), outcome("X-1", Verdict.SKIPPED), caution="NOT Sockerless")
    browser = show(run, dark=dark)
    browser.evaluate("document.querySelectorAll('details').forEach((each) => (each.open = true))")
    browser.evaluate("document.querySelectorAll('.chip').forEach((each) => each.click())")
    assert browser.evaluate(CONTRAST) == []
    is_dark = browser.evaluate("getComputedStyle(document.documentElement).backgroundColor") != "rgb(255, 255, 255)"
    assert is_dark is dark


def shown(browser: Browser) -> list[str]:
    rows = (
        "[...document.querySelectorAll('.criterion')].filter((each) => each.checkVisibility()).map((each) => each.id)"
    )
    return list(browser.evaluate(rows))


def test_chips_and_search_leave_what_fits_both(show) -> None:
    browser = show()
    assert len(shown(browser)) == 41
    browser.evaluate("document.querySelector('.chip[data-verdict=violated]').click()")
    assert shown(browser) == ["TST-011-AC-12"]
    browser.evaluate("document.querySelector('.chip[data-verdict=\"not judged\"]').click()")
    assert shown(browser) == ["TST-011-AC-12", "TST-010-AC-01"]
    browser.evaluate("document.getElementById('search').focus()")
    browser.write("no CONTAINER there")
    assert shown(browser) == ["TST-010-AC-01"]
    assert browser.evaluate("document.querySelector('.found').textContent") == "1 of 41 shown"
    browser.press("Escape")
    assert len(shown(browser)) == 41


def test_a_deep_link_opens_its_criterion_also_where_the_filter_hides_it(show) -> None:
    browser = show(anchor="TST-010-AC-17")
    state = "(() => { const e = document.getElementById('TST-010-AC-17'), t = e.getBoundingClientRect().top;"
    state += " return [e.open, t >= 0 && t < innerHeight, document.activeElement === e.firstElementChild] })()"
    browser.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert browser.evaluate(state) == [True, True, True]
    assert browser.evaluate("document.querySelectorAll('.criterion[open]').length") == 1
    browser.evaluate("document.querySelector('.chip[data-verdict=violated]').click()")
    browser.evaluate("location.hash = '#TST-011-AC-03'; new Promise((done) => setTimeout(done))")
    assert browser.evaluate("document.getElementById('TST-011-AC-03').open")
    assert len(shown(browser)) == 41


def test_arrow_keys_go_from_one_shown_criterion_to_the_next(show) -> None:
    browser = show()
    focused = "document.activeElement.parentElement.id"
    browser.evaluate("document.querySelector('.criterion > summary').focus()")
    assert [
        (browser.press(key), browser.evaluate(focused))[1] for key in ("ArrowDown", "ArrowUp", "ArrowUp", "End")
    ] == [
        "TST-011-AC-02",
        "TST-011-AC-01",
        "TST-011-AC-01",
        "RUN-31",
    ]


def test_whatever_names_are_hostile_stays_text(show) -> None:
    run = report(
        violated(HOSTILE, title=HOSTILE, notes=(HOSTILE,), location=HOSTILE, evidence=HOSTILE, log=(HOSTILE,)),
        outcome(f"{HOSTILE}2", Verdict.NOT_JUDGED, cause=HOSTILE),
        outcome("X-3", Verdict.SKIPPED, cause=HOSTILE),
        target=HOSTILE,
        address=HOSTILE,
        caution=HOSTILE,
        commit=HOSTILE,
        pipeline=f"javascript:{HOSTILE}",
        **{HOSTILE: HOSTILE},
    )
    run.features[0].name = run.run = run.began = HOSTILE
    run.features[0].notes = [HOSTILE]
    browser = show(run)
    assert browser.evaluate("[document.scripts.length, document.images.length]") == [1, 0]
    assert browser.evaluate("[...document.links].filter((each) => !/^(file|https?):/.test(each.href)).length") == 0
    assert browser.evaluate("document.body.textContent.split('<script>alert(1)</script>').length") > 15
    assert browser.evaluate("document.body.textContent.includes('{{ 7*7 }}')")
    assert "\\u202e" in browser.evaluate("document.body.textContent")


def test_what_a_page_runs_is_its_own_script_only(show, browser: Browser) -> None:
    show()
    browser.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"window.ran = 1\">')")
    browser.evaluate("document.body.append(Object.assign(document.createElement('script'), {text: 'window.ran = 2'}))")
    assert browser.evaluate("window.ran ?? 0") == 0
    assert any("Content Security Policy" in line for line in browser.complaints())
    browser.open(Path("/dev/null"))  # what it complained of was meant


def test_it_says_the_same_without_its_script(show, browser: Browser) -> None:
    browser.call("Emulation.setScriptExecutionDisabled", value=True)
    try:
        show()
    finally:
        browser.call("Emulation.setScriptExecutionDisabled", value=False)
    assert browser.evaluate("document.querySelector('.filter').checkVisibility()") is False
    assert len(shown(browser)) == 41


def test_in_print_it_is_light_and_without_what_is_only_to_be_pressed(show, browser: Browser) -> None:
    show(dark=True)
    dark = {"name": "prefers-color-scheme", "value": "dark"}
    browser.call("Emulation.setEmulatedMedia", media="print", features=[dark])
    assert browser.evaluate("document.querySelector('.filter').checkVisibility()") is False
    assert browser.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(255, 255, 255)"
    assert browser.evaluate(CONTRAST) == []


def test_a_timeline_is_drawn(show) -> None:
    browser = show()
    box = "document.querySelector('.lane rect').getBoundingClientRect()"
    assert browser.evaluate(f"{box}.width") > 100
    assert browser.evaluate(f"{box}.height") == 10
