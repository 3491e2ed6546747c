"""The built lesson in a real browser: both languages, light and dark, narrow and wide."""

from __future__ import annotations

from pathlib import Path

import pytest
from browser import NODE_MODULES, needs_chromium, needs_npm_packages, soon

pytestmark = [needs_chromium, needs_npm_packages]
AXE = NODE_MODULES / "axe-core" / "axe.min.js"
PAGES = ("index.html", "ko.html")


def loaded(page, address: str) -> None:
    """Opens a lesson, and has everything in it come near once."""
    page.goto(address)
    page.evaluate("""async () => {
        for (let y = 0; y < document.body.scrollHeight; y += innerHeight / 2) {
            scrollTo({top: y, behavior: 'instant'});
            await new Promise((done) => setTimeout(done, 60));
        }
        scrollTo({top: 0, behavior: 'instant'});
    }""")
    soon(page, "() => Object.keys(globalThis.litnetNetworks ?? {}).length > 0")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_no_violation_is_found(new_page, built: Path, name: str, scheme: str) -> None:
    page = new_page(viewport={"width": 1280, "height": 900}, color_scheme=scheme)
    loaded(page, (built / name).as_uri())
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate(
        "axe.run({preload: false}).then((found) => found.violations.map("
        "(v) => [v.id, v.help, v.nodes.map((n) => n.target.join(' '))]))"
    )
    assert found == []


@pytest.mark.parametrize("width", [320, 390, 768, 1600])
@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_wider_than_the_page(new_page, built: Path, name: str, width: int) -> None:
    page = new_page(viewport={"width": width, "height": 800})
    loaded(page, (built / name).as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_it_works_from_a_server_too(page, built: Path, serve) -> None:
    loaded(page, serve(built) + "/")
    page.get_by_role("link", name="한국어").click()
    page.wait_for_url("**/ko.html")
    assert page.evaluate("document.documentElement.lang") == "ko"


def test_the_films_play_without_scripts(browser, built: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    try:
        page = context.new_page()
        page.goto((built / "index.html").as_uri())
        videos = page.locator("video[controls]")
        assert videos.count() == 5
        assert all(videos.nth(n).is_visible() for n in range(5))
    finally:
        context.close()


def test_the_page_itself_is_light(built: Path) -> None:
    own = [
        path
        for path in built.rglob("*")
        if path.is_file()
        and path.parent.name != "clips"
        and path.name not in ("ko.html", "lesson.json")
    ]
    weight = sum(path.stat().st_size for path in own)
    assert weight < 200_000, {path.name: path.stat().st_size for path in own}


def test_no_text_is_lost_when_the_score_is_shown(page, built: Path) -> None:
    loaded(page, (built / "index.html").as_uri())
    page.evaluate("""() => document.querySelector("lit-clip").dispatchEvent(new CustomEvent(
        "litnet:score", {bubbles: true, composed: true, detail: {right: 1, total: 1}}))""")
    said = page.locator("footer .score").inner_text()
    assert said == "You answered 1 of 10 questions rightly."
