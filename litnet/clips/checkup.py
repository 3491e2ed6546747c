"""What has to be in order before a film can be made, looked at piece by piece.

Each check really does what it speaks of: it encodes a frame, writes a file, reads a font. None
raises for what a person's machine or project lacks: it says what was found, and what helps.
"""

from __future__ import annotations

import os
import platform
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from litnet.cache import cache_folder
from litnet.clips.manifest import Studio
from litnet.clips.project_stories import FOLDER, stories_in, stories_of
from litnet.clips.survey import survey
from litnet.fonts import families, own_files
from litnet.narration import FALLBACK, catalogues_of, languages, missing, own_name
from litnet.project import Project, asset, current_root, real_path
from litnet.theme import contrast
from litnet.theme import filmed as filmed_theme
from network.errors import InputError, printable

State = Literal["good", "hint", "fault"]
LITTLE = 2**30  # bytes of free space: a film at 1080p60 takes a few hundred million
# What each extra is for, and the module that shows that it is there.
EXTRAS = {
    "class": ("cv2", "`litnet class read`, digits from photos of the sheet"),
    "download": ("pooch", "`litnet train --download`"),
    "farm": ("distributed", "`litnet render --scheduler`"),
    "keras": ("h5py", "networks from Keras"),
    "lessons": ("tornado", "`litnet preview` and `lesson serve`, and the page of `litnet watch`"),
    "onnx": ("onnx", "networks from ONNX"),
    "safetensors": ("safetensors", "networks from safetensors"),
    "voice": ("piper", "`litnet render --voice`, English"),
}


@dataclass(frozen=True)
class Finding:
    """What one check found: ``good``; a ``hint``, with which films can be made; or a ``fault``.

    ``help`` is what to do about it; empty where there is nothing to do.
    """

    about: str
    state: State
    found: str
    help: str = ""


def checkup() -> Iterator[Finding]:
    """Everything, in the order in which one thing needs another."""
    yield _versions()
    for check in (_project, _stories, _words, _fonts, _encoder, _folders, _space, _cores):
        yield from _said(check)
    yield from _extras()
    yield _browser()
    yield from _said(_clips)


def _said(check: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    """What a check finds, or the sentence in which it ends."""
    try:
        yield from check()
    except InputError as error:
        yield Finding(check.__name__.strip("_"), "fault", str(error))


def _versions() -> Finding:
    names = ("litnet", "manim", "numpy", "av", "numba")
    found = [f"Python {platform.python_version()}"]
    for name in names:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:  # a checkout that was never installed
            found.append(f"{name} without metadata")
    return Finding("versions", "good", ", ".join(found))


def _project() -> Iterator[Finding]:
    """The project's file, and the files that it names."""
    root = current_root()
    project = Project.at(root)
    if project.file is None:
        yield Finding(
            "project",
            "hint",
            f"{printable(root)}: none, so that everything is litnet's own",
            "`litnet new FOLDER` begins one",
        )
    else:
        yield Finding("project", "good", printable(project.file))
    theme = filmed_theme(project)
    look = "light" if theme.is_light else "dark"
    own = ", ".join(printable(file.name) for file in own_files(theme)) or "litnet's fonts"
    families(theme)  # which says what is wrong with them
    yield Finding(
        "theme",
        "good",
        f"{theme.name}: text {theme.text} on {look} {theme.background} "
        f"({contrast(theme.text, theme.background):.1f}:1), {own}",
    )
    for name in ("model", "baseline", "digit", "history", "training"):
        path = real_path(project.setting(name), root)
        if not os.path.exists(path):
            where = printable(project.file or root)
            yield Finding(
                "project", "fault", f"{where}: {name} is {printable(path)}, which is not there"
            )


def _stories() -> Iterator[Finding]:
    stories = stories_of(Project.at(current_root()))
    brought = sum(story.file.is_relative_to(asset("scenes")) for story in stories)
    found = f"{brought} of litnet's, {len(stories) - brought} of the project's own"
    yield Finding("stories", "good", found)
    for file in sorted((current_root() / FOLDER).glob("*.py")):
        try:
            stories_in(file, strict=True)  # what is passed over, elsewhere, without a word
        except InputError as error:
            yield Finding("stories", "fault", str(error))


def _words() -> Iterator[Finding]:
    for language in languages():
        lacking = missing(language)
        if not lacking:
            yield Finding("words", "good", f"{own_name(language)}: every text")
        elif language == FALLBACK:
            yield Finding("words", "fault", f"{own_name(language)}: no text for {_some(lacking)}")
        else:
            yield Finding(
                "words",
                "hint",
                f"{own_name(language)}: English instead of {_some(lacking)}",
                f"translate them in {printable(catalogues_of(language)[0])}",
            )


def _some(keys: list[str]) -> str:
    more = f" and {len(keys) - 3} more" if len(keys) > 3 else ""
    return ", ".join(map(printable, keys[:3])) + more


def _fonts() -> Iterator[Finding]:
    from PIL import ImageFont

    files = sorted(asset("assets/fonts").glob("*.ttf"))
    names = set()
    for file in files:
        try:
            names.add(ImageFont.truetype(str(file)).getname()[0])
        except OSError as error:
            yield Finding("fonts", "fault", f"{printable(file)}: {error}", "install litnet again")
    if not files:
        yield Finding("fonts", "fault", "litnet's are not there", "install litnet again")
    yield Finding("fonts", "good", ", ".join(sorted(map(str, names))))


def _encoder() -> Iterator[Finding]:
    """A frame in H.264, written and read back."""
    import av
    import numpy as np

    size = 64
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "frame.mp4"
        try:
            with av.open(str(file), "w") as container:
                stream = container.add_stream("libx264", rate=30)
                stream.width, stream.height, stream.pix_fmt = size, size, "yuv420p"
                white = np.full((size, size, 3), 255, np.uint8)
                for packet in stream.encode(av.VideoFrame.from_ndarray(white)):
                    container.mux(packet)
                container.mux(stream.encode())
            with av.open(str(file)) as container:
                shade = next(container.decode(video=0)).to_ndarray(format="rgb24").mean()
        except (av.error.FFmpegError, ValueError, StopIteration, OSError) as error:
            yield Finding("encoder", "fault", f"H.264 cannot be written ({printable(error)})")
            return
    codec = f"H.264 (libx264) in PyAV {av.__version__}"
    if shade < 250:
        yield Finding("encoder", "fault", f"{codec}: white came back as {shade:.0f} of 255")
    else:
        yield Finding("encoder", "good", codec)


def _folders() -> Iterator[Finding]:
    """Where films and what is kept between runs are written."""
    renders = Project.at(current_root()).renders
    cache = cache_folder()
    for about, folder in (("films", renders), ("cache", cache), ("temporary", _temporary())):
        if folder is None:
            yield Finding(about, "hint", "nothing is kept between runs (LITNET_CACHE)")
            continue
        there = next(place for place in (folder, *folder.parents) if os.path.isdir(place))
        try:
            with tempfile.TemporaryFile(dir=there):
                yield Finding(about, "good", printable(folder))
        except OSError as error:
            lost = f"{printable(folder)}: cannot be written to ({error.strerror})"
            if about == "cache":
                yield Finding(about, "hint", lost, "LITNET_CACHE chooses another folder")
            else:
                yield Finding(about, "fault", lost)


def _temporary() -> Path:
    try:
        return Path(tempfile.gettempdir())
    except FileNotFoundError as error:
        raise InputError("no folder for temporary files can be written to (TMPDIR)") from error


def _space() -> Iterator[Finding]:
    disks = {os.stat(folder).st_dev: folder for folder in (_temporary(), current_root())}
    for folder in disks.values():
        free = shutil.disk_usage(folder).free
        state: State = "hint" if free < LITTLE else "good"
        yield Finding("space", state, f"{free / 2**30:.1f} GB free at {printable(folder)}")


def _cores() -> Iterator[Finding]:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    found = f"{cores} cores, so many films are made side by side (--workers)"
    if hasattr(os, "fork"):
        yield Finding("workers", "good", found)
    else:
        yield Finding(
            "workers", "hint", f"{platform.system()} has no fork: each worker imports manim anew"
        )


def _extras() -> Iterator[Finding]:
    for extra, (module, use) in EXTRAS.items():
        if find_spec(module) is not None:
            yield Finding(f"[{extra}]", "good", use)
        else:
            yield Finding(
                f"[{extra}]", "hint", f"not installed: {use}", f"pip install 'litnet[{extra}]'"
            )


def extras_declared() -> set[str]:
    """The extras that litnet's own metadata has; what makes its assets again is none of them."""
    found = set()
    for line in requires("litnet") or []:
        _, _, condition = line.partition("extra == ")
        if condition:
            found.add(condition.strip(" '\""))
    return found - {"digits"}


def _browser() -> Finding:
    import webbrowser

    try:
        name = webbrowser.get().name
    except (webbrowser.Error, AttributeError):
        return Finding(
            "browser",
            "hint",
            "none that could be opened from here",
            "open the addresses that `litnet preview` and `lesson serve` print by hand",
        )
    return Finding("browser", "good", str(name))


def _clips() -> Iterator[Finding]:
    said: list[str] = []
    clips = survey(Studio(), say=said.append)
    for sentence in said:
        yield Finding("clips", "fault", sentence, "`litnet render` makes them again")
    states = Counter(clip.state for clip in clips if clip.is_published)
    never = sum(not clip.is_published for clip in clips)
    found = f"{states['fresh']} fresh, {states['stale'] + states['missing']} stale, "
    found += f"{never} never rendered"
    stale = states["stale"] or states["missing"]
    yield Finding(
        "clips",
        "hint" if stale else "good",
        found,
        "`litnet status` says why, `litnet render` makes them again" if stale else "",
    )
