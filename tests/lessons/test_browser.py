"""The browser that the tests of lessons use: that it would notice a page that misbehaves."""

from __future__ import annotations

from pathlib import Path

import pytest
from browser import needs_chromium, pages

pytestmark = needs_chromium


def test_a_page_opens_from_a_file_and_from_a_server(page, serve, tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("<title>Hello</title>", encoding="utf-8")
    page.goto((tmp_path / "index.html").as_uri())
    assert page.title() == "Hello"
    page.goto(serve(tmp_path) + "/")
    assert page.title() == "Hello"


@pytest.mark.parametrize(
    "script",
    ["fetch('https://example.org/').catch(() => 0)", "null.x", "console.error('no')"],
)
def test_a_page_that_misbehaves_is_noticed(browser, tmp_path: Path, script: str) -> None:
    (tmp_path / "index.html").write_text(f"<script>{script}</script>", encoding="utf-8")
    with pytest.raises(AssertionError), pages(browser) as new_page:
        page = new_page()
        page.goto((tmp_path / "index.html").as_uri())
        page.wait_for_timeout(200)
