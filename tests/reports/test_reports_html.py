"""The page of a run in a real browser: one file that loads nothing, shows everything, and obeys no node."""

from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from test_reports_renderings import failing
from written import Written, declare

from chaosctl.cli.report import report
from chaosctl.history.read import StoredRun
from chaosctl.history.recording import Recording
from chaosctl.history.records import Operation
from chaosctl.reports.html import page

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("browser")]

EVIL = "</script><script>document.title='obeyed'</script><img src=x onerror=\"document.title='obeyed'\">"


@pytest.fixture
def opened(browser, tmp_path):
    """Return a function that opens a run's page from disk and returns the browser."""

    def open_page(run: StoredRun):
        file = tmp_path / "page.html"
        file.write_text(page.render(run), encoding="utf-8")
        browser.get_log("browser")  # What earlier pages said.
        browser.get(file.as_uri())
        return browser

    return open_page


def media(browser, **features):
    """Let the browser claim to be in a dark room, or a printer."""
    shown = [{"name": "prefers-color-scheme", "value": features.get("scheme", "light")}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": features.get("media", ""), "features": shown})


def lossy():
    """Return a conviction whose finding names a lost message, a late one, and an operation."""
    written, verdict = failing()
    for at_ms in range(4350, 4500, 10):
        number = 100 + at_ms
        written.message(at_ms, "n2", "n3", id=number, body=msgspec.Raw(b'{"type":"beat"}'))
        written.message(at_ms + (40 if at_ms == 4400 else 2), "n2", "n3", "delivered", id=number)
    return written, verdict


def test_it_says_the_verdict_first_and_why(opened, store):
    browser = opened(store(*failing()))
    said = browser.find_element(By.TAG_NAME, "main").text.splitlines()
    assert "FAIL" in said[0]
    assert said[1] == "election-safety failed"


def test_a_limit_stands_beside_the_figure_of_its_phase_with_a_sign_and_not_in_colour_alone(opened, store):
    browser = opened(store(*failing()))
    head = [cell.text for cell in browser.find_elements(By.CSS_SELECTOR, ".figures thead th")]
    row = browser.find_element(By.XPATH, "//table[@class='figures']//tr[th[starts-with(., 'availability')]]")
    cells = [cell.text for cell in row.find_elements(By.TAG_NAME, "td")]
    assert cells[head.index("faults")].endswith("✗ ≥ 95%")
    assert [cell for cell in cells if "≥" in cell] == [cells[head.index("faults")]]


def test_it_loads_nothing_and_complains_of_nothing(opened, store):
    browser = opened(store(*failing()))
    assert browser.execute_script("return performance.getEntriesByType('resource').length") == 0
    assert browser.get_log("browser") == []
    assert len(browser.find_elements(By.CSS_SELECTOR, ".chart canvas")) == 2


def test_what_nodes_are_called_and_what_they_write_stays_text(opened, store):
    written = Written()
    written.recording.declared = replace(written.recording.declared, nodes=("n1", EVIL, "n3"))
    written.event(0, EVIL, "became_leader", term=1)
    written.call(10, 5, "ok", node=EVIL, value=EVIL).fault(20, 40, "crash", name=EVIL, targets=[EVIL])
    finding = {"text": EVIL, "operations": [0], "time_ns": 10_000_000}
    check = {"valid": "fail", "why": EVIL, "evidence": [finding]}
    browser = opened(store(written, {"verdict": "fail", "why": EVIL, "reasons": [EVIL], "checks": {EVIL: check}}))
    assert browser.title == "fail: by-hand"
    assert EVIL in browser.find_element(By.CLASS_NAME, "reason").text
    assert len(browser.find_elements(By.CSS_SELECTOR, "script")) == 3
    assert browser.find_elements(By.TAG_NAME, "img") == []


def test_outcomes_differ_in_shape_and_not_in_colour_alone(opened, store):
    written = Written().call(10, 5, "ok").call(20, 5, "fail:temporarily-unavailable").call(30, 5, "info")
    browser = opened(store(written))
    shapes = {kind: f"#clients .mark.{kind}" for kind in ("ok", "fail", "info")}
    assert browser.find_elements(By.CSS_SELECTOR, f"{shapes['fail']} path")
    ok, info = (browser.find_element(By.CSS_SELECTOR, f"{shapes[kind]} rect") for kind in ("ok", "info"))
    assert ok.get_attribute("y") != info.get_attribute("y")
    assert info.value_of_css_property("stroke-dasharray") != ok.value_of_css_property("stroke-dasharray")


def test_lost_and_late_messages_are_to_be_seen_and_the_keyboard_zooms(opened, store):
    browser = opened(store(*lossy()))
    assert len(browser.find_elements(By.CSS_SELECTOR, ".message.lost.named .cross")) == 1
    assert len(browser.find_elements(By.CSS_SELECTOR, ".message.late")) == 1
    picture = browser.find_element(By.CSS_SELECTOR, "svg.lamport:has(.lost)")
    whole = picture.get_dom_attribute("viewBox")
    picture.send_keys("+")
    assert float(picture.get_dom_attribute("viewBox").split()[2]) == 500
    picture.send_keys(Keys.ARROW_RIGHT)
    assert float(picture.get_dom_attribute("viewBox").split()[0]) == 375
    picture.send_keys("0")
    assert picture.get_dom_attribute("viewBox") == whole


def test_messages_say_their_type_where_there_is_room_for_words(opened, store):
    (picture,) = opened(store(*lossy())).find_elements(By.CSS_SELECTOR, "svg.lamport:has(.message)")
    words = [text.text for text in picture.find_elements(By.CSS_SELECTOR, "text.type")]
    assert set(words) == {"vote"}
    assert 10 <= len(words) <= len(picture.find_elements(By.CLASS_NAME, "message")), "one place, one word"


def test_on_paper_pictures_fit_their_page_and_what_is_for_the_screen_alone_is_gone(opened, store):
    browser = opened(store(*lossy()))
    media(browser, media="print")
    widest = browser.execute_script(
        "const shown = [...document.querySelectorAll('main svg, main table')];"
        "return Math.max(...shown.map((e) => e.getBoundingClientRect().right))"
    )
    fits = widest <= browser.execute_script("return document.documentElement.clientWidth")
    zoom = browser.find_element(By.CLASS_NAME, "zoom").is_displayed()
    media(browser)
    assert fits
    assert not zoom


def test_everything_that_can_be_done_with_a_mouse_can_be_reached_with_tab(opened, store):
    browser = opened(store(*lossy()))
    reached = set()
    for _ in range(60):
        webdriver.ActionChains(browser).send_keys(Keys.TAB).perform()
        reached.add(browser.execute_script("return document.activeElement.outerHTML.slice(0, 80)"))
    wanted = browser.execute_script(
        "return [...document.querySelectorAll('button, summary, svg.lamport, .wide, .scroll')]"
        ".filter((e) => e.checkVisibility() && !e.closest('details:not([open]) > :not(summary)'))"
        ".filter((e) => e.matches('[tabindex], button, summary')).map((e) => e.outerHTML.slice(0, 80))"
    )
    assert wanted
    assert set(wanted) <= reached


def test_it_is_dark_in_the_dark_and_light_on_paper(opened, store):
    browser = opened(store(*failing()))
    grounds = []
    for shown in ({"scheme": "light"}, {"scheme": "dark"}, {"scheme": "dark", "media": "print"}):
        media(browser, **shown)
        grounds.append(browser.find_element(By.TAG_NAME, "body").value_of_css_property("background-color"))
    media(browser)
    assert grounds == ["rgba(255, 255, 255, 1)", "rgba(22, 24, 28, 1)", "rgba(255, 255, 255, 1)"]


def test_a_hundred_thousand_operations_open_within_three_seconds_and_five_megabytes(opened):
    recording = Recording(declare())
    for number in range(100_000):
        client = {"f": "read", "process": number % 20, "client": f"c{number % 20}", "node": "n1"}
        called = {"index": 2 * number, "time": 100_000 * number}
        outcome = "fail" if number % 7 == 0 else "ok"
        recording.operations += [
            Operation(**called, type="invoke", **client),
            Operation(index=2 * number + 1, time=called["time"] + 50_000, type=outcome, **client),
        ]
    browser = opened(StoredRun(Path("somewhere"), {}, recording, None, None))
    took_ms = browser.execute_script("const [t] = performance.getEntriesByType('navigation'); return t.loadEventEnd")
    assert 0 < took_ms < 3000
    assert len(browser.page_source.encode()) < 5_000_000
    said = browser.find_element(By.CSS_SELECTOR, ".wide:has(#clients) ~ figcaption").text
    assert said == "100,000 operations, drawn in 450 bins a client; each of them is in history.jsonl"


def test_on_a_narrow_screen_nothing_is_cut_off_and_pictures_keep_a_size_that_can_be_read(opened, store):
    browser = opened(store(*lossy()))
    browser.set_window_size(500, 900)  # The narrowest window that Chromium makes.
    shown = "const e = document.documentElement; return [e.scrollWidth <= e.clientWidth, arguments[0].clientWidth]"
    fits, width = browser.execute_script(shown, browser.find_element(By.ID, "nodes"))
    browser.set_window_size(1200, 900)
    assert fits
    assert width >= 640


def test_the_files_lie_in_the_runs_folder(store, capsys):
    run = store(*failing())
    report([str(run.folder)], as_html=True, as_junit=True)
    assert capsys.readouterr().out.split() == [str(run.folder / name) for name in ("report.html", "junit.xml")]
    assert (run.folder / "report.html").read_text().startswith("<!doctype html>")
