"""How soon the built lesson can be used: ``python -m benchmarks.lesson [FOLDER]``.

Opens the page in Chromium, its processor slowed down to a quarter, and waits until every element of
it is defined, the buttons of a film in sight are there, and the page answers to a click. Prints the
median.
"""

from __future__ import annotations

import statistics
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

from litnet.project import HOME as ROOT

FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync")
RUNS = 7
# Two frames after the load event nothing that blocks the page is left, or they would come later.
READY = """async () => {
    if (document.readyState !== "complete")
        await new Promise((done) => addEventListener("load", done));
    await Promise.all(["lit-clip", "lit-network"].map((name) => customElements.whenDefined(name)));
    const seen = (clip) => clip.getBoundingClientRect().top < innerHeight;
    const plain = (clip) => seen(clip) && clip.querySelector("video").controls;
    while ([...document.querySelectorAll("lit-clip")].some(plain))
        await new Promise(requestAnimationFrame);
    for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame);
    return performance.now();
}"""


def main() -> None:
    """Measure the lesson in a folder; the one that `litnet lesson build` writes, unless told."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "renders/lessons/what-is-a-neuron"
    own = [path for path in folder.iterdir() if path.suffix in (".css", ".js")]
    own += [folder / "index.html", *(folder / "networks").iterdir()]
    own += (folder / "fonts").glob("*")
    print(f"weight without clips: {sum(path.stat().st_size for path in own) / 1000:.1f} kB")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=list(FLAGS))
        times = []
        for _ in range(RUNS):
            page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
            devtools = page.context.new_cdp_session(page)
            devtools.send("Emulation.setCPUThrottlingRate", {"rate": 4})
            page.goto((folder / "lesson.json").as_uri())  # in it the page finds its process
            page.goto((folder / "index.html").as_uri(), wait_until="commit")
            times.append(page.evaluate(READY))
            page.context.close()
        browser.close()
    shown = ", ".join(f"{time:.0f}" for time in sorted(times))
    print(f"ready after {statistics.median(times):.0f} ms (median of {RUNS}: {shown})")


if __name__ == "__main__":
    main()
