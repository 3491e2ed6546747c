"""``<lit-network>`` in a real Chromium, held against NumPy and against ``network.digits``."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import warnings
import zlib
from base64 import b64decode, b64encode
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from browser import NODE_MODULES, needs_chromium, needs_npm_packages
from film import ROOT, VANILLA
from PIL import Image

import network
from litnet.lessons.weights import export, packed, precision, script, write_weights
from litnet.lessons.words import words_attribute, words_file, words_script
from litnet.narration import lang_attributes
from network import MLP, Dense, InputError, load_network
from network.digits import bundled_digits, hero_digit, load_image

WEB = ROOT / "litnet" / "lessons" / "web"
POLICY = (
    "default-src 'none'; script-src 'self'; worker-src blob:; style-src 'self'; "
    "img-src 'self' data: blob:; media-src 'self' blob:; font-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'"
)
STYLE = ":root{color-scheme:light dark}body{background:Canvas;color:CanvasText;margin:0}"
ELEMENT = "document.querySelector('lit-network')"


def write_page(folder: Path, *, name: str = "net", language: str = "en", more: str = "") -> Path:
    (folder / "lit-network.js").write_bytes((WEB / "lit-network.js").read_bytes())
    (folder / "page.css").write_text(STYLE, encoding="utf-8")
    page = folder / f"{language}.html"
    more += words_attribute(language)
    (folder / words_file(language)).write_text(words_script(language), encoding="utf-8")
    page.write_text(
        f'<!doctype html><html {lang_attributes(language)}><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<title>Draw</title><link rel="stylesheet" href="page.css">'
        '<script src="lit-network.js" defer></script></head><body><main><h1>Draw</h1>'
        f'<lit-network src="{name}.weights.js" name="{name}"{more}></lit-network>'
        "</main></body></html>",
        encoding="utf-8",
    )
    return page


def opened(page, folder: Path, net: MLP, **more):
    """A page with this network, opened from its file and ready."""
    examples = more.pop("examples", ())
    classes = more.pop("classes", None)
    write_weights(net, folder / "net.weights.js", "net", classes=classes, examples=examples)
    page.goto(write_page(folder, **more).as_uri())
    page.locator("lit-network canvas[role=img]").wait_for()
    return page


@pytest.fixture(scope="session")
def vanilla() -> MLP:
    return load_network(VANILLA)


def thousand_images(n: int) -> np.ndarray:
    """Bundled digits where they fit, noise of all densities, and the extremes; (1000, n)."""
    rng = np.random.default_rng(5)
    images = rng.uniform(size=(1000, n))
    images *= rng.uniform(size=(1000, n)) < rng.uniform(size=(1000, 1))
    images[:4] = np.stack([np.zeros(n), np.ones(n), np.eye(n)[0], np.full(n, 1e-9)])
    if n == 784:
        images[4:204] = [digit.image().ravel() for digit in bundled_digits()]
    return images


def in_the_page(page, images: np.ndarray) -> list[np.ndarray]:
    """All layers' activations of many images, as the page computes them, each (n, size)."""
    data = b64encode(images.astype("<f8").tobytes()).decode()
    found = page.evaluate(
        """([data, n]) => {
            const element = document.querySelector("lit-network");
            const raw = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
            const all = new Float64Array(raw.buffer);
            const layers = [];
            for (let at = 0; at < all.length; at += n)
                element
                    .forward(all.subarray(at, at + n))
                    .forEach((a, k) => (layers[k] ??= []).push(...a));
            return layers.slice(1).map((values) => {
                const bytes = new Uint8Array(Float64Array.from(values).buffer);
                let text = "";
                for (let i = 0; i < bytes.length; i += 8192)
                    text += String.fromCharCode(...bytes.subarray(i, i + 8192));
                return btoa(text);
            });
        }""",
        [data, images.shape[1]],
    )
    return [np.frombuffer(b64decode(text), "<f8").reshape(len(images), -1) for text in found]


# --- The file of weights ----------------------------------------------------------------------


def test_the_default_model_is_exact_in_float32_and_small(vanilla: MLP, tmp_path: Path) -> None:
    path = write_weights(vanilla, tmp_path / "vanilla.weights.js", "vanilla")
    assert path.stat().st_size < 62_000
    assert precision(vanilla) == "float32"
    head, _, body = path.read_text(encoding="ascii").partition("=")[2].partition("=")
    data = json.loads(body.rstrip().removesuffix(";"))
    assert head.endswith('["vanilla"]')
    planes = zlib.decompress(b64decode(data["weights"]))
    raw = np.frombuffer(planes, np.uint8).reshape(4, -1).T.tobytes()
    assert zlib.crc32(raw) == data["crc32"]
    numbers = np.frombuffer(raw, "<f4").astype(np.float64)
    expected = [p.ravel() for layer in vanilla.layers for p in (layer.weights, layer.biases)]
    assert np.array_equal(numbers, np.concatenate(expected))


def test_weights_that_float32_would_change_stay_float64() -> None:
    rng = np.random.default_rng(0)
    layer = Dense(rng.normal(size=(3, 64)) * 100, rng.normal(size=3), "identity")
    assert export(MLP((layer,)), "n")["dtype"] == "float64"


def test_what_does_not_fit_is_refused(vanilla: MLP, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="found 1 names, expected 10"):
        export(vanilla, "n", ["a"])
    with pytest.raises(InputError, match="a name that cannot be used"):
        export(vanilla, "__proto__")
    with pytest.raises(InputError, match="found 4 pixels, expected 784"):
        export(vanilla, "n", examples=[("3", np.zeros((2, 2)))])
    with pytest.raises(InputError, match=r"expected \.js"):
        write_weights(vanilla, tmp_path / "n.bin", "n")
    with pytest.raises(InputError, match="cannot be written"):
        write_weights(vanilla, tmp_path / "no" / "n.js", "n")
    assert not list(tmp_path.iterdir())


def test_nothing_in_the_script_can_end_it(vanilla: MLP) -> None:
    names = ["</script><script>", "<!--", "\u2028", *"3456789"]
    text = script(export(vanilla, "n", names))
    assert text.isascii() and not set("<>&") & set(text)


# --- The same numbers as NumPy ----------------------------------------------------------------


@needs_chromium
def test_a_thousand_images_give_what_numpy_gives(page, vanilla: MLP, tmp_path: Path) -> None:
    images = thousand_images(784)
    opened(page, tmp_path, vanilla)
    expected = vanilla.forward(images).activations[1:]
    for mine, numpys in zip(in_the_page(page, images), expected, strict=True):
        assert np.abs(mine - numpys).max() < 1e-6


@needs_chromium
@pytest.mark.parametrize("name", [*network.ACTIVATIONS, "leaky_relu:0.3"])
def test_every_activation_gives_what_numpy_gives(page, name: str, tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    net = MLP(
        (
            Dense(rng.normal(0, 1.5, (9, 64)), rng.normal(size=9), name),
            Dense(rng.normal(0, 3, (5, 9)), rng.normal(size=5), name),
        )
    )
    images = thousand_images(64) * 2 - 0.5
    opened(page, tmp_path, net)
    expected = net.forward(images).activations[1:]
    for mine, numpys in zip(in_the_page(page, images), expected, strict=True):
        assert np.abs(mine - numpys).max() < 1e-6


# --- The same picture as network.digits -------------------------------------------------------


def drawing(rng: np.random.Generator, size: int = 400) -> np.ndarray:
    """White strokes on black, of any width, anywhere: (size, size) bytes with grey edges."""
    middle, reach = rng.uniform(0.3, 0.7, 2) * size, rng.uniform(0.06, 0.3) * size
    y, x = np.indices((size, size)) + 0.5
    ink = np.zeros((size, size))
    for _ in range(int(rng.integers(1, 4))):
        points = middle + rng.uniform(-reach, reach, (int(rng.integers(2, 6)), 2))
        radius = rng.uniform(0.7, 16)
        for a, b in pairwise(points):
            along = b - a
            t = ((x - a[0]) * along[0] + (y - a[1]) * along[1]) / max(along @ along, 1e-9)
            t = np.clip(t, 0, 1)
            distance = np.hypot(x - a[0] - t * along[0], y - a[1] - t * along[1])
            ink = np.maximum(ink, np.clip(radius + 0.5 - distance, 0, 1))
    return np.rint(ink * rng.uniform(0.4, 1) * 255).astype(np.uint8)


@needs_chromium
@pytest.mark.parametrize("side", [28, 8, 64])
def test_drawings_are_prepared_as_network_digits_does(page, side: int, tmp_path: Path) -> None:
    rng = np.random.default_rng(side)
    net = MLP((Dense(rng.normal(size=(3, side * side)), np.zeros(3), "sigmoid"),))
    opened(page, tmp_path, net)
    compared = 0
    for _ in range(60 if side == 28 else 10):
        grey = drawing(rng)
        path = tmp_path / "drawing.png"
        Image.fromarray(grey).save(path)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            expected = load_image(path, side)
        found = page.evaluate(
            f"""(data) => {{
                const page = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
                return [...{ELEMENT}.prepare(page, 400, 400).values];
            }}""",
            b64encode(grey.tobytes()).decode(),
        )
        assert np.abs(np.reshape(found, (side, side)) - expected).max() < 1e-9
        compared += 1
    assert compared >= 10


SHAPES = {
    "three": [(0.3, 0.25), (0.5, 0.18), (0.68, 0.28), (0.45, 0.48), (0.7, 0.66), (0.3, 0.78)],
    "one": [(0.85, 0.1), (0.8, 0.9)],
    "small": [(0.1, 0.1), (0.2, 0.1), (0.12, 0.25)],
    "dot": [(0.5, 0.5)],
}


def pad_of(page):
    return page.locator("lit-network canvas[role=application]")


def draw(page, points: list[tuple[float, float]]) -> None:
    box = pad_of(page).bounding_box()
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=5)
    page.mouse.up()


def read(page):
    """What the element read, once a frame has passed."""
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
    return page.evaluate(
        f"() => {{ const r = {ELEMENT}.reading; return r && "
        "{values: [...r.values], name: r.name, confidence: r.confidence}; }"
    )


def download(page, folder: Path) -> Path:
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Film this").click()
    path = folder / waiting.value.suggested_filename
    waiting.value.save_as(path)
    return path


@needs_chromium
@pytest.mark.parametrize(
    ("shape", "pen"),
    [("three", 0.08), ("three", 0.02), ("one", 0.02), ("one", 0.2), ("small", 0.05), ("dot", 0.1)],
)
def test_the_downloaded_drawing_reads_the_same(
    page, shape: str, pen: float, vanilla: MLP, tmp_path: Path
) -> None:
    opened(page, tmp_path, vanilla, more=f' pen="{pen}"')
    draw(page, SHAPES[shape])
    found = read(page)
    image = load_image(download(page, tmp_path))
    assert np.abs(np.array(found["values"]) - image.ravel()).max() < 1 / 255
    answer = vanilla.forward(image.ravel())
    assert found["name"] == str(answer.prediction)
    assert found["confidence"] == pytest.approx(answer.confidence, abs=1e-6)


@needs_chromium
def test_even_a_page_full_of_ink_reads_the_same(page, vanilla: MLP, tmp_path: Path) -> None:
    opened(page, tmp_path, vanilla, more=' pen="0.3"')
    rows = np.linspace(0.04, 0.96, 7)
    ends = ((0.04, 0.96), (0.96, 0.04))
    draw(page, [(x, y) for k, y in enumerate(rows) for x in ends[k % 2]])
    assert page.evaluate(f"{ELEMENT}.page.reduce((n, v) => n + (v > 0), 0)") > 280 * 280 * 0.97
    found = read(page)
    image = load_image(download(page, tmp_path))
    assert np.abs(np.array(found["values"]) - image.ravel()).max() < 1 / 255


@needs_chromium
def test_litnet_predict_says_what_the_page_says(page, vanilla: MLP, tmp_path: Path) -> None:
    opened(page, tmp_path, vanilla, more=' model="my models/mine.npz"')
    draw(page, SHAPES["three"])
    found = read(page)
    path = download(page, tmp_path)
    command = [sys.executable, "-m", "litnet", "predict", str(path), "--json"]
    said = json.loads(subprocess.run(command, capture_output=True, check=True, cwd=ROOT).stdout)
    assert str(said["prediction"]) == found["name"]
    assert said["confidence"] == pytest.approx(found["confidence"], abs=1e-6)
    shown = page.locator("lit-network code").inner_text()
    assert shown == f"litnet render LayerIntro --digit {path.name} --model 'my models/mine.npz'"


@needs_chromium
def test_an_example_is_read_as_it_is_and_can_be_drawn_on(
    page, vanilla: MLP, tmp_path: Path
) -> None:
    hero = hero_digit().image()
    opened(page, tmp_path, vanilla, examples=[("3", hero)])
    page.get_by_role("button", name="Example: 3").click()
    assert np.array_equal(read(page)["values"], hero.ravel())
    path = download(page, tmp_path)
    assert np.array_equal(load_image(path), hero)
    with Image.open(path) as picture:
        assert picture.size == (28, 28)
    page.get_by_role("button", name="Eraser").click()
    draw(page, [(0.5, 0.1), (0.5, 0.5)])
    erased = read(page)["values"]
    assert not np.array_equal(erased, hero.ravel())
    assert np.abs(erased - load_image(download(page, tmp_path)).ravel()).max() < 1 / 255
    page.get_by_role("button", name="Undo").click()
    assert np.array_equal(read(page)["values"], hero.ravel())


# --- Ways to draw -----------------------------------------------------------------------------


@needs_chromium
def test_the_keyboard_alone_draws_and_hears_the_answer(page, vanilla: MLP, tmp_path: Path) -> None:
    opened(page, tmp_path, vanilla)
    page.keyboard.press("Tab")
    assert page.evaluate(f"{ELEMENT}.shadowRoot.activeElement === {ELEMENT}.parts.pad")
    for _ in range(9):
        page.keyboard.press("ArrowUp")
    page.keyboard.press("Space")
    for _ in range(18):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    found = read(page)
    assert found["name"] == "1"
    said = page.locator("lit-network [role=status].sr")
    expected = f"The network reads 1, with an activation of {found['confidence']:.2f}."
    said.get_by_text(expected).wait_for(timeout=3000)
    page.keyboard.press("z")
    assert read(page) is None
    for key in ("Space", "ArrowLeft", "Space", "Delete"):
        page.keyboard.press(key)
    assert read(page) is None
    page.keyboard.press("e")
    assert page.get_by_role("button", name="Eraser").get_attribute("aria-pressed") == "true"


@needs_chromium
def test_a_finger_draws_and_does_not_scroll(new_page, vanilla: MLP, tmp_path: Path) -> None:
    page = new_page(viewport={"width": 390, "height": 500}, has_touch=True, is_mobile=True)
    opened(page, tmp_path, vanilla)
    box = pad_of(page).bounding_box()
    client = page.context.new_cdp_session(page)
    x = box["x"] + box["width"] / 2

    def touch(kind: str, *points: tuple[float, float]) -> None:
        at = [{"x": u, "y": v} for u, v in points]
        client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": at})

    touch("touchStart", (x, box["y"] + box["height"] * 0.9))
    for k in range(1, 9):
        touch("touchMove", (x, box["y"] + box["height"] * (0.9 - 0.1 * k)))
    touch("touchEnd")
    assert read(page)["name"] == "1"
    assert page.evaluate("scrollY") == 0


# --- Other networks, and files that are none --------------------------------------------------


@needs_chromium
@pytest.mark.parametrize("sizes", [(64, 2), (4096, 64, 30, 3), (784, 300, 26), (81, 1024)])
def test_networks_of_other_shapes_are_drawn(page, sizes: tuple[int, ...], tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    pairs = pairwise(sizes)
    net = MLP(
        tuple(Dense(rng.normal(size=(n, m)).astype("f4"), np.zeros(n), "tanh") for m, n in pairs)
    )
    opened(page, tmp_path, net)
    draw(page, SHAPES["three"])
    assert len(read(page)["values"]) == sizes[0]
    legend = page.locator("lit-network .legend").inner_text()
    total = sum(m * n for m, n in pairwise(sizes))
    assert f"{total:,} connections" in legend
    assert legend.startswith("The strongest") == any(m * n > 16384 for m, n in pairwise(sizes))


@needs_chromium
def test_a_list_of_numbers_is_not_to_be_drawn(page, tmp_path: Path) -> None:
    opened(page, tmp_path, MLP((Dense(np.ones((3, 7)), np.zeros(3), "relu"),)))
    text = page.locator("lit-network .error").inner_text()
    assert "a list of 7 numbers, not a picture, so there is nothing to draw" in text
    assert not pad_of(page).count()


@needs_chromium
def test_hostile_names_are_text(page, tmp_path: Path) -> None:
    names = ["<script>alert(1)</script>", "\u202eright\u2066", '"><img src=x onerror=alert(1)>']
    net = MLP((Dense(np.zeros((3, 64)), np.array([0.0, 1.0, 0.0]), "sigmoid"),))
    opened(page, tmp_path, net, classes=names)
    page.on("dialog", lambda _: pytest.fail("a name was run"))
    draw(page, SHAPES["three"])
    assert read(page)["name"] == "right"
    page.wait_for_timeout(700)
    page.locator("lit-network summary").click()
    assert "<script>alert(1)</script>" in page.locator("lit-network dl").inner_text()
    assert not page.locator("lit-network img, lit-network script").count()


def with_nan(data: dict) -> None:
    raw = bytearray(b64decode(data["weights"]))
    raw[:8] = np.array([np.nan]).tobytes() if data["dtype"] == "float64" else b"\0\0\xc0\x7f" * 2
    data.update(weights=b64encode(raw).decode(), crc32=zlib.crc32(raw))


def with_another_byte(data: dict) -> None:
    raw = bytearray(b64decode(data["weights"]))
    raw[5] ^= 1
    data["weights"] = b64encode(raw).decode()


DAMAGE = {
    "short": (lambda d: d.update(weights=d["weights"][:-8]), "bytes of weights instead of"),
    "nan": (with_nan, "one of its weights is not a number"),
    "byte": (with_another_byte, "its file of weights is damaged"),
    "base64": (lambda d: d.update(weights="*"), "its file of weights is damaged"),
    "activation": (lambda d: d.update(activations=["<b>"]), "an unknown activation, <b>"),
    "inherited": (lambda d: d.update(activations=["toString"]), "unknown activation, toString"),
    "schema": (lambda d: d.update(schema=2), "another format"),
    "sizes": (lambda d: d.update(sizes=[64, -1]), "another format"),
    "classes": (lambda d: d.update(classes=None), "another format"),
    "deflate": (lambda d: d.update(packed(d), weights="AAAA"), "its file of weights is damaged"),
    "labels": (lambda d: d.update(packed(d), examples=3), "its file of weights is damaged"),
    "name": (lambda d: d.update(name="other"), "missing or holds no such network"),
}


@needs_chromium
@pytest.mark.parametrize("kind", DAMAGE)
def test_a_damaged_file_is_refused_in_a_sentence(page, kind: str, tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    data = export(MLP((Dense(rng.normal(size=(3, 64)), np.zeros(3), "sigmoid"),)), "net")
    spoil, expected = DAMAGE[kind]
    spoil(data)
    (tmp_path / "net.weights.js").write_text(script(data), encoding="ascii")
    page.goto(write_page(tmp_path).as_uri())
    said = page.locator("lit-network [role=alert]").inner_text()
    assert said.startswith("This network cannot be shown: ") and expected in said
    assert said.count(".") == 1 and not page.locator("lit-network canvas").count()


@needs_chromium
def test_a_missing_file_is_said(new_page, tmp_path: Path) -> None:
    page = new_page(expects_errors=True)
    page.goto(write_page(tmp_path, language="ko").as_uri())
    assert "보여 줄 수 없습니다" in page.locator("lit-network [role=alert]").inner_text()


# --- For everybody ----------------------------------------------------------------------------


@needs_chromium
@needs_npm_packages
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "ko"])
def test_axe_finds_nothing(
    new_page, serve, scheme: str, language: str, vanilla: MLP, tmp_path: Path
) -> None:
    page = new_page(viewport={"width": 390, "height": 800}, color_scheme=scheme)
    write_weights(
        vanilla, tmp_path / "net.weights.js", "net", examples=[("3", hero_digit().image())]
    )
    page.goto(f"{serve(tmp_path)}/{write_page(tmp_path, language=language).name}")
    page.locator("lit-network canvas[role=img]").wait_for()
    axe = (NODE_MODULES / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
    page.evaluate(axe)
    for step in range(2):
        found = page.evaluate(
            "() => axe.run().then((r) => r.violations.map((v) => v.id + v.nodes[0].html))"
        )
        assert found == []
        if step == 0:
            draw(page, SHAPES["three"])
            assert read(page)
            page.locator("lit-network #drawing .main").click()
            page.locator("lit-network code").wait_for()


@needs_chromium
@pytest.mark.parametrize("width", [320, 390, 1280])
def test_it_fits_any_width(new_page, width: int, vanilla: MLP, tmp_path: Path) -> None:
    page = new_page(viewport={"width": width, "height": 800}, device_scale_factor=2)
    opened(page, tmp_path, vanilla)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.wait_for_timeout(100)
    canvas = page.evaluate(f"[{ELEMENT}.parts.stage.width, {ELEMENT}.parts.stage.clientWidth]")
    assert canvas[0] == 2 * canvas[1]


@needs_chromium
def test_a_drawing_taken_back_leaves_no_light(page, vanilla: MLP, tmp_path: Path) -> None:
    """Sums of light are used again from frame to frame: what one drew must not show in the next."""
    examples = [("3", hero_digit().image())]
    opened(page, tmp_path, vanilla, examples=examples)
    pictures = f"""[...{ELEMENT}.shadowRoot.querySelectorAll(".net > canvas")].map((c) =>
        [...c.getContext("2d").getImageData(0, 0, c.width, c.height).data].reduce(
            (sum, v, i) => (Math.imul(sum, 31) + v * (1 + (i % 7))) | 0, 0))"""
    example = page.get_by_role("button", name="Example: 3")
    undo = page.get_by_role("button", name="Undo")
    read(page)
    dark = page.evaluate(pictures)
    assert len(dark) == 2
    example.click()
    read(page)
    page.mouse.move(1, 1)
    lit = page.evaluate(pictures)
    assert all(one != other for one, other in zip(dark, lit, strict=True))
    draw(page, SHAPES["three"])
    read(page)
    page.mouse.move(1, 1)
    assert page.evaluate(pictures) != lit
    undo.click()
    read(page)
    assert page.evaluate(pictures) == lit
    undo.click()
    read(page)
    assert page.evaluate(pictures) == dark


# What the element takes from a browser.
TAKEN = (
    "Array Blob CSSStyleDeclaration CSSStyleSheet CanvasRenderingContext2D CompressionStream "
    "Crypto CustomEvent DOMRect DOMTokenList Float32Array Float64Array Function "
    "HTMLAnchorElement HTMLButtonElement HTMLCanvasElement HTMLDocument HTMLFieldSetElement "
    "HTMLInputElement HTMLScriptElement ImageData Int32Array IntersectionObserver "
    "KeyboardEvent MessageEvent Number Object Performance PointerEvent Promise ReadableStream "
    "ResizeObserver Response ShadowRoot String TextMetrics URL Uint8Array Uint16Array "
    "Uint32Array WeakMap Window Worker "
).split()


@needs_chromium
def test_no_name_that_is_shortened_means_something_elsewhere(page, tmp_path: Path) -> None:
    """Names that the bundler shortens: none is a browser's, of a file of data, or in a text."""
    text = (NODE_MODULES.parent / "bundle.mjs").read_text(encoding="utf-8")
    lines = re.search(r"const OWN =\n(.*?);", text, re.DOTALL)
    assert lines
    own = set(" ".join(re.findall(r'"([^"]*)"', lines[1])).split())
    words = (WEB / "src" / "network" / "words.js").read_text(encoding="utf-8")
    said = set(re.findall(r"\{(\w+)\}", words))  # what stands in a text; a word itself is a string
    data = set(export(MLP((Dense(np.zeros((1, 64)), np.zeros(1), "relu"),)), "n"))
    (tmp_path / "empty.html").write_text("<!doctype html>", encoding="utf-8")
    page.goto((tmp_path / "empty.html").as_uri())
    known = page.evaluate(
        """(taken) => {
            const names = new Set();
            const add = (one) => Object.getOwnPropertyNames(one).forEach((name) => names.add(name));
            const kinds = taken.map((name) => globalThis[name]);
            for (const kind of [...kinds, Intl.NumberFormat, Intl.PluralRules]) {
                add(kind);
                for (let one = kind.prototype; one; one = Object.getPrototypeOf(one)) add(one);
            }
            for (const one of [globalThis, Math, Intl]) add(one);
            return [...names];
        }""",
        TAKEN,
    )
    assert len(own) >= 40 and len(known) > 1000 and "textContent" in known
    assert own & (set(known) | said | data) == set()


def test_the_element_is_small() -> None:
    assert (WEB / "lit-network.js").stat().st_size <= 45_500
