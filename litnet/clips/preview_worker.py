"""The process that has manim and litnet ready, and forks one for each look at a story.

``python -P preview_worker.py DESCRIPTOR PARENT``. Jobs come over a socket, each with the
descriptor of one of its own, on which the fork answers: messages, each a header in JSON and bytes,
with the lengths of both before them. The story and all that is the project's are imported in the
fork alone, and so as they are now. When the asker closes a job's socket, the job ends, whatever it
is at; and all of it ends with the asker.
"""

from __future__ import annotations

import gc
import io
import json
import os
import signal
import socket
import struct
import sys
import threading
import time
import traceback
from collections.abc import Iterable
from pathlib import Path
from typing import Any

LENGTHS = struct.Struct(">II")
MOST_JOB = 2**16  # bytes
PATIENCE = 10.0  # seconds in which a story has to come to its next animation or frame
QUALITY = 92  # of the JPEGs
KEPT_CACHES = ("litnet.mobjects.outlines", "litnet.light.", "litnet.mobjects.words")


def main(descriptor: int) -> None:
    """Fork a process for each job until nobody gives any."""
    asker = socket.socket(fileno=descriptor)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # What is kept of a module is known by a date in seconds: two saves may have the same.
    sys.dont_write_bytecode = True
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the forks
    _warm()
    gc.collect()
    gc.freeze()  # what is here already is neither looked at again nor copied
    parent = os.getpid()
    asker.sendall(b"r")
    while True:
        data, descriptors, _, _ = socket.recv_fds(asker, MOST_JOB, 1)
        if not data:
            return
        answers = socket.socket(fileno=descriptors[0])
        if os.fork() == 0:
            code = 1
            try:
                from litnet.clips.farm.start import end_with

                asker.close()
                end_with(parent)
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # a voice waits for its program
                Answer(answers, json.loads(data)).run()
                code = 0
            finally:
                os._exit(code)
        answers.close()


def _warm() -> None:
    """Import what films need, and have its loops compiled."""
    from litnet.clips.settings import Quality
    from litnet.clips.still import evaluate
    from litnet.clips.task import RenderTask
    from litnet.project import asset
    from litnet.record.variant import Variant

    environment, path, modules = dict(os.environ), list(sys.path), set(sys.modules)
    model, digit = asset("assets/models/vanilla.npz"), asset("assets/digits/3_hero.png")
    own = Variant(model=str(model), digit=str(digit), language="en")
    task = RenderTask("LayerIntro", asset("scenes/layer_intro.py"), own, Quality(214, 120, 10))

    def wants(scene: Any, first: int, count: int) -> Iterable[int]:
        return (first + count // 2,)

    try:
        evaluate(task, wants, lambda *frame: None)
    except (Exception, SystemExit):
        pass  # a look says what is wrong
    finally:
        os.environ.clear()
        os.environ.update(environment)
        sys.path[:] = path
        for name in set(sys.modules) - modules:
            if not name.startswith(("litnet", "network")) and _is_story(name):
                del sys.modules[name]


def _is_story(name: str) -> bool:
    from litnet.clips.catalogue import SCENES

    file = getattr(sys.modules[name], "__file__", None)
    return file is not None and Path(file).is_relative_to(SCENES)


def _forget() -> None:
    """Let everything that was read from files be read again."""
    for name, module in list(sys.modules.items()):
        if name.startswith(("litnet", "network")) and not name.startswith(KEPT_CACHES):
            for value in list(vars(module).values()):
                if clear := getattr(value, "cache_clear", None):
                    clear()


class Answer:
    """One look at a story, in a process of its own.

    ``job``: ``task`` (``scene``, ``file``, ``variant``, ``width``, ``height``, ``rate``), ``frame``
    (the one to show), ``step`` (show every so many from there on) or neither, to evaluate all of it
    and compare its numbers with their sources.
    """

    def __init__(self, answers: socket.socket, job: dict[str, Any]) -> None:
        self.answers, self.job = answers, job
        self.frame: int | None = job.get("frame")
        self.step: int = job.get("step", 0)
        self.heard = time.monotonic()
        self.main = threading.main_thread().ident

    def run(self) -> None:
        """Evaluate the story, and say what came of it."""
        from manim.utils.exceptions import EndSceneEarlyException

        from litnet.clips.settings import Quality
        from litnet.clips.still import evaluate
        from litnet.clips.task import RenderTask
        from litnet.record.variant import Variant

        threading.Thread(target=self._end_with_asker, daemon=True).start()
        threading.Thread(target=self._lose_patience, daemon=True).start()
        _forget()
        told = self.job["task"]
        self.file = Path(told["file"])
        size = Quality(told["width"], told["height"], told["rate"])
        task = RenderTask(told["scene"], self.file, Variant(**told["variant"]), size)
        shown: list[int] = []

        def wants(scene: Any, first: int, count: int) -> Iterable[int]:
            self.heard = time.monotonic()
            self.scene = scene
            if self.frame is None:
                return ()
            if not self.step:
                return (self.frame,) if first <= self.frame < first + count else ()
            start = max(first, self.frame)
            start += (self.frame - start) % self.step
            return range(start, first + count, self.step)

        def shows(scene: Any, number: int, picture: Any) -> None:
            self.heard = time.monotonic()
            shown.append(number)
            facts = [] if self.step else facts_of(scene, number)
            data = jpeg(picture)
            spent = time.process_time()  # CPU seconds of this process alone
            self.say({"kind": "picture", "frame": number, "facts": facts, "spent": spent}, data)
            self.heard = time.monotonic()
            if not self.step:
                raise EndSceneEarlyException

        try:
            seen = evaluate(task, wants, shows, checks=self.frame is None)
        except BrokenPipeError:
            return
        except BaseException as error:
            self.say(self._trouble(error))
            return
        cues = self.scene.beats.cues() if seen.frames else ()
        self.say(
            {
                "kind": "end",
                "scene": seen.scene,
                "frames": seen.frames,
                "rate": size.frame_rate,
                "beats": [[b.name, b.title, b.start, b.end] for b in seen.beats],
                "cues": [[cue.start, cue.end, cue.text] for cue in cues],
                "shown": len(shown),
            }
        )

    def say(self, header: dict[str, Any], data: bytes = b"") -> None:
        """Send a message."""
        head = json.dumps(header).encode()
        self.answers.sendall(LENGTHS.pack(len(head), len(data)) + head + data)

    def _trouble(self, error: BaseException) -> dict[str, Any]:
        from litnet.clips.farm.work import said
        from network.errors import InputError

        text = said(error, self.file)
        own = [p for p in traceback.extract_tb(error.__traceback__) if p.filename == str(self.file)]
        line = own[-1].lineno if own else None
        lines: list[str] = []
        if isinstance(error, SyntaxError):
            line = error.lineno if error.filename == str(self.file) else None
            lines = traceback.format_exception_only(error)
        elif not isinstance(error, SystemExit | InputError):
            found = traceback.extract_tb(error.__traceback__)
            inside = next((n for n, p in enumerate(found) if p.filename == str(self.file)), 0)
            lines = [
                *traceback.format_list(found[inside:]),
                *traceback.format_exception_only(error),
            ]
        return {"kind": "error", "text": text, "line": line, "lines": "".join(lines)}

    def _end_with_asker(self) -> None:
        """End when the other end of the socket is closed: nothing is ever sent from there."""
        try:
            self.answers.recv(1)
        finally:
            os._exit(1)

    def _lose_patience(self) -> None:
        """Stop a story that never comes to its next animation, and say where it is."""
        while True:
            time.sleep(0.1)
            if self.step or time.monotonic() - self.heard < PATIENCE:
                continue  # (whoever plays may pause)
            frames = traceback.extract_stack(sys._current_frames()[self.main or 0])
            own = [place for place in frames if place.filename == str(self.file)]
            line = own[-1].lineno if own else None
            where = f" ({self.file}:{line})" if own else ""
            text = f"Stopped: nothing came for {PATIENCE:g} s; it may never end{where}."
            self.say({"kind": "error", "text": text, "line": line, "lines": ""})
            os._exit(1)


def jpeg(picture: Any) -> bytes:
    """A frame as a JPEG, its colours as sharp as its light."""
    from litnet.clips.still import as_image

    data = io.BytesIO()
    as_image(picture).convert("RGB").save(data, "JPEG", quality=QUALITY, subsampling=0)
    return data.getvalue()


def facts_of(scene: Any, number: int) -> list[list[Any]]:
    """What the record would say of a frame: boxes (left, top, right, bottom), and what is there."""
    from manim.utils.family import extract_mobject_family_members

    from litnet.record.page import Page
    from litnet.story.recorder import covers

    shown = extract_mobject_family_members(
        scene.mobjects, use_z_index=scene.camera.use_z_index, only_those_with_points=True
    )
    camera = scene.film.camera
    camera.light.look(camera.pixel_array, camera.frame_center, camera.frame_width)
    page = Page(number, camera.light, covers)
    for place, mobject in enumerate(shown):
        page.above = shown[place + 1 :]
        if describe := getattr(mobject, "describe", None):
            try:
                describe(page)
            except NotImplementedError:
                continue
    facts: list[list[Any]] = []
    for layer in page.layers:
        source = layer.source or f"layer {layer.layer}"
        size = layer.radius
        for x, y, cell, value in zip(layer.x, layer.y, layer.cell, layer.value, strict=True):
            if value is not None:
                what = "illustrative" if layer.illustrative else f"{source}, cell {cell}"
                facts.append([x - size, y - size, x + size, y + size, f"{value:.6g}  {what}"])
    sources = {n.text: f"{n.value:.6g}  {n.source}" for n in page.numbers}
    facts += [[*text.box, sources[text.text]] for text in page.texts if text.text in sources]
    return facts


if __name__ == "__main__":
    from importlib.util import module_from_spec, spec_from_file_location

    here = os.path.dirname(os.path.abspath(__file__))
    first = spec_from_file_location("start", os.path.join(here, "farm", "start.py"))
    assert first is not None and first.loader is not None
    start = module_from_spec(first)
    first.loader.exec_module(start)
    start.end_with(int(sys.argv[2]))
    sys.path.insert(0, os.path.dirname(os.path.dirname(here)))  # where litnet lies
    main(int(sys.argv[1]))
