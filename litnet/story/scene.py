"""LitScene, the one base class of the stories.

It conducts what every story needs: the network and the digit that are filmed, captions and beats
on the video's own clock, and the record of what was on screen.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from manim import Animation, Mobject, MovingCameraScene, VGroup, Wait, config
from manim.utils.family import extract_mobject_family_members
from manim.utils.iterables import list_update
from tqdm import tqdm

from litnet.fonts import check_letters
from litnet.light.camera import LitCamera, Sprite
from litnet.light.plan import Plan
from litnet.light.renderer import LitRenderer
from litnet.mobjects.network_diagram import NetworkDiagram, drawn_line
from litnet.mobjects.words import register_fonts, write_numbers_in
from litnet.narration import COMMON
from litnet.record import inputs, schema
from litnet.record.quantities import Floats, Quantities, Quantity
from litnet.record.variant import Variant, filmed
from litnet.stage import Stage
from litnet.story.appearance import dress
from litnet.story.beats import Beats, frames_in
from litnet.story.recorder import Recorder
from litnet.story.refusals import check_ground, check_size, in_one_sentence, refuse_opengl
from litnet.story.run import TrainingRun
from litnet.story.subject import Digit, Reading, Subject, Turned
from litnet.theme import named
from litnet.voice import open_voice, real_voice
from network import MLP, InputError


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

    # ... and whether it shows a training run, whose network is the one that is filmed.
    shows_learning: ClassVar[bool] = False

    _source: ClassVar[list[schema.Input]]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        # Now, while what stands in the files is what was loaded.
        cls._source = inputs.source_inputs(inputs.source_file(cls))
        refuse_opengl()

    def __init__(self, renderer: LitRenderer | None = None, **kwargs: Any) -> None:
        refuse_opengl()
        with in_one_sentence():
            check_size(config.pixel_width, config.pixel_height)
            self.theme = named(str(self.variant.theme))
            dress(self.theme)
            check_ground(config.background_color, config.background_opacity, self.theme)
        self.stage = Stage.of(config.pixel_width, config.pixel_height)
        # Manim keeps its frame at 16:9 and would stretch the picture into any other shape.
        config.frame_width, config.frame_height = self.stage.width, self.stage.height
        # Manim's %%manim names a renderer even where it has none.
        self.film = renderer or LitRenderer(skip_animations=kwargs.get("skip_animations", False))
        super().__init__(camera_class=LitCamera, renderer=self.film, **kwargs)
        with in_one_sentence():
            self.film.camera.wear(self.theme)
            register_fonts()
        self._fonts: set[Path] = set()
        self._made_of: set[schema.Input] = set()
        self._plan: Plan | None = None

    # --- what is filmed ------------------------------------------------------------------------
    @cached_property
    def variant(self) -> Variant:
        """What to film, from the project and the environment."""
        return filmed()

    @property
    def language(self) -> str:
        """The language that is filmed."""
        return str(self.variant.language)

    @cached_property
    def subject(self) -> Subject:
        """What is filmed; it hands out numbers with their sources."""
        return Subject(
            type(self).__name__,
            self.variant,
            network_reads=self.network_reads,
            films_vectors=self.films_vectors,
            needs_digits=self.needs_digits,
            shows_learning=self.shows_learning,
        )

    @property
    def network(self) -> MLP:
        """The network that is filmed.

        Raises
        ------
        InputError
            The file holds no network, or one of a shape that cannot be filmed; or this story is
            about the bundled digits, and the network reads no pictures of their size, or does not
            tell the ten digits apart.
        """
        return self.subject.network

    @property
    def run(self) -> TrainingRun:
        """The training run that is filmed; it hands out numbers with their sources.

        Raises
        ------
        InputError
            The file holds no training run, or one that does not fit the training digits, or one of
            which a story cannot tell.
        """
        return self.subject.run

    @property
    def baseline(self) -> MLP:
        """The network that the filmed one is compared with.

        Raises
        ------
        InputError
            As :attr:`network`; or the two do not read the same or do not answer alike.
        """
        return self.subject.baseline

    @property
    def digit(self) -> Digit:
        """The digit that is filmed, 28 x 28, or prepared for the network that is to read it.

        Raises
        ------
        InputError
            It is no picture (or, for a network that reads none, no list of as many numbers); or
            this story shows pictures only.
        """
        return self.subject.digit

    # As those of :class:`litnet.story.subject.Subject`.
    label = property(
        lambda self: self.subject.label,
        doc="What the filmed digit is, where that is known and is a class of the network.",
    )
    class_names = property(
        lambda self: self.subject.class_names,
        doc="What the network's outputs stand for, as its card says; else numbers.",
    )
    names_are_digits = property(
        lambda self: self.subject.names_are_digits,
        doc="Whether the network tells the ten digits apart.",
    )
    bundled = property(lambda self: self.subject.bundled, doc="The digits that come with litnet.")
    load_model = property(
        lambda self: self.subject.load_model,
        doc="Reads a network from a file, which becomes an input of the clip.",
    )
    load_digit = property(
        lambda self: self.subject.load_digit,
        doc="Reads a digit from a file, which becomes an input of the clip.",
    )
    before = property(lambda self: self.subject.baseline, doc="The old name of ``baseline``.")

    def read(self, image: Floats | None = None) -> Reading:
        """Let the network read the digit that is filmed; its numbers come from what this returns.

        ``image`` may be given for clearness, and is that digit's.

        Raises
        ------
        InputError
            The network reads pictures of another size.
        """
        if image is not None and image is not self.digit.image:
            raise ValueError("self.read() reads the filmed digit; read_another reads others.")
        return self.subject.read()

    def read_another(self, digit: Path, model: Path | None = None) -> Reading:
        """Let a network read one more digit, which stands in the record's ``readings``.

        ``model`` is another network than the filmed one.

        Raises
        ------
        InputError
            A file is no digit or no model, or the network reads pictures of another size.
        """
        return self.subject.read_another(self.subject.load_digit(digit), model)

    def read_changed(self, layer: int, neuron: int, start: int | None, value: float) -> Reading:
        """Let the filmed network read the filmed digit with one of its numbers turned by hand.

        That is the weight from neuron ``start`` of the layer before to ``neuron`` of ``layer``
        (counted from 1), or where ``start`` is None that neuron's bias; it becomes ``value``. The
        change stands in the record's ``readings``; the picture has to say that it was by hand.

        Raises
        ------
        InputError
            There is no such number.
        """
        return self.subject.read_changed(schema.Change(layer, neuron, start, value))

    def turned(self, reading: Reading, layer: int, neuron: int, start: int | None) -> Turned:
        """What a reading would be with that number at any value, for animations."""
        return Turned(reading, layer, neuron, start)

    def read_made(self, made: str, image: Floats) -> Reading:
        """Let the network read a picture (rows, columns) that no file holds.

        ``made`` is an expression of ``docs/record.md`` from which anybody can make it again; it
        stands in the record in the place of a file.
        """
        return self.subject.read_another(Digit(Path(made), image, None, made))

    def read_scrambled(self, seed: int) -> Reading:
        """Let the network read the filmed digit with all its weights and biases permuted."""
        return self.subject.read_scrambled(seed)

    def number(self, call: str, *arguments: object) -> Quantity:
        """A number by its source: ``number("pixels.rows")``, ``number("ink", 3, self.digit)``."""
        return self.subject.number(call, *arguments)

    def numbers(self, call: str, *arguments: object, shape: tuple[int, ...] = (-1,)) -> Quantities:
        """Numbers for cells by their source: ``numbers("agree", digit, other)``."""
        return self.subject.numbers(call, *arguments, shape=shape)

    def drawn_of_all(self, *networks: NetworkDiagram) -> VGroup:
        """A line below networks saying how many connections are drawn; empty if all of them are."""
        if all(network.whole for network in networks):
            return VGroup()
        text = self.common("strongest", drawn="{drawn}", total="{total}")
        return drawn_line(text, self.stage, *networks)

    def setup(self) -> None:
        """As manim's; what cannot be filmed is said before anything is drawn."""
        super().setup()
        write_numbers_in(self.language)
        check_letters(type(self).__name__, self.language, self.theme)
        if self.shows_learning:
            self.network  # noqa: B018

    # --- words, beats and captions -------------------------------------------------------------
    @cached_property
    def beats(self) -> Beats:
        """What is told, and when."""
        chosen = self.variant.voice
        voice = open_voice(real_voice(chosen)) if chosen else None
        burned = self.variant.captions is None
        return Beats(self.language, voice, self.stage, self.film, burned=burned)

    def text(self, name: str, /, **values: object) -> str:
        """This story's text of that name, in the language that is filmed.

        ``values`` fill its placeholders. See :mod:`litnet.narration`.

        Raises
        ------
        InputError
            The language has no such text, or the text has a placeholder that gets no value.
        """
        return self.beats.text(f"{type(self).__name__}.{name}", values)

    def common(self, name: str, /, **values: object) -> str:
        """As :meth:`text`, of the words that stories share."""
        return self.beats.text(f"{COMMON}.{name}", values)

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
        said = words or name
        if title is None:
            title = self.text(f"{said}.title", **values)
            caption = self.text(said, **values)
        start = self.beats.now
        self.next_section(name)  # for --save_sections
        self.beats.begin(name, f"{type(self).__name__}.{said}", caption, self.subject.pupil)
        try:
            yield
            self.beats.check()
            if missing := self.beats.missing:
                self.hold(missing)
        finally:
            # Also when -n ends the film in the middle of a beat.
            self.beats.end(title, caption, start)

    def next_cue(self) -> None:
        """Say the beat's next cue, from the next animation on.

        Waits first until the one on screen can have been read.

        Raises
        ------
        ValueError
            All of the beat's cues are said.
        """
        if missing := self.beats.missing:
            self.wait(missing, frozen_frame=True)
        self.beats.next_cue()

    def hush(self) -> None:
        """Take the caption away once it can have been read: a film may begin here."""
        if missing := self.beats.missing:
            self.wait(missing, frozen_frame=True)
        self.beats.hush()
        if changes := self.beats.changes():
            self.play(*changes)

    def play(self, *args: Any, **kwargs: Any) -> None:
        """As manim's; the first animation of a beat brings its caption along."""
        with in_one_sentence():
            camera = self.film.camera
            check_ground(camera.background_color, camera.background_opacity, self.theme)
        self.beats.held = False
        moving = any(not isinstance(one, Wait) for one in args)
        if changes := self.beats.changes():
            # Keywords such as run_time are meant for the story's animations, not the caption's.
            args, kwargs = (*self.compile_animations(*args, **kwargs), *changes), {}
        super().play(*args, **kwargs)
        self.beats.passed(frames_in(self.duration), moving=moving)

    def hold(self, seconds: float) -> None:
        """Let the viewer look, and note in the record what there is to see.

        Raises
        ------
        InputError
            A number on screen is not what its source says.
        """
        if changes := self.beats.changes():
            super().play(*changes)
            self.beats.passed(frames_in(self.duration), moving=False)
        self.wait(seconds, frozen_frame=True)
        self.beats.held = True
        if self.film.animations_hashes[-1] is not None and self.film.wanted:
            frame = self.film.frames - 1
            shown = extract_mobject_family_members(
                self.mobjects,
                use_z_index=self.film.camera.use_z_index,
                only_those_with_points=True,
            )
            time = frame / config.frame_rate
            self.recorder.snapshot(frame, time, self.beats.name, shown, self.film.camera)
            self.recorder.note_silent(self.mobjects)

    # --- manim's hooks -------------------------------------------------------------------------
    frames_in = staticmethod(frames_in)

    def get_run_time(self, animations: list[Any]) -> float:
        """As manim's, in whole frames, so that captions never drift."""
        return frames_in(super().get_run_time(animations)) / config.frame_rate

    def get_time_progression(
        self,
        run_time: float,
        description: str,
        n_iterations: int | None = None,
        override_skip_animations: bool = False,
    ) -> tqdm[float]:
        """As manim's, with exactly the frames of the run time (``arange`` may add one)."""
        skipped = self.renderer.skip_animations and not override_skip_animations
        steps = np.arange(frames_in(run_time)) / config.frame_rate
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
        """Split what is drawn, in drawing order, before the first mobject that moves."""
        # Also those without points: a mobject may get its points only later.
        everything = extract_mobject_family_members(
            list_update(self.mobjects, self.foreground_mobjects),
            use_z_index=self.camera.use_z_index,
        )
        self._fonts.update(*(getattr(mobject, "fonts", ()) for mobject in everything))
        self._made_of.update(*(getattr(mobject, "made_of", ()) for mobject in everything))
        self._plan = Plan(animations, self.mobjects, everything, self.film.camera)
        return self._plan.split()

    def drawing_plan(self) -> list[list[Mobject] | Sprite]:
        """What to draw in each frame over the static image, in order."""
        return self._plan.parts(self.moving_mobjects) if self._plan else []

    # --- the record ----------------------------------------------------------------------------
    @cached_property
    def recorder(self) -> Recorder:
        """What was on screen."""
        return Recorder(type(self).__name__, self.subject)

    def _title(self) -> str:
        """The story's name for people, after that of who wrote the digit; the class's, if it is no
        part of the catalogues."""
        try:
            title = self.text("title")
        except InputError:
            title = type(self).__name__
        return f"{self.subject.pupil}: {title}" if self.subject.pupil else title

    def record(self, video: Path) -> schema.Record:
        """The record of this clip, ready to be written."""
        encoder = self.session_spec.video_encoder
        rate = encoder.frame_rate if encoder else Fraction(config.frame_rate)
        title = self._title()  # one of the words that were used
        fonts = (inputs.File.collect(font, "font") for font in sorted(self._fonts))
        found = [*self._source, *fonts, *self._made_of]
        return self.recorder.record(
            inputs.source_file(type(self)),
            title,
            self.beats,
            found,
            schema.Video(
                video.name,
                config.pixel_width,
                config.pixel_height,
                f"{rate.numerator}/{rate.denominator}",
                self.film.frames,
                self.beats.now,
            ),
        )

    def render(self, preview: bool = False) -> bool:
        """Render, then write the record beside the film.

        Raises
        ------
        SystemExit
            With one sentence, where a model, a digit or a setting is not usable, a number on screen
            is not what its source says, or the film cannot be encoded or written.
        """
        with in_one_sentence():
            rerun = super().render(preview)
            self.recorder.say_silent()
            writer = self.film.file_writer
            if writer.output_spec.is_video and self.film.frames and self.film.whole:
                video = writer.movie_file_path
                schema.write_record(video.with_suffix(".json"), self.record(video))
        return rerun


# A process that is kept ready for many films draws with what stands in the files now.
inputs.note_loaded(Path(__file__).resolve())
