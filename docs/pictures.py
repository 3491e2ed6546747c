"""Make the loop and the pictures of the README: ``make loop``.

The frames are those of LayerIntro, evaluated anew; what is written in them (the captions) is cut
off in the loop, which goes too fast to be read. What a page looks like is taken in Chromium, if it
is there.
"""

from __future__ import annotations

import io
import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from litnet.clips.catalogue import find_stories
from litnet.clips.manifest import Studio
from litnet.clips.settings import Quality
from litnet.clips.still import as_image, evaluate, task_for
from litnet.lessons import Clip
from litnet.lessons.exporters import EXPORTERS
from litnet.lessons.exporters.job import Job
from litnet.lessons.weights import write_weights
from litnet.project import asset
from network import load_network
from network.digits import bundled_digits, hero_digit

IMAGES = Path(__file__).parent / "images"
STILLS = {
    "flow": ("flow", 0.5),  # the beat, and how much of it is over
    "grey-values": ("grey-values", 1.0),
    "layer": ("first-layer", 1.0),
    "propagation": ("propagation", 0.62),
    "answer": ("answer", 1.0),
}
STILL = (960, 540)  # pixels
RATE = 60  # frames a second of the story, as it is evaluated
LOOP_WIDTH, LOOP_RATE = 720, 15  # pixels, frames a second
UNDER = 0.826  # of the height, from where on there are captions
MOST = 1_500_000  # bytes


@dataclass(frozen=True)
class Part:
    """A part of a beat in the loop: from and to, as parts of the beat, and in how many seconds."""

    beat: str
    start: float
    end: float
    seconds: float


LOOP = (
    Part("flow", 0.16, 0.86, 3.8),
    Part("propagation", 0.1, 0.9, 3.2),
    Part("answer", 0.1, 1.0, 1.6),
)
REST = 1.2  # seconds that the last picture stays


def frames() -> None:
    """The loop and the stills: the story is evaluated twice, for its times and for the frames."""
    (story,) = find_stories(("LayerIntro",))
    task = task_for(Studio(), story, Quality(1280, 720, RATE))
    beats = {beat.name: beat for beat in evaluate(task, lambda *_: (), lambda *_: None).beats}

    def frame(beat: str, part: float) -> int:
        one = beats[beat]
        first, last = round(one.start * RATE), round(one.end * RATE) - 1
        return round(first + part * (last - first))

    stills = {frame(*place): name for name, place in STILLS.items()}
    loop = [
        frame(part.beat, part.start + (part.end - part.start) * n / (count - 1))
        for part in LOOP
        for count in (round(part.seconds * LOOP_RATE),)
        for n in range(count)
    ]
    wanted, found = {*stills, *loop}, {}

    def wants(scene: Any, first: int, count: int) -> Iterable[int]:
        return [number for number in range(first, first + count) if number in wanted]

    def shows(scene: Any, number: int, picture: Any) -> None:
        image = as_image(picture).convert("RGB")
        if number in stills:
            still = image.resize(STILL, Image.Resampling.LANCZOS)
            still.save(IMAGES / f"{stills[number]}.jpg", quality=88, optimize=True)
        cut = image.crop((0, 0, image.width, round(UNDER * image.height)))
        size = LOOP_WIDTH, round(LOOP_WIDTH * cut.height / cut.width)
        found[number] = cut.resize(size, Image.Resampling.LANCZOS)

    evaluate(task, wants, shows)
    shown = [found[number] for number in loop]
    times = [round(1000 / LOOP_RATE)] * (len(shown) - 1) + [round(1000 * REST)]
    for quality in range(80, 20, -6):
        data = io.BytesIO()
        options = {"save_all": True, "append_images": shown[1:], "loop": 0, "method": 6}
        shown[0].save(data, "WEBP", quality=quality, duration=times, **options)
        if len(data.getvalue()) < MOST:
            break
    (IMAGES / "loop.webp").write_bytes(data.getvalue())
    print(f"{IMAGES / 'loop.webp'}: {len(data.getvalue()):,} bytes, quality {quality}")


# --- pages ---------------------------------------------------------------------------------------
PAGE = (
    '<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>A page</title><style>{}</style>{}'
)
LOOK = "body { margin: 16px; font-family: sans-serif }"
QUIZ = "lessons/what-is-a-neuron/quiz.toml"
# Plays to the question nearest to the end of a beat, and asks the brightest neuron of a layer.
ASKS = """async ([beat, layer]) => {
  const host = document.querySelector("lit-clip"), video = host.querySelector("video");
  const inside = (name) => host.shadowRoot.querySelector(name);
  const until = async (so) => { while (!so()) await new Promise((on) => setTimeout(on, 50)); };
  await until(() => globalThis.litnetClips && !inside(".chrome").hidden);
  const data = Object.values(globalThis.litnetClips)[0];
  const asked = Object.values(globalThis.litnetQuizzes)[0].map((one) => one.time);
  const end = data.beats.find((one) => one.name === beat).end;
  const time = asked.sort((a, b) => Math.abs(a - end) - Math.abs(b - end))[0];
  video.muted = true;
  video.currentTime = time - 1;
  await until(() => !video.seeking);
  video.play();
  await until(() => !inside(".quiz").hidden);
  inside(".ask").click();
  const frame = data.snapshots.filter((one) => one.time <= time + 0.1).pop();
  const cells = frame.layers.filter((one) => one.layer === layer).pop();
  const at = cells.value.indexOf(Math.max(...cells.value)), box = video.getBoundingClientRect();
  const scale = box.width / data.width;
  return [box.x + cells.x[at] * scale, box.y + cells.y[at] * scale];
}"""


def pages() -> None:
    """The two elements, each in a page; that of a film only if LayerIntro is published."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        print("There is no Chromium: lit-clip.jpg and lit-network.jpg stay as they were.")
        return
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 960, "height": 900})
        page.add_init_script("addEventListener('litnet:ready', () => { globalThis.isReady = 1; })")
        _draw(page, Path(folder))
        studio = Studio()
        if studio.file("LayerIntro", "mp4").is_file():
            _ask(page, Path(folder), studio)
        else:
            print("LayerIntro is not published: lit-clip.jpg stays as it was.")
        browser.close()


def _open(page: Any, folder: Path, body: str) -> None:
    file = folder / "page.html"
    file.write_text(PAGE.format(LOOK, body), encoding="utf-8")
    page.goto(file.as_uri())


def _draw(page: Any, folder: Path) -> None:
    network = load_network(asset("assets/models/vanilla.npz"))
    first = {digit.label: digit for digit in reversed(bundled_digits())} | {3: hero_digit()}
    examples = [(str(label), first[label].image()) for label in sorted(first)]
    write_weights(network, folder / "vanilla.weights.js", "vanilla", examples=examples)
    element = asset("litnet/lessons/web/lit-network.js")
    shutil.copyfile(element, folder / element.name)
    _open(
        page,
        folder,
        f'<lit-network src="vanilla.weights.js" name="vanilla"></lit-network>'
        f'<script src="{element.name}"></script>',
    )
    page.wait_for_function("globalThis.isReady")
    page.evaluate("document.querySelector('lit-network').example(3)")
    page.wait_for_timeout(2000)
    shot = {"type": "jpeg", "quality": 85}
    page.locator("lit-network").screenshot(path=str(IMAGES / "lit-network.jpg"), **shot)


def _ask(page: Any, folder: Path, studio: Studio) -> None:
    clip = Clip("LayerIntro", quiz=asset(QUIZ), studio=studio)
    made = EXPORTERS["html"].write(Job(clip, quiz=clip.questions))
    for name, content in made.files.items():
        data = content if isinstance(content, bytes) else content.read_bytes()
        (folder / name).write_bytes(data)
    _open(page, folder, str(made.text))
    x, y = page.evaluate(ASKS, ["propagation", 1])
    page.wait_for_timeout(1000)
    page.mouse.click(x, y)
    page.wait_for_timeout(500)
    shot = {"type": "jpeg", "quality": 85}
    page.locator("lit-clip").screenshot(path=str(IMAGES / "lit-clip.jpg"), **shot)


if __name__ == "__main__":
    frames()
    pages()
