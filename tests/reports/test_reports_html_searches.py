"""Pages of many runs, in a real browser: a table of variants, failures by kind, coverage by place."""

import json

import pytest
from selenium.webdriver.common.by import By
from typer.testing import CliRunner

from chaosctl.cli.app import app
from tests.conftest import ASK

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("browser")]

WITH_LIMIT = f"""{ASK}[[expect.thresholds]]
metric = "latency-p99"
max = 0.000001
"""


@pytest.fixture
def page(browser, tmp_path):
    """Return a function that carries out a command with --html and opens the page that it says it wrote."""

    def carried_out(command, *options):
        file = tmp_path / "ask.toml"
        file.write_text(WITH_LIMIT)
        arguments = [command, str(file), "--html", "--json", "--results", str(tmp_path / "results"), *options]
        done = CliRunner().invoke(app, arguments)
        assert json.loads(done.stdout), "the page's path is on stderr, and stdout is the document alone"
        browser.get_log("browser")
        browser.get(f"file://{done.stderr.strip().splitlines()[-1]}")
        assert browser.get_log("browser") == []
        return browser

    return carried_out


def test_a_comparison_has_a_table_of_variants_and_a_picture_a_figure(page):
    browser = page("compare", "--vary", "system.nodes=3,5", "--seeds", "6")
    heads = [head.text for head in browser.find_elements(By.CSS_SELECTOR, "thead th")]
    assert len(heads) == 3
    assert "nodes=5" in heads[2]
    assert len(browser.find_elements(By.CSS_SELECTOR, "rect.middle")) >= 4
    assert "[" in browser.find_element(By.XPATH, "//tr[th[contains(., 'messages-per-operation')]]/td[2]").text


def test_a_sweep_shows_failures_by_kind_and_how_figures_spread(page):
    browser = page("sweep", "--seeds", "4", "--workers", "1")
    assert "4 of 4 seeds failed" in browser.find_element(By.TAG_NAME, "h1").text
    bar = browser.find_element(By.CSS_SELECTOR, "rect.bar.bad")
    assert bar.get_dom_attribute("width") == "100.0"
    assert browser.find_elements(By.CSS_SELECTOR, "rect.spread")


def test_an_exploration_shows_what_was_tried_at_each_place(page):
    browser = page("explore", "--limit", "5", "--workers", "1")
    bars = browser.find_elements(By.XPATH, "//section[h2[contains(., 'each place')]]//tr")
    assert bars
    assert sum(int(row.find_element(By.CSS_SELECTOR, "td:last-child").text) for row in bars) >= 5
