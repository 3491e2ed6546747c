"""The built lesson in a real browser: both languages, light and dark, narrow and wide."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from browser import NODE_MODULES, needs_chromium, needs_npm_packages, soon
from fontTools.ttLib import TTFont

from litnet.clips.manifest import Studio
from litnet.lessons.build import build

pytestmark = [needs_chromium, needs_npm_packages]
AXE = NODE_MODULES / "axe-core" / "axe.min.js"
PAGES = ("index.html", "ko.html")
ARABIC = """# ما هو العصبون؟

العصبون شيء يحمل رقما بين 0 و 1. هذا الرقم يسمى تنشيطه، ونرسمه ضوءا.

## الصورة تصبح طبقة

![من البكسلات إلى العصبونات](clip:LayerIntro)

> كلما ارتفع الرقم، زاد الضوء.
"""


NEAR = """async () => {
    for (let y = 0; y < document.body.scrollHeight; y += innerHeight / 2) {
        scrollTo({top: y, behavior: 'instant'});
        await new Promise((done) => setTimeout(done, 60));
    }
    scrollTo({top: 0, behavior: 'instant'});
}"""


def loaded(page, address: str) -> None:
    """Opens a lesson, and has everything in it come near once."""
    page.goto(address)
    page.evaluate(NEAR)
    soon(page, "() => Object.keys(globalThis.litnetNetworks ?? {}).length > 0")


OPENED = """async () => {
    for (const clip of document.querySelectorAll("lit-clip")) {
        const root = clip.shadowRoot;
        root.querySelector(".transcript").click();
        const asked = globalThis.litnetQuizzes[clip.getAttribute("name")]?.[0];
        if (asked) clip.querySelector("video").currentTime = asked.time;
    }
    const forms = [...document.querySelectorAll("lit-clip[quiz]")].map(
        (clip) => clip.shadowRoot.querySelector(".quiz"));
    for (let n = 0; n < 200 && forms.some((form) => form.hidden); n += 1)
        await new Promise((done) => setTimeout(done, 50));
    return forms.filter((form) => !form.hidden).length;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("lesson", ["built", "learning"])
def test_no_violation_is_found_with_everything_open(
    new_page, request: pytest.FixtureRequest, lesson: str, name: str, scheme: str
) -> None:
    folder = request.getfixturevalue(lesson)
    page = new_page(viewport={"width": 1280, "height": 900}, color_scheme=scheme)
    address = (folder / name).as_uri()
    if lesson == "built":
        loaded(page, address)
    else:
        page.goto(address)
        page.evaluate(NEAR)
    soon(page, "() => [...document.querySelectorAll('video')].every((one) => !one.controls)")
    assert page.evaluate(OPENED) == page.locator("lit-clip[quiz]").count() > 3
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


@pytest.mark.parametrize("lesson", ["built", "learning"])
def test_the_page_itself_is_light(request: pytest.FixtureRequest, lesson: str) -> None:
    """What a reader of one page loads, without films, snapshots and digits to learn from."""
    folder = request.getfixturevalue(lesson)
    files = [path for path in folder.rglob("*") if path.is_file()]
    shared = [
        path
        for path in files
        if path.parent.name not in ("clips", "code")
        and path.suffix not in (".html", ".json")
        and not re.search("history|training|unseen", path.name)
    ]
    for page in PAGES:
        if page == "ko.html":
            own = [*shared, *(path for path in files if path.name == "litnet-words.ko.js")]
        else:
            own = [path for path in shared if "KR" not in path.name]
        sizes = {one.name: one.stat().st_size for one in [*own, folder / page]}
        assert len(sizes) > 8 and sum(sizes.values()) <= 220_000, sizes


def test_a_film_is_loaded_when_it_comes_near(new_page, built: Path) -> None:
    page = new_page(viewport={"width": 1280, "height": 800})
    page.goto((built / "index.html").as_uri())
    soon(page, "() => document.querySelector('video').readyState >= 1")
    page.evaluate("new Promise(requestAnimationFrame)")
    last = "[...document.querySelectorAll('video')].at(-1)"
    assert page.evaluate(f"[{last}.preload, {last}.readyState, {last}.controls]") == [
        "none",
        0,
        True,
    ]
    page.evaluate(f"{last}.scrollIntoView({{behavior: 'instant'}})")
    soon(page, f"() => {last}.readyState >= 1 && !{last}.controls")


def test_the_place_of_the_controls_is_kept(new_page, built: Path) -> None:
    """What is read does not jump when the film above it gets its controls."""
    page = new_page(viewport={"width": 1280, "height": 800})
    page.goto((built / "index.html").as_uri())
    height = "() => document.querySelectorAll('lit-clip')[{}].clientHeight"
    before = page.evaluate(height.format(4))
    page.evaluate(NEAR)
    soon(page, "() => [...document.querySelectorAll('video')].every((one) => !one.controls)")
    assert abs(page.evaluate(height.format(4)) - before) < 40


def test_the_page_is_set_in_the_films_fonts(new_page, built: Path) -> None:
    for name, family in (("index.html", "Litnet Sans"), ("ko.html", "Litnet Sans KR")):
        page = new_page()
        page.goto((built / name).as_uri())
        page.evaluate("document.fonts.ready.then(() => true)")
        loaded_fonts = page.evaluate(
            "[...document.fonts].filter((f) => f.status === 'loaded').map((f) => f.family)"
        )
        assert family in [one.strip('"') for one in loaded_fonts]


def test_the_font_has_every_letter_that_the_player_says(built: Path) -> None:
    font = TTFont(built / "fonts" / "LitnetSansKR-Regular.woff2")
    shown = "".join(path.read_text("utf-8") for path in (built / "clips").glob("*.vtt"))
    shown += "".join(path.read_text("utf-8") for path in (built / "clips").glob("*.quiz.js"))
    hangul = {letter for letter in shown if "\uac00" <= letter <= "\ud7a3"}
    assert len(hangul) > 100 and not {one for one in hangul if ord(one) not in font.getBestCmap()}


def test_a_line_has_about_65_characters(new_page, built: Path) -> None:
    page = new_page(viewport={"width": 1280, "height": 800})
    page.goto((built / "index.html").as_uri())
    lengths = page.evaluate("""() => {
        const lengths = [];
        for (const p of document.querySelectorAll("main > p")) {
            const range = document.createRange();
            range.selectNodeContents(p);
            const lines = new Set([...range.getClientRects()].map((box) => Math.round(box.bottom)));
            if (lines.size > 2) lengths.push(p.textContent.length / lines.size);
        }
        return lengths;
    }""")
    middle = sorted(lengths)[len(lengths) // 2]
    assert len(lengths) > 4 and 52 <= middle <= 75


def test_contents_mark_what_was_read(new_page, built: Path) -> None:
    page = new_page(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    page.goto((built / "index.html").as_uri())
    links = page.locator(".contents a")
    assert links.all_inner_texts() == page.locator("main h2").all_inner_texts()
    links.nth(2).click()
    soon(page, "() => document.querySelectorAll('.contents .read').length === 2")
    assert page.locator(".contents [aria-current]").inner_text() == links.nth(2).inner_text()


def test_the_card_says_what_became_of_each_question(new_page, built: Path) -> None:
    page = new_page(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    page.goto((built / "index.html").as_uri())
    clip = page.locator("lit-clip").nth(1)
    clip.scroll_into_view_if_needed()
    soon(page, "() => !document.querySelectorAll('video')[1].controls")
    page.evaluate("""() => {
        document.querySelectorAll("lit-clip")[1].answers = {
            "dark-neuron": {attempts: 2, score: 0.5}, "who-knows": {attempts: 1, score: 0}};
    }""")
    state = page.locator("li[data-question='dark-neuron'] .state")
    assert state.inner_text().startswith("right at another try")
    wrong = page.locator("li[data-question='who-knows'] .state")
    assert wrong.inner_text().startswith("not right yet")
    assert page.locator("footer .score").inner_text() == "You answered 1 of 10 questions rightly."
    wrong.get_by_role("button", name="Watch that part").click()
    soon(page, "() => document.querySelectorAll('video')[1].currentTime > 0")
    shown = page.locator("video").nth(1).bounding_box()
    assert 0 <= shown["y"] < 800


def test_print_leaves_text_and_pictures(new_page, built: Path) -> None:
    page = new_page()
    page.goto((built / "index.html").as_uri())
    page.emulate_media(media="print")
    assert page.locator("main h2").first.is_visible() and page.locator("video").first.is_visible()
    assert page.locator(".contents").is_hidden() and page.locator("lit-network").is_hidden()
    page.evaluate("document.body.classList.add('card')")
    assert page.locator("main").is_hidden() and page.locator(".result").is_visible()


@pytest.mark.parametrize("width", [320, 1280])
def test_from_right_to_left(new_page, published: Studio, tmp_path: Path, width: int) -> None:
    """Its own words are Arabic; what has none is English, and stands as English does."""
    (tmp_path / "lesson.ar.md").write_text(ARABIC, encoding="utf-8")
    folder = build(tmp_path, tmp_path / "built", studio=published).folder
    page = new_page(viewport={"width": width, "height": 800})
    page.goto((folder / "index.html").as_uri())
    soon(page, "() => !document.querySelector('video').controls")
    assert page.evaluate("document.documentElement.dir") == "rtl"
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    heading, paper = page.locator("h1").bounding_box(), page.locator("main > p").first
    right = page.evaluate("document.documentElement.clientWidth")
    assert right - heading["x"] - heading["width"] < heading["x"] + heading["width"] or width < 400
    assert paper.evaluate("(p) => getComputedStyle(p).direction") == "rtl"
    # Time runs from left to right, as the film's own arrows do.
    assert page.locator(".chrome").evaluate("(e) => getComputedStyle(e).direction") == "ltr"
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate(
        "axe.run({preload: false}).then((found) => found.violations.map((v) => v.id))"
    )
    assert found == []


def test_no_text_is_lost_when_the_score_is_shown(page, built: Path) -> None:
    loaded(page, (built / "index.html").as_uri())
    page.evaluate("""() => document.querySelector("lit-clip").dispatchEvent(new CustomEvent(
        "litnet:score", {bubbles: true, composed: true, detail: {right: 1, total: 1}}))""")
    said = page.locator("footer .score").inner_text()
    assert said == "You answered 1 of 10 questions rightly."
