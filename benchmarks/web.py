"""How long ``<lit-network>`` takes for one redraw, and for a training in the page.

Draws a 3 of many strokes in a page of Chromium, with no graphics card, and asks for redraws
(prepare, run the network, draw it all), each until its pixels are there (read back from the
canvas). Then it trains 2,000 digits for 40 epochs from five seeds, while the page shows it:

    python -m benchmarks.web
"""

from __future__ import annotations

import shutil
import statistics
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from litnet.lessons.learning import run_of, write_learning
from litnet.lessons.weights import write_weights
from network import load_network

ROOT = Path(__file__).resolve().parents[1]
TIMES = 200
SEEDS = range(1, 6)
SHAPE = [
    (0.3, 0.25),
    (0.5, 0.18),
    (0.68, 0.28),
    (0.45, 0.48),
    (0.7, 0.66),
    (0.55, 0.82),
    (0.3, 0.78),
]

MEASURE = """(times) => {
    const element = document.querySelector("lit-network");
    const stage = element.parts.stage.getContext("2d");
    const found = [];
    for (let n = 0; n < times; n++) {
        const start = performance.now();
        element.redraw();
        stage.getImageData(0, 0, 1, 1);
        found.push(performance.now() - start);
    }
    found.sort((a, b) => a - b);
    return [found[times / 2], found[Math.floor(times * 0.95)]];
}"""


def main() -> None:
    """Measure redraws at the sizes of a laptop and of a telephone, and trainings."""
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        network = load_network(ROOT / "assets" / "models" / "vanilla.npz")
        write_weights(network, folder / "vanilla.weights.js", "vanilla")
        shutil.copy(ROOT / "litnet" / "lessons" / "web" / "lit-network.js", folder)
        page = folder / "index.html"
        page.write_text(
            '<!doctype html><html lang="en"><script src="lit-network.js"></script>'
            '<lit-network src="vanilla.weights.js" name="vanilla"></lit-network></html>',
            encoding="utf-8",
        )
        chromium = shutil.which("chromium") or shutil.which("chromium-browser")
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
        )
        print("| page | pixels a CSS pixel | median | 95th percentile |\n|---|---|---|---|")
        for width, ratio in ((1280, 1), (1280, 2), (390, 3)):
            context = browser.new_context(
                viewport={"width": width, "height": 900}, device_scale_factor=ratio
            )
            view = context.new_page()
            view.goto(page.as_uri())
            pad = view.locator("lit-network canvas[role=application]")
            pad.wait_for()
            box = pad.bounding_box()
            assert box is not None
            places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in SHAPE]
            view.mouse.move(*places[0])
            view.mouse.down()
            for place in places[1:]:
                view.mouse.move(*place, steps=8)
            view.mouse.up()
            view.wait_for_timeout(900)
            median, late = view.evaluate(MEASURE, TIMES)
            print(f"| {width} px | {ratio} | {median:.1f} ms | {late:.1f} ms |")
            context.close()
        trained(browser, folder)
        browser.close()


def trained(browser: Browser, folder: Path) -> None:
    """Train from five seeds, in a worker, with everything on screen."""
    model = ROOT / "assets" / "models" / "learner.npz"
    network = load_network(model)
    about = write_learning(folder, "learner", network, run_of(model, network))
    write_weights(network, folder / "learner.weights.js", "learner", learning=about)
    page = folder / "learner.html"
    page.write_text(
        '<!doctype html><html lang="en"><script src="lit-network.js"></script>'
        '<lit-network src="learner.weights.js" name="learner"></lit-network></html>',
        encoding="utf-8",
    )
    view = browser.new_page(viewport={"width": 1280, "height": 900})
    view.goto(page.as_uri())
    view.locator("lit-network #tab-train").click()
    panel = view.locator("lit-network #train")
    panel.locator("button.main").click()
    print("\n| seed | seconds | read rightly of the bundled 200 |\n|---|---|---|")
    found = []
    for seed in SEEDS:
        panel.get_by_label("Dice", exact=True).fill(str(seed))
        began = time.perf_counter()
        panel.get_by_role("button", name="Train", exact=True).click()
        panel.get_by_role("button", name="Stop").wait_for()
        panel.get_by_role("button", name="Train", exact=True).wait_for(timeout=600_000)
        seconds = time.perf_counter() - began
        right = view.evaluate(
            "document.querySelector('lit-network').panel.moments().at(-1).right / 200"
        )
        found.append((seconds, right))
        print(f"| {seed} | {seconds:.1f} | {right:.1%} |")
    seconds, right = map(statistics.median, zip(*found, strict=True))
    print(f"| median | {seconds:.1f} | {right:.1%} |")
    view.close()


if __name__ == "__main__":
    main()
