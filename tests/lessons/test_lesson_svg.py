"""Pictures in SVG: what a lesson keeps of them only draws, also when one is opened by itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
from browser import needs_chromium

from litnet.clips.manifest import Studio
from litnet.lessons.build import Built, build
from network import InputError

SVG = "{http://www.w3.org/2000/svg}"
RUN = "document.documentElement.setAttribute('data-ran','1')"
HTML = 'xmlns="http://www.w3.org/1999/xhtml"'
ELSEWHERE = "http://127.0.0.1:9/"


def svg(inner: str, more: str = "", before: str = "") -> str:
    return (
        f'{before}<svg xmlns="http://www.w3.org/2000/svg" width="20" height="20" '
        f'xmlns:xlink="http://www.w3.org/1999/xlink" {more}>{inner}<rect id="r" width="9"/></svg>'
    )


HOSTILE = {
    "script": svg(f"<script>{RUN}</script>"),
    "script of another file": svg('<script xlink:href="x.js"/><script href="x.js"/>'),
    "script in a prefix": svg(f'<s:script xmlns:s="http://www.w3.org/2000/svg">{RUN}</s:script>'),
    "script of HTML": svg(f"<script {HTML}>{RUN}</script>"),
    "script in a title": svg(f"<title><script {HTML}>{RUN}</script></title>"),
    "handler": svg("", f'onload="{RUN}"'),
    "handler in capitals": svg("", f'onLoad="{RUN}"'),
    "handler deep down": svg(f'<g><image onerror="{RUN}" href="x.png"/></g>'),
    "handler by default": svg("", before=f'<!DOCTYPE svg [<!ATTLIST svg onload CDATA "{RUN}">]>'),
    "link": svg('<a href="javascript:x()"><text>x</text></a>'),
    "link in pieces": svg('<a xlink:href=" JAVA&#10;SCRIPT&#58;x()"><text>x</text></a>'),
    "link elsewhere": svg(f'<a href="{ELSEWHERE}"><text>x</text></a>'),
    "page inside": svg(f'<foreignObject><body {HTML} onload="{RUN}">x</body></foreignObject>'),
    "frame": svg(f'<iframe {HTML} src="javascript:x()"/><object {HTML} data="x.svg"/>'),
    "link animated": svg('<a><animate attributeName="href" values="javascript:x()"/></a>'),
    "link set": svg('<a><set attributeName=" xlink:href " to="javascript:x()"/></a>'),
    "handler set": svg(f'<set attributeName="onclick" to="{RUN}"/>'),
    "colour animated": svg(f'<animate attributeName="fill" to="url({ELSEWHERE})"/>'),
    "use of another file": svg(f'<use href="{ELSEWHERE}x.svg#a"/><use xlink:href="x.svg#a"/>'),
    "use of data": svg('<use href="data:image/svg+xml,%3Csvg/%3E#a"/>'),
    "picture elsewhere": svg(f'<image href="{ELSEWHERE}x.png"/>'),
    "picture in a filter": svg(f'<filter><feImage href="{ELSEWHERE}x.png"/></filter>'),
    "picture that is a page": svg('<image href="data:text/html,x"/><image href="x.html"/>'),
    "picture in SVG": svg('<image href="data:image/svg+xml;base64,PHN2Zy8+"/>'),
    "path elsewhere": svg('<animateMotion><mpath href="x.svg#p"/></animateMotion>'),
    "style elsewhere": svg(f'<style>@import "{ELSEWHERE}";</style>'),
    "style in escapes": svg(f"<style>@im\\70ort url({ELSEWHERE}); g{{fill:u\\72l(x)}}</style>"),
    "style within media": svg(f"<style>@media all{{g{{fill:url({ELSEWHERE})}}}}</style>"),
    "style's font": svg(f"<style>@font-face{{font-family:a;src:url({ELSEWHERE})}}</style>"),
    "style without url": svg(f'<style>g{{background:image-set("{ELSEWHERE}" 1x)}}</style>'),
    "style of an element": svg(f'<g style="fill:url({ELSEWHERE});behavior:url(x)"/>'),
    "colour elsewhere": svg(f'<g fill="url({ELSEWHERE})" mask="u\\72l(x)"/>'),
    "style sheet before": svg("", before=f'<?xml-stylesheet href="{ELSEWHERE}"?>'),
    "another base": svg("", f'xml:base="{ELSEWHERE}"'),
    "refresh": svg(f'<meta {HTML} http-equiv="refresh" content="0;{ELSEWHERE}"/>'),
    "deep": svg("<g>" * 20_000 + f"<script>{RUN}</script>" + "</g>" * 20_000),
    "deep style": svg(f"<style>g{{fill:{'(' * 30_000}}}</style>"),
    "sixteen bits": svg(f"<script>{RUN}</script>"),
}
REFUSED = {
    "laughs": svg("&b;", before='<!DOCTYPE svg [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>'),
    "entity of a file": svg("&a;", before='<!DOCTYPE svg [<!ENTITY a SYSTEM "/etc/passwd">]>'),
    "parameter": svg("", before='<!DOCTYPE svg [<!ENTITY % a SYSTEM "/etc/passwd"> %a;]>'),
    "page": f"<html {HTML}><body/></html>",
    "no SVG's name": "<svg/>",
    "cut": svg("")[:-5],
    "empty": "",
    "letters": "3" * 1000,
    "long": svg(" " * (5 * 2**20)),
}


def made(folder: Path, studio: Studio, picture: bytes) -> tuple[Path, Built]:
    """The lesson's only picture, as it was built, and what was said."""
    lesson = folder / "lesson"
    lesson.mkdir()
    (lesson / "lesson.md").write_text("# T\n\nHello ![a](p.svg)\n", encoding="utf-8")
    (lesson / "p.svg").write_bytes(picture)
    built = build(lesson, folder / "out", studio=studio)
    return built.folder / "pictures" / "1.svg", built


def names_elsewhere(picture: Path) -> Iterator[str]:
    """Whatever in an SVG could run, load or lead elsewhere, looked for in another way."""
    draws = {"svg", "g", "rect", "title", "a", "text", "style", "image", "use", "animate", "set"}
    draws |= {"filter", "feImage", "animateMotion", "mpath"}
    for element in ElementTree.parse(picture).iter():
        if element.tag.removeprefix(SVG) not in draws:
            yield str(element.tag)
        for key, value in element.attrib.items():
            name = key.rpartition("}")[2].lower()
            if name.startswith("on") or name == "base":
                yield key
            if name == "href" and not value.startswith("#"):
                yield value
            if name == "attributename" and re.match(r"\s*(on|href|xlink)", value.lower()):
                yield value
            yield from re.findall(r"(?i)script:|data:text|url\((?!\s*['\"]?#)|\\|http", value)
        if element.tag == f"{SVG}style":
            yield from re.findall(r"(?i)@import|@font|url|image|\\|http", element.text or "")
    yield from re.findall(r"<[?!].*", picture.read_text("utf-8"))


@pytest.mark.parametrize("kind", HOSTILE)
def test_only_what_draws_is_kept(published: Studio, tmp_path: Path, kind: str) -> None:
    data = HOSTILE[kind].encode("utf-16" if kind == "sixteen bits" else "utf-8")
    picture, built = made(tmp_path, published, data)
    assert not list(names_elsewhere(picture))
    assert picture.read_text("utf-8").count('<rect id="r" width="9">') == 1
    quiet = ("style sheet before", "another base", "deep style")
    assert built.warnings or kind in quiet
    assert all(re.match(r".*lesson\.md:3: p\.svg loses ", said) for said in built.warnings)


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_no_plain_svg_is_refused(published: Studio, tmp_path: Path, kind: str) -> None:
    with pytest.raises(InputError, match=r"lesson\.md:3: (p\.svg|.*p\.svg: found more than)"):
        made(tmp_path, published, REFUSED[kind].encode())
    assert not (tmp_path / "out").exists()


def test_what_draws_stays_as_it_is(published: Studio, tmp_path: Path) -> None:
    text = svg(
        '<defs><linearGradient id="g"><stop offset="0" stop-color="#fff"/></linearGradient></defs>'
        "<style>rect{fill:url(#g)} @media (prefers-color-scheme: dark){rect{stroke:red}}</style>"
        '<g transform="rotate(45)" style="fill:none; stroke:rgb(1, 2, 3)"><use href="#r"/></g>'
        '<image href="data:image/png;base64,iVBORw0KGgo=" width="5"/><text xml:space="preserve">'
        '1 &lt; 2</text><circle r="1"><animate attributeName="r" values="1;2" dur="1s"/></circle>',
        before='<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/svg11.dtd">',
    )
    picture, built = made(tmp_path, published, text.encode())
    assert not built.warnings

    def parts(xml: str) -> list[tuple[str, dict[str, str], str]]:
        return [
            (e.tag, e.attrib, "".join((e.text or "").split()))
            for e in ElementTree.fromstring(xml).iter()
        ]

    assert parts(picture.read_text("utf-8")) == parts(text)


@needs_chromium
def test_opened_by_itself_nothing_runs_and_nothing_is_asked_for(
    published: Studio, tmp_path: Path, page
) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    shown = "\n".join(f"![a]({number}.svg)" for number in range(len(HOSTILE)))
    (tmp_path / "lesson.md").write_text(f"# T\n\n{shown}\n", encoding="utf-8")
    for number, text in enumerate(HOSTILE.values()):
        (tmp_path / f"{number}.svg").write_text(text, encoding="utf-8")
    built = build(tmp_path, tmp_path / "out", studio=published).folder
    for number, kind in enumerate(HOSTILE, start=1):
        picture = built / "pictures" / f"{number}.svg"
        asked.clear()
        page.goto(picture.as_uri())
        assert page.evaluate("document.documentElement.dataset.ran") is None, kind
        assert asked == [picture.as_uri()], kind
