"""Make docs/mobjects.md from the examples: ``python docs/mobjects.py``.

Renders each story in docs/examples and puts its last frame, small, beside its code.
"""

from __future__ import annotations

import ast
import subprocess
import sys
import tempfile
from pathlib import Path

import av

PAGE = Path(__file__).with_suffix(".md")
EXAMPLES = PAGE.parent / "examples"
IMAGES = PAGE.parent / "images" / "mobjects"
ORDER = (
    *("number_line", "knobs", "arrows", "formula", "code_lines"),
    *("backpropagate", "contours", "weight_matrix", "swarm"),
)
WIDTH = 640  # of a picture, in pixels

HEAD = """# What stories of learning are made of

Each is one file in [`litnet/mobjects`](../litnet/mobjects) or
[`litnet/animations`](../litnet/animations), which draws itself and describes itself to
[the record](record.md): its numbers have sources, which are compared at each hold. Above zero is
orange, below zero blue. Made by `make mobjects` from the stories in [`docs/examples`](examples),
each of which `manim render` films.
"""


def scene_of(file: Path) -> str:
    """The name of the story in a file."""
    body = ast.parse(file.read_text("utf-8")).body
    return next(node.name for node in body if isinstance(node, ast.ClassDef))


def picture(file: Path, image: Path) -> None:
    """Render a story, and save the last frame of its film."""
    with tempfile.TemporaryDirectory() as media:
        command = [
            sys.executable,
            "-m",
            "manim",
            "render",
            "--resolution",
            "1280,720",
            "--fps",
            "4",
        ]
        command += ["--progress_bar", "none", "-v", "ERROR", "--media_dir", media]
        subprocess.run([*command, str(file), scene_of(file)], check=True, cwd=PAGE.parents[1])
        (video,) = Path(media).glob("videos/*/*/*.mp4")
        with av.open(str(video)) as container:
            *_, last = container.decode(video=0)
        small = last.to_image().resize((WIDTH, WIDTH * last.height // last.width))
        image.parent.mkdir(parents=True, exist_ok=True)
        small.save(image, quality=88)


def part(name: str) -> str:
    """What the page says of one example."""
    text = (EXAMPLES / f"{name}.py").read_text("utf-8")
    title, _, words = (ast.get_docstring(ast.parse(text)) or "").partition(": ")
    code = text.partition('"""\n\n')[2].strip()
    what = words[:1].upper() + words[1:]
    image = f"![{title}](images/mobjects/{name}.jpg)"
    return f"\n## {title}\n\n{what}\n\n{image}\n\n```python\n{code}\n```\n"


def page() -> str:
    """The whole page."""
    return HEAD + "".join(map(part, ORDER))


if __name__ == "__main__":
    for one in sys.argv[1:] or ORDER:
        picture(EXAMPLES / f"{one}.py", IMAGES / f"{one}.jpg")
    PAGE.write_text(page(), encoding="utf-8")
