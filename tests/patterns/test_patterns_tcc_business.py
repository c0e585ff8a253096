"""The framework of tcc takes a second business in a few lines: those of docs/patterns.md, run as they stand there."""

import re
from pathlib import Path

import pytest

from tests.conftest import EXPERIMENTS

PAGE = Path(__file__).parent.parent.parent / "docs" / "patterns.md"
LINES_AT_MOST = 30


@pytest.fixture
def business(tmp_path, monkeypatch, install):
    """Install the page's business as the pattern `deducting`; return its lines."""
    [code] = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    (tmp_path / "business_of_the_page.py").write_text(code, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    install("deducting", "business_of_the_page:DEDUCTING")
    return [line for line in code.splitlines() if line.strip()]


def test_the_second_business_has_at_most_thirty_lines(business):
    assert len(business) <= LINES_AT_MOST


@pytest.mark.usefixtures("business")
@pytest.mark.parametrize("name", ["no-fault", "lossy", "manager-crash", "resource-crash", "order-crash"])
def test_the_second_business_passes_what_the_first_does(name, simulate):
    text = (EXPERIMENTS / "tcc" / f"{name}.toml").read_text(encoding="utf-8")
    run = simulate(text.replace('pattern = "tcc"', 'pattern = "deducting"'))
    assert run.verdict == "pass", run.why
