"""LitScene, the one base class of the stories.

It brings what every story needs: the network and the digit that are filmed, captions and beats on
the video's own clock, and the record of what was on screen.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from manim import (
    ORIGIN,
    UP,
    Animation,
    FadeIn,
    FadeOut,
    Mobject,
    MovingCameraScene,
    RendererType,
    VGroup,
    VMobject,
    config,
    smooth,
)
from manim.utils.family import extract_mobject_family_members
from manim.utils.iterables import list_update
from manim.utils.rate_functions import squish_rate_func
from scipy.spatial import cKDTree
from tqdm import tqdm

from litnet import style
from litnet.clips import inputs
from litnet.clips.record import SCHEMA, write_record
from litnet.clips.settings import Settings, load_settings
from litnet.light.camera import LitCamera, Sprite
from litnet.light.renderer import LitRenderer
from litnet.mobjects.cells import Cells, PlacedCells
from litnet.mobjects.connections import Connections
from litnet.mobjects.network_diagram import NetworkDiagram
from litnet.mobjects.signed import SignedGrid
from litnet.mobjects.words import (
    LiveNumber,
    Words,
    caption,
    fonts_of,
    register_fonts,
    sentence,
    shortened,
)
from litnet.narration import COMMON, cues, filled, reading_time, translated
from litnet.stage import Stage
from litnet.style import Floats
from litnet.voice import PAUSE, Spoken, Voice, open_voice, shown_voice
from network import MLP, ForwardPass, InputError, load_network
from network.classes import class_names
from network.digits import bundled_digits, hero_digit, load_image
from network.vectors import SUFFIXES, load_vector

CUE_COMES = 0.6  # seconds in which a caption appears; in the first half the last one goes
SMALLEST, LARGEST = 64, 16_384  # pixels; the latter is the limit of H.264 as x264 has it


# Of networks that can be filmed.
MOST_LAYERS = 6  # of weights
MOST_NEURONS = 1024  # in a layer, or numbers in an input that is no picture
SIDES = (8, 64)  # from and to, of an input that is a square picture


@dataclass(frozen=True)
class Digit:
    """The digit that is filmed: its image (rows, columns) in [0, 1], and what it is, if known.

    For a network that reads no pictures it is a list of numbers (n,), of any size.
    ``made`` says of a picture that no file holds how it was made, such as ``"noise(7)"``.
    """

    path: Path
    image: Floats
    label: int | None
    made: str | None = None

    @property
    def name(self) -> str:
        """The file as the record names it: relative to the project, or else as it was given."""
        return self.made or inputs.shown_path(self.path)


@dataclass(frozen=True)
class Reading:
    """What a network makes of a digit, beside what the filmed one makes of the filmed digit.

    ``number`` is its place among the record's readings: what is shown of it comes from
    ``readings[<number>]``.
    """

    number: int
    model: Path
    digit: Digit
    forward_pass: ForwardPass

    def source(self, name: str) -> str:
        """The source of a number of this reading, such as ``"prediction"``."""
        return f"readings[{self.number}].{name}"


class LitScene(MovingCameraScene):
    """A story told with a real network.

    A story plays its animations inside :meth:`beat` and ends each beat with :meth:`hold`:

    >>> class Story(LitScene):
    ...     def construct(self):
    ...         with self.beat("pixels", "A picture", caption="A picture is made of numbers."):
    ...             self.play(...)
    ...             self.hold(1.5)

    Only scenes load a network and run it; mobjects and animations are handed its numbers.
    """

    # What a story says of itself: whether the filmed digit is for the filmed network to read, and
    # so is prepared for it ...
    network_reads: ClassVar[bool] = False
    # ... and whether it can also tell of one whose input is a list of numbers.
    films_vectors: ClassVar[bool] = False
    # ... and whether it shows what the network makes of the bundled digits.
    needs_digits: ClassVar[bool] = False

    _source: ClassVar[list[inputs.Input]]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        # Now, while what stands in the files is what was loaded.
        cls._source = inputs.source_inputs(inputs.source_file(cls))
        refuse_opengl()

    def __init__(self, renderer: LitRenderer | None = None, **kwargs: Any) -> None:
        refuse_opengl()
        with in_one_sentence():
            check_size(config.pixel_width, config.pixel_height)
        self.stage = Stage.of(config.pixel_width, config.pixel_height)
        # Manim keeps its frame at 16:9 and would stretch the picture into any other shape.
        config.frame_width, config.frame_height = self.stage.width, self.stage.height
        # Manim's %%manim names a renderer even where it has none.
        self.film = renderer or LitRenderer(skip_animations=kwargs.get("skip_animations", False))
        super().__init__(camera_class=LitCamera, renderer=self.film, **kwargs)
        register_fonts()
        self.forward_pass: ForwardPass | None = None
        self._inputs: dict[tuple[str, str], inputs.Input] = {}
        self._fonts: set[Path] = set()
        self._beats: list[dict[str, Any]] = []
        self._snapshots: list[dict[str, Any]] = []
        self._numbers: list[dict[str, Any]] = []
        self._edges: list[dict[str, Any]] = []
        self._texts: list[dict[str, Any]] = []
        self._light_scales: dict[tuple[int, int], dict[str, Any]] = {}
        self._readings: list[Reading] = []
        self._caption: VGroup | None = None
        self._caption_animations: list[Any] = []
        self._narration: dict[str, str] = {}  # every text that was used, by its key
        self._cues: list[dict[str, Any]] = []
        self._pending_cues: list[str] = []
        self._cue_key, self._cue_number = "", 0  # which words are said, and which of their cues
        self._spoken: list[Spoken] = []
        self._clock = 0  # frames, whether they are drawn or skipped
        self._read_until = 0  # the frame until which the cue on screen is needed
        self._held = False
        self._moving: set[Mobject] = set()

    # --- what is filmed ------------------------------------------------------------------------
    @cached_property
    def settings(self) -> Settings:
        """What to film, from pyproject.toml and the environment."""
        return load_settings()

    @cached_property
    def network(self) -> MLP:
        """The network that is filmed.

        Raises
        ------
        InputError
            As :meth:`load_model`; or this story is about the bundled digits, and the network
            reads no pictures of their size, or does not tell the ten digits apart.
        """
        network = self.load_model(self.settings.model)
        if self.needs_digits and (network.sizes[0], network.sizes[-1]) != (784, 10):
            raise InputError(
                f"{type(self).__name__} shows the bundled digits and needs a network from 28 x 28 "
                f"pixels to 10 outputs, but {self.settings.model} goes from {network.sizes[0]:,} "
                f"inputs to {network.sizes[-1]:,} outputs; LayerIntro can show it."
            )
        return network

    @cached_property
    def before(self) -> MLP:
        """The network that the filmed one is compared with; the record's variant names it.

        Raises
        ------
        InputError
            As :meth:`load_model`; or the two do not read the same or do not answer alike.
        """
        network = self.load_model(self.settings.before)
        ends = [(one.sizes[0], one.sizes[-1]) for one in (network, self.network)]
        if ends[0] != ends[1]:
            raise InputError(
                f"{type(self).__name__} compares {self.settings.model}, from {ends[1][0]:,} inputs "
                f"to {ends[1][1]:,} outputs, with {self.settings.before}, from {ends[0][0]:,} to "
                f"{ends[0][1]:,}; expected two of the same inputs and outputs (LITNET_BEFORE, or "
                "litnet diff OLD NEW --film)."
            )
        return network

    @cached_property
    def digit(self) -> Digit:
        """The digit that is filmed, 28 x 28, or prepared for the network that is to read it.

        Raises
        ------
        InputError
            It is no picture (or, for a network that reads none, no list of as many numbers); or
            this story shows pictures only.
        """
        return self.load_digit(self.settings.digit)

    @cached_property
    def voice(self) -> Voice | None:
        """Who speaks the narration; None if nobody does."""
        return open_voice(self.settings.voice) if self.settings.voice else None

    @cached_property
    def class_names(self) -> tuple[str, ...]:
        """What the outputs of the filmed network stand for, as its card says; else numbers."""
        names = class_names(self.settings.model, self.network.sizes[-1])
        self._add_input(inputs.card_input(self.settings.model, names))
        return names

    def answer_name(
        self, answer: int, source: str, *, size: float, color: str, room: float
    ) -> LiveNumber | Words:
        """What an output of the filmed network stands for: its number, or its name.

        A name is as large as ``size`` if it is at most ``room`` wide; else smaller, down to a size
        that can be read, and then cut.
        """
        name = self.class_names[answer]
        if name == str(answer):
            number = LiveNumber(answer, source=source, places=0, size=size, color=color)
            return number.scale(min(1.0, room / number.width))
        words = Words(name, size, color)
        smallest = style.LABEL_SIZE / size
        if words.width * smallest > room:
            words = Words(shortened(name, room / smallest, size=size), size, color)
        return words.scale(min(1.0, room / words.width))

    @property
    def names_are_digits(self) -> bool:
        """Whether the filmed network tells the ten digits apart."""
        return self.class_names == tuple("0123456789")

    @property
    def label(self) -> int | None:
        """What the filmed digit is, where that is known and is a class of the filmed network."""
        return self.digit.label if self.names_are_digits else None

    def load_model(self, path: Path) -> MLP:
        """A network from a file, which the record then names as an input of this clip.

        Raises
        ------
        InputError
            The file holds no network, or one of a shape that cannot be filmed.
        """
        network = load_network(path)
        check_shape(path, network.sizes)
        entry = inputs.model_input(path, network)
        if entry["path"] == inputs.shown_path(self.settings.before):
            entry["setting"] = "before"  # another one may be named there tomorrow
        self._add_input(entry)
        return network

    def load_digit(self, path: Path) -> Digit:
        """A digit from a file, which the record then names as an input of this clip."""
        labels = {bundled.path.resolve(): bundled.label for bundled in bundled_digits()}
        image = self._load_input(path) if self.network_reads else load_image(path)
        digit = Digit(path, image, labels.get(path.resolve()))
        self._add_input(inputs.file_input(path, "digit", label=digit.label))
        return digit

    def _load_input(self, path: Path) -> Floats:
        """What the network reads: a picture (side, side), or numbers (n,)."""
        n = self.network.sizes[0]
        side = side_of(n)
        numbers = path.suffix.lower() in SUFFIXES
        if side is not None and not numbers:
            return load_image(path, side)
        model = self.settings.model
        if not self.films_vectors:
            found = f"{path} holds numbers" if side is not None else f"{model} reads {n} numbers"
            raise InputError(
                f"{type(self).__name__} shows pictures, but {found}; LayerIntro can show them."
            )
        if n > MOST_NEURONS:
            raise InputError(
                f"{model}: the network reads {n:,} numbers, expected at most {MOST_NEURONS:,}, "
                f"or a picture of {SIDES[0]} x {SIDES[0]} to {SIDES[1]} x {SIDES[1]} pixels."
            )
        if not numbers:
            raise InputError(
                f"{path}: found a file that is not a list of numbers, but {model} reads {n} "
                f"numbers, which are no square picture; expected a {' or '.join(SUFFIXES)} file "
                f"with {n} numbers."
            )
        return load_vector(path, n)

    def _add_input(self, entry: inputs.Input) -> None:
        self._inputs[entry["role"], entry["path"]] = entry

    @cached_property
    def bundled(self) -> tuple[Digit, ...]:
        """The digits that come with litnet, those of a story that shows more than one."""
        listed = bundled_digits()
        self._add_input(inputs.digits_input())
        return tuple(Digit(digit.path, digit.image(), digit.label) for digit in listed)

    @cached_property
    def subject(self) -> Digit:
        """The digit that is filmed; or the bundled hero, where nobody said what that one is.

        For stories that have to say what it is, of whatever a network makes of it.
        """
        if self.digit.label is not None:
            return self.digit
        hero = hero_digit().path
        return next(digit for digit in self.bundled if digit.path == hero)

    def read(self, image: Floats) -> ForwardPass:
        """Let the network read an image (rows, columns); every number on screen comes from this.

        Raises
        ------
        InputError
            The network reads images of another size.
        """
        model, digit = self.settings.model, self.settings.digit
        self.forward_pass = _forward(self.network, model, image, digit)
        return self.forward_pass

    def read_another(self, digit: Path, model: Path | None = None) -> Reading:
        """Let a network read one more digit, which stands in the record's ``readings``.

        ``model`` is another network than the filmed one. Cells that show this reading say so with
        their attribute ``reading``.

        Raises
        ------
        InputError
            A file is no digit or no model, or the network reads images of another size.
        """
        network = self.network if model is None else self.load_model(model)
        return self._add_reading(network, model or self.settings.model, self.load_digit(digit))

    def read_made(self, made: str, image: Floats) -> Reading:
        """Let the network read a picture (rows, columns) that no file holds.

        It stands in the record's ``readings`` with ``made``, an expression of ``docs/record.md``
        from which anybody can make it again, in the place of a file.

        Raises
        ------
        InputError
            The network reads images of another size.
        """
        picture = Digit(Path(made), image, None, made)
        return self._add_reading(self.network, self.settings.model, picture)

    def _add_reading(self, network: MLP, model: Path, digit: Digit) -> Reading:
        forward_pass = _forward(network, model, digit.image, digit.path)
        self._readings.append(Reading(len(self._readings), model, digit, forward_pass))
        return self._readings[-1]

    # --- time ----------------------------------------------------------------------------------
    def frames_in(self, duration: float) -> int:
        """Whole frames in a run time; at least one."""
        return max(1, round(duration * config.frame_rate))

    def get_run_time(self, animations: list[Any]) -> float:
        """As manim's, in whole frames, so that captions never drift."""
        return self.frames_in(super().get_run_time(animations)) / config.frame_rate

    def get_time_progression(
        self,
        run_time: float,
        description: str,
        n_iterations: int | None = None,
        override_skip_animations: bool = False,
    ) -> tqdm[float]:
        """As manim's, with exactly the frames of the run time (``arange`` may add one)."""
        skipped = self.renderer.skip_animations and not override_skip_animations
        steps = np.arange(self.frames_in(run_time)) / config.frame_rate
        return tqdm(
            [run_time] if skipped else steps,
            desc=description,
            total=n_iterations,
            leave=config.progress_bar == "leave",
            disable=config.progress_bar == "none",
        )

    def get_moving_and_static_mobjects(
        self, animations: Iterable[Animation]
    ) -> tuple[list[Mobject], list[Mobject]]:
        """Split what is drawn, in drawing order, before the first mobject that moves.

        Manim splits in the order of addition, and so would draw a moving bundle that lies
        behind the neurons in front of them.
        """
        animations = list(animations)
        # Also those without points: a mobject may get its points only later.
        everything = extract_mobject_family_members(
            list_update(self.mobjects, self.foreground_mobjects),
            use_z_index=self.camera.use_z_index,
        )
        self._fonts.update(*map(fonts_of, everything))
        self._moving = self._all_that_moves(animations, everything)
        first = next((i for i, m in enumerate(everything) if m in self._moving), len(everything))
        return everything[first:], everything[:first]

    def _all_that_moves(
        self, animations: list[Animation], everything: list[Mobject]
    ) -> set[Mobject]:
        """The mobjects that may change while these animations play."""
        own: set[Mobject] = set()
        pending: list[Any] = list(animations)
        while pending:
            animation = pending.pop()
            own.update(animation.mobject.get_family())
            pending.extend(getattr(animation, "animations", ()))
        moved = {member for mobject in own for member in mobject.get_family()}
        moved.update(mobject for mobject in everything if mobject.updaters)
        known = all(type(a).__module__.startswith(("manim.", "litnet.")) for a in animations)
        if self.film.camera.frame in moved or not known or not self.film.camera.opaque:
            # The view moves; or an animation from elsewhere may change what is not its own;
            # or light needs an alpha of its own, which sprites do not keep apart.
            return set(everything)
        if any(mobject.get_family_updaters() for mobject in self.mobjects):
            return set(everything)  # an updater may change any mobject
        return moved

    def drawing_plan(self) -> list[list[Mobject] | Sprite]:
        """What to draw in each frame over the static image, in order.

        What stands still between two things that move is drawn once, as a sprite.
        """
        plan: list[list[Mobject] | Sprite] = []
        for moves, run in groupby(self.moving_mobjects, lambda mobject: mobject in self._moving):
            if moves:
                plan.append(list(run))
            elif sprite := self.film.camera.sprite(list(run)):
                plan.append(sprite)
        return plan

    # --- words ---------------------------------------------------------------------------------
    def text(self, name: str, /, **values: object) -> str:
        """This story's text of that name, in the language that is filmed.

        ``values`` fill its placeholders. See :mod:`litnet.narration`.

        Raises
        ------
        InputError
            The language has no such text, or the text has a placeholder that gets no value.
        """
        return self._translated(f"{type(self).__name__}.{name}", values)

    def common(self, name: str, /, **values: object) -> str:
        """As :meth:`text`, of the words that stories share."""
        return self._translated(f"{COMMON}.{name}", values)

    def drawn_of_all(self, text: str, *networks: NetworkDiagram) -> VGroup:
        """A line below networks of which not all connections are drawn, saying how many are.

        ``text`` has the places ``{drawn}`` and ``{total}``.
        """
        drawn = sum(network.drawn for network in networks)
        total = sum(network.connections for network in networks)
        line = sentence(
            text,
            drawn=LiveNumber(drawn, source="edges.drawn", places=0),
            total=LiveNumber(total, source="edges.total", places=0),
        )
        line.scale(min(1.0, 2 * self.stage.right / line.width))
        edge = UP if self.stage.stacked else ORIGIN
        return line.move_to((0.0, self.stage.below, 0.0), aligned_edge=edge)

    def _translated(self, key: str, values: Mapping[str, object]) -> str:
        text = translated(key, self.settings.language)
        self._narration[key] = text
        return filled(key, text, values)

    # --- beats and captions --------------------------------------------------------------------
    @contextmanager
    def beat(
        self,
        name: str,
        title: str | None = None,
        /,
        *,
        caption: str = "",
        words: str | None = None,
        **values: object,
    ) -> Iterator[None]:
        """One idea of the story, with its captions on screen; it has to end with a hold.

        What it says is the text of its name (or of ``words``) in the language that is filmed, its
        title that of ``<name>.title``; ``values`` fill their placeholders. A story that is no part
        of the catalogues gives ``title`` and ``caption`` itself. The first cue comes with the
        first animation, each further one with :meth:`next_cue`; each stays until it can have been
        read.

        Raises
        ------
        ValueError
            The beat did not end with a hold, or did not say all of its cues.
        """
        if title is None:
            said = words or name
            title = self.text(f"{said}.title", **values)
            caption = self.text(said, **values)
        start = self.film.frames
        self.next_section(name)  # for --save_sections
        self._cue_key, self._cue_number = f"{type(self).__name__}.{words or name}", 0
        first, *self._pending_cues = cues(caption) or [""]
        self._show_cue(first)
        try:
            yield
            if not self._held:
                raise ValueError(f"Beat {name!r} has to end with self.hold(seconds).")
            if self._pending_cues:
                raise ValueError(
                    f"Beat {name!r} left {len(self._pending_cues)} cues unsaid, the first of them "
                    f"{self._pending_cues[0]!r}; say each with self.next_cue()."
                )
            if (missing := self._read_until - self._clock) > 0:
                self.hold(missing / config.frame_rate)
        finally:
            # Also when -n ends the film in the middle of a beat.
            rate = config.frame_rate
            self._end_cue()
            if self.film.frames > start:
                self._beats.append(
                    {
                        "name": name,
                        "title": title,
                        "start": start / rate,
                        "end": self.film.frames / rate,
                        "caption": caption,
                    }
                )

    def next_cue(self) -> None:
        """Say the beat's next cue, from the next animation on.

        Waits first until the one on screen can have been read.

        Raises
        ------
        ValueError
            All of the beat's cues are said.
        """
        if not self._pending_cues:
            raise ValueError("This beat has no cue left; its text needs one more.")
        if (missing := self._read_until - self._clock) > 0:
            self.wait(missing / config.frame_rate, frozen_frame=True)
        self._show_cue(self._pending_cues.pop(0))

    def _show_cue(self, text: str) -> None:
        self._end_cue()
        if self._caption is not None:
            self._caption_animations.append(FadeOut(self._caption, run_time=0.25))
        self._caption = caption(text, self.stage) if text else None
        if self._caption is not None:
            late = squish_rate_func(smooth, 0.5, 1)
            self._caption_animations.append(
                FadeIn(self._caption, run_time=CUE_COMES, rate_func=late)
            )
            needed = self.frames_in(CUE_COMES / 2 + reading_time(text, self.settings.language))
            cue: dict[str, Any] = {"start": self.film.frames / config.frame_rate, "text": text}
            if self.voice is not None:
                cue["audio"] = self._speak(text)
                lasts = cue["audio"]["seconds"] + PAUSE
                needed = max(needed, math.ceil(lasts * config.frame_rate))
            self._read_until = self._clock + needed
            self._cues.append(cue)

    def _speak(self, text: str) -> dict[str, Any]:
        """Have a cue spoken; what the record says of it."""
        assert self.voice is not None, "only with a voice"
        self._cue_number += 1
        key = f"{self._cue_key}.{self._cue_number}"
        spoken = self.voice.speak(text, self.settings.language, key)
        self._spoken.append(spoken)
        return {"key": key, "sha256": spoken.sha256, "seconds": spoken.seconds}

    def _end_cue(self) -> None:
        if self._cues and "end" not in self._cues[-1]:
            self._cues[-1]["end"] = self.film.frames / config.frame_rate

    def play(self, *args: Any, **kwargs: Any) -> None:
        """As manim's; the first animation of a beat brings its caption along."""
        self._held = False
        if self._caption_animations:
            changes, self._caption_animations = self._caption_animations, []
            # Keywords such as run_time are meant for the story's animations, not the caption's.
            animations = self.compile_animations(*args, **kwargs)
            super().play(*animations, *changes)
        else:
            super().play(*args, **kwargs)
        self._clock += self.frames_in(self.duration)

    def hold(self, seconds: float) -> None:
        """Let the viewer look, and note in the record what there is to see."""
        if self._caption_animations:
            changes, self._caption_animations = self._caption_animations, []
            self.play(*changes)
        self.wait(seconds, frozen_frame=True)
        self._held = True
        if self.film.animations_hashes[-1] is not None and not self.film.walking:
            self._snapshot(self.film.frames - 1)

    # --- the record ----------------------------------------------------------------------------
    def _snapshot(self, frame: int) -> None:
        """Note every lit mobject and number on screen, as they are in this frame."""
        camera = self.film.camera
        camera.light.look(camera.pixel_array, camera.frame_center, camera.frame_width)
        shown = extract_mobject_family_members(
            self.mobjects, use_z_index=camera.use_z_index, only_those_with_points=True
        )
        layers, signed = [], []
        for place, mobject in enumerate(shown):
            if isinstance(mobject, Cells) and mobject.opacity > 0:
                layers.append(self._cells_record(mobject, shown[place + 1 :]))
                if mobject.scale_of_light != style.LightScale():
                    reading = -1 if mobject.reading is None else mobject.reading
                    self._light_scales[mobject.layer, reading] = {
                        "layer": mobject.layer,
                        "reading": mobject.reading,
                        "low": mobject.low,
                        "high": mobject.high,
                    }
            elif isinstance(mobject, SignedGrid) and mobject.opacity > 0:
                signed.append(self._signed_record(mobject, shown[place + 1 :]))
            elif isinstance(mobject, Connections) and mobject.opacity > 0:
                count = {"drawn": mobject.drawn, "total": mobject.total}
                self._edges.append({"frame": frame, "layer": mobject.layer, **count})
            elif isinstance(mobject, (LiveNumber, Words)) and mobject.get_fill_opacity() > 0:
                self._texts.append(self._text_record(mobject, frame))
                if isinstance(mobject, LiveNumber):
                    self._numbers.append(
                        {
                            "frame": frame,
                            "text": mobject.text,
                            "value": mobject.value,
                            "source": mobject.source,
                        }
                    )
        if layers or signed:
            time = frame / config.frame_rate
            snapshot = {"frame": frame, "time": time, "layers": layers, "signed": signed}
            self._snapshots.append(snapshot)

    def _text_record(self, text: LiveNumber | Words, frame: int) -> dict[str, Any]:
        low, high = text.points.min(axis=0), text.points.max(axis=0)
        corners = self.film.camera.light.to_pixels(np.array([low, high]))
        (left, bottom), (right, top) = corners.tolist()
        return {
            "frame": frame,
            "text": text.text,
            "box": [round(number, 2) for number in (left, top, right, bottom)],
            "height": round(text.capital_height * self.film.camera.light.scale, 2),
            "color": text.get_fill_color().to_hex(),
        }

    def _places(self, cells: PlacedCells, above: list[Mobject]) -> tuple[Floats, Any]:
        """Where cells are in the frame, (n, 2) pixels, and which of them are hidden, (n,)."""
        canvas = self.film.camera.light
        middle = canvas.to_pixels(cells.centers)
        height, width = canvas.shape
        hidden = np.any((middle < 0) | (middle >= (width, height)), axis=1)
        for mobject in above:
            hidden |= _covers(mobject, cells.centers)
        if not cells.uniform:
            hidden[:] = True  # a picture in each has many greys
        if cells.opacity < 1:
            # What shines through from behind is not this cell's light.
            hidden[:] = True
        return middle, hidden

    def _signed_record(self, grid: SignedGrid, above: list[Mobject]) -> dict[str, Any]:
        middle, hidden = self._places(grid, above)
        return {
            "source": grid.source,
            "scale": grid.scale_of_light,
            "x": [round(float(x), 3) for x in middle[:, 0]],
            "y": [round(float(y), 3) for y in middle[:, 1]],
            "radius": round(float(np.mean(grid.half)) * self.film.camera.light.scale, 3),
            "value": grid.values.tolist(),
            "color": [
                None if is_hidden else [round(float(part), 6) for part in color]
                for color, is_hidden in zip(grid.colors, hidden, strict=True)
            ],
        }

    def _cells_record(self, cells: Cells, above: list[Mobject]) -> dict[str, Any]:
        canvas = self.film.camera.light
        middle, hidden = self._places(cells, above)
        known = cells.level > 0
        return {
            "layer": cells.layer,
            "kind": cells.kind,
            "reading": cells.reading,
            "illustrative": cells.illustrative,
            "source": cells.source,
            "x": [round(float(x), 3) for x in middle[:, 0]],
            "y": [round(float(y), 3) for y in middle[:, 1]],
            "radius": round(float(np.mean(cells.half)) * canvas.scale, 3),
            "cell": cells.numbers,
            "value": [
                float(value) if is_known else None
                for value, is_known in zip(cells.values, known, strict=True)
            ],
            "light": [
                None if is_hidden else round(float(light), 6)
                for light, is_hidden in zip(cells.light, hidden, strict=True)
            ],
        }

    def _input_list(self) -> list[inputs.Input]:
        """Everything that this clip was made from, by content."""
        found = [
            *self._inputs.values(),
            *self._source,
            *(inputs.file_input(font, "font") for font in sorted(self._fonts)),
            *inputs.settings_input(Path.cwd()),
            *inputs.version_inputs(),
        ]
        if self._narration:
            found.append(inputs.narration_input(self.settings.language, self._narration))
        if self.voice is not None:
            found += inputs.spoken_inputs(self.voice, self._spoken)
        return sorted(found, key=lambda entry: (entry["role"], entry["path"]))

    def _filmed(self, role: str, path: Path) -> str | None:
        """The model or digit that the settings name, if this clip really used it."""
        shown = inputs.shown_path(path)
        return shown if (role, shown) in self._inputs else None

    def _title(self) -> str:
        """The story's name for people; its class's, if it is no part of the catalogues."""
        try:
            return self.text("title")
        except InputError:
            return type(self).__name__

    def record(self, video: Path) -> dict[str, Any]:
        """The record of this clip, ready to be written."""
        encoder = self.session_spec.video_encoder
        assert encoder is not None, "only a film has a record"
        rate = encoder.frame_rate
        read = self.forward_pass
        file = inputs.source_file(type(self))
        return {
            "schema": SCHEMA,
            "clip": type(self).__name__,
            "title": self._title(),
            "source": {
                "file": inputs.shown_path(file) if file else None,
                "scene": type(self).__name__,
            },
            "variant": {
                "model": self._filmed("model", self.settings.model),
                "digit": self._filmed("digit", self.settings.digit),
                "language": self.settings.language,
                "voice": shown_voice(self.settings.voice),
                "before": inputs.shown_path(self.settings.before)
                if "before" in self.__dict__
                else None,
                "quality": f"{config.pixel_height}p{rate}",
            },
            "inputs": self._input_list(),
            "network": inputs.network_facts(self.network) if "network" in self.__dict__ else {},
            "forward_pass": {
                "activations": [a.tolist() for a in read.activations],
                "prediction": int(read.prediction),
                "confidence": float(read.confidence),
            }
            if read is not None
            else {},
            "video": {
                "file": video.name,
                "width": config.pixel_width,
                "height": config.pixel_height,
                "frame_rate": f"{rate.numerator}/{rate.denominator}",
                "frames": self.film.frames,
                "duration": self.film.frames / config.frame_rate,
            },
            "beats": self._beats,
            "cues": [cue for cue in self._cues if cue["end"] > cue["start"]],
            "snapshots": self._snapshots,
            "numbers": self._numbers,
            "edges": self._edges,
            "texts": self._texts,
            "light_scales": [self._light_scales[layer] for layer in sorted(self._light_scales)],
            "readings": [
                {
                    "model": inputs.shown_path(reading.model),
                    "digit": reading.digit.name,
                    "label": reading.digit.label,
                    "activations": [a.tolist() for a in reading.forward_pass.activations],
                    "prediction": int(reading.forward_pass.prediction),
                    "confidence": float(reading.forward_pass.confidence),
                }
                for reading in self._readings
            ],
        }

    def render(self, preview: bool = False) -> bool:
        """Render, then write the record beside the film.

        Raises
        ------
        SystemExit
            With one sentence, where a model, a digit or a setting is not usable, or where the
            film cannot be encoded or written.
        """
        with in_one_sentence():
            rerun = super().render(preview)
            writer = self.film.file_writer
            whole = self.film.only is None
            if writer.output_spec.is_video and self.film.frames and whole:
                video = writer.movie_file_path
                write_record(video.with_suffix(".json"), self.record(video))
        return rerun


def _forward(network: MLP, model: Path, image: Floats, digit: Path) -> ForwardPass:
    if network.sizes[0] != image.size:
        raise InputError(
            f"{model}: the network reads {network.sizes[0]} numbers, but {digit} has "
            f"{image.shape[0]} x {image.shape[1]} = {image.size} pixels."
        )
    return network.forward(image.ravel())


def side_of(inputs: int) -> int | None:
    """The side of the square picture with as many pixels, if there is one that can be filmed."""
    side = math.isqrt(inputs)
    return side if side * side == inputs and SIDES[0] <= side <= SIDES[1] else None


def check_shape(model: Path, sizes: Sequence[int]) -> None:
    """Refuse a network that cannot be filmed so that it is seen; ``sizes`` are those of its layers.

    Raises
    ------
    InputError
        It has too many layers of weights, or a layer of too few or too many neurons.
    """
    if len(sizes) - 1 > MOST_LAYERS:
        raise InputError(
            f"{model}: found {len(sizes) - 1} layers of weights, expected at most {MOST_LAYERS} "
            "in a network that is filmed."
        )
    for number, size in enumerate(sizes[1:], start=1):
        if not 2 <= size <= MOST_NEURONS:
            raise InputError(
                f"{model}: found {size:,} neurons in layer {number}, expected from 2 to "
                f"{MOST_NEURONS:,} in a network that is filmed."
            )


@contextmanager
def in_one_sentence() -> Iterator[None]:
    """Turn what a user can mend into one sentence and exit code 1; the rest keeps its traceback."""
    try:
        yield
    except InputError as error:
        raise SystemExit(f"litnet: {error}") from error
    except OSError as error:
        raise SystemExit(f"litnet: the film could not be written: {error}") from error
    except RuntimeError as error:
        if "video segment" not in str(error):
            raise
        raise SystemExit(f"litnet: the film could not be encoded: {error}") from error


def refuse_opengl() -> None:
    """Say in one sentence that there is no light with the other renderer."""
    if config.renderer == RendererType.OPENGL:
        raise SystemExit(
            "litnet: --renderer opengl cannot draw litnet's light; "
            "leave the option out (the cairo renderer is the one that can)."
        )


def check_size(width: int, height: int) -> None:
    """Refuse a picture that the encoder would refuse, before anything is drawn.

    Raises
    ------
    InputError
        Width or height, in pixels, is odd (H.264 halves the resolution of colour, both ways), too
        small to show a picture of 28 x 28, or larger than H.264 knows.
    """
    even = (width + width % 2, height + height % 2)
    if even != (width, height):
        raise InputError(
            f"A film of {width} x {height} pixels cannot be encoded: expected an even width and "
            f"height, for example {even[0]} x {even[1]}."
        )
    if not (SMALLEST <= min(width, height) and max(width, height) <= LARGEST):
        raise InputError(
            f"A film of {width} x {height} pixels cannot be made: expected from {SMALLEST} to "
            f"{LARGEST} pixels each way."
        )


def _covers(mobject: Mobject, points: Floats) -> Any:
    """Which of the points (n, 3) a mobject drawn later may hide, (n,) booleans."""
    if isinstance(mobject, PlacedCells):
        middle, reach = mobject.centers[:, :2], mobject.half[:, None] * 1.02
        low, high = (middle - reach).min(axis=0) - 1e-9, (middle + reach).max(axis=0) + 1e-9
        # Each cell is asked only about points near the whole: of many pictures, none is.
        hidden = np.all((points[:, :2] >= low) & (points[:, :2] <= high), axis=1)
        if hidden.any():
            distance = np.abs(points[hidden, None, :2] - middle)
            hidden[hidden] = np.any(np.all(distance <= reach, axis=2), axis=1)
        return hidden
    if not isinstance(mobject, VMobject):
        return np.zeros(len(points), bool)
    filled = mobject.get_fill_opacity() > 0
    stroked = mobject.get_stroke_opacity() > 0 and mobject.get_stroke_width() > 0
    if not (filled or stroked):
        return np.zeros(len(points), bool)
    low = mobject.points[:, :2].min(axis=0) - style.COVER_MARGIN
    high = mobject.points[:, :2].max(axis=0) + style.COVER_MARGIN
    inside = np.all((points[:, :2] > low) & (points[:, :2] < high), axis=1)
    if filled or not inside.any():
        return inside
    # An outline hides only what lies under the line itself.
    curves = mobject.points[:, :2].reshape(-1, 4, 2)
    size = float(np.ptp(curves, axis=1).max())
    t = np.linspace(0, 1, int(size / style.COVER_MARGIN) + 2)[:, None, None]
    a, b, c, d = curves.transpose(1, 0, 2)
    outline = (1 - t) ** 3 * a + 3 * (1 - t) ** 2 * t * b + 3 * (1 - t) * t**2 * c + t**3 * d
    gap, _ = cKDTree(outline.reshape(-1, 2)).query(points[inside, :2])
    # Half a step of the samples, and half the width of the line (manim: 1/100 of a unit).
    inside[inside] = gap < style.COVER_MARGIN + mobject.get_stroke_width() / 200
    return inside


# A process that is kept ready for many films draws with what stands in the files now.
inputs.note_loaded(Path(__file__).resolve())
