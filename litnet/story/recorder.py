"""The snapshots of a film: at each hold, what is on screen, checked against its sources."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from manim import DecimalNumber, ImageMobject, MarkupText, Mobject, Table, Text, VMobject
from manim.mobject.matrix import Matrix
from manim.mobject.text.tex_mobject import SingleStringMathTex
from scipy.spatial import cKDTree

from litnet import style
from litnet.light.camera import LitCamera
from litnet.project import shown_path
from litnet.record import inputs, schema
from litnet.record.current import network_facts
from litnet.record.expressions import SourceError, source
from litnet.record.ground import TICKS
from litnet.record.page import Page
from litnet.record.quantities import Floats, in_reading
from litnet.record.sources import parsed
from litnet.story.beats import Beats
from litnet.story.subject import FilmGround, Subject
from network import InputError

CLOSE = 1e-9
# Of manim's own: what carries words or numbers, of which the record knows nothing.
SPEAKING = (DecimalNumber, ImageMobject, MarkupText, Matrix, SingleStringMathTex, Table, Text)


class Recorder:
    """Notes what is on screen, and stops a film in which a number is not what its source says."""

    def __init__(self, story: str, subject: Subject) -> None:
        self.story, self.subject = story, subject
        self.snapshots: list[schema.Snapshot] = []
        self.numbers: list[schema.Number] = []
        self.edges: list[schema.Edges] = []
        self.texts: list[schema.Text] = []
        self.scales: dict[tuple[int, int], schema.LightScale] = {}
        self.silent: dict[str, None] = {}  # kinds of mobjects of which the record cannot tell

    def snapshot(
        self, frame: int, time: float, beat: str, shown: Sequence[Mobject], camera: LitCamera
    ) -> None:
        """Note everything on screen, in drawing order, as it is in this frame.

        Raises
        ------
        InputError
            A number is not what its source says; the sentence names both.
        """
        camera.light.look(camera.pixel_array, camera.frame_center, camera.frame_width)
        page = Page(frame, camera.light, covers)
        for place, mobject in enumerate(shown):
            page.above = shown[place + 1 :]
            self._described(mobject, page)
        ground = FilmGround(
            self.subject,
            *(sum(edge.drawn for edge in page.edges), sum(edge.total for edge in page.edges)),
            len(page.signed),
            tuple(v for one in page.measures if one.kind == TICKS for v in one.value),
        )
        where = f"{self.story}, beat {beat!r}" if beat else self.story
        layers = [self._known(layer, ground, where) for layer in page.layers]
        claims = zip(page.layers, layers, page.scales, strict=True)
        for number in page.numbers:
            self._check_number(number, ground, where)
        for grid in page.signed:
            self._check_list(grid.source, grid.value, range(len(grid.value)), ground, where)
        for text, carried in page.carried:
            self._check_rows(text, carried, ground, where)
        for measure in page.measures:
            self._check_measure(measure, ground, where)
        for claim, known, scale in claims:
            self._note_scale(scale, where, bare=not claim.source and known.illustrative)
        self.numbers += page.numbers
        self.edges += page.edges
        self.texts += page.texts
        if layers or page.signed or page.measures:
            shown_as = (tuple(layers), tuple(page.signed), tuple(page.measures))
            self.snapshots.append(schema.Snapshot(frame, time, *shown_as))

    def _described(self, mobject: Mobject, page: Page) -> None:
        describe = getattr(mobject, "describe", None)
        if describe is None:  # manim's own: a shape, or see note_silent
            return
        try:
            describe(page)
        except NotImplementedError:
            self.silent[type(mobject).__name__] = None

    def note_silent(self, mobjects: Sequence[Mobject]) -> None:
        """Note which of these say something of which the record cannot tell."""
        for mobject in mobjects:
            for member in mobject.get_family():
                if isinstance(member, SPEAKING):
                    self.silent[type(member).__name__] = None

    # --- checks --------------------------------------------------------------------------------
    def _check_number(self, number: schema.Number, ground: FilmGround, where: str) -> None:
        if number.source == "illustrative":
            return
        try:
            found = parsed(number.source).value(ground)
        except InputError as error:
            raise InputError(f"{where}: {number.text} on screen has a source that says nothing: "
                             f"{error}") from error  # fmt: skip
        if not np.isclose(number.value, found, rtol=CLOSE, atol=CLOSE):
            raise InputError(
                f"{where}: {number.text} on screen holds {number.value!r}, but its source "
                f"{number.source} is {found!r}."
            )

    def _check_measure(self, measure: schema.Measure, ground: FilmGround, where: str) -> None:
        """A single number may be of a list, or be one; the marks of a scale are its own."""
        if measure.kind == TICKS:
            return
        if measure.source != "illustrative" and parsed(measure.source).is_number:
            for value in measure.value:
                shown = schema.Number(0, f"{value:.6g}", value, measure.source)
                self._check_number(shown, ground, where)
        else:
            self._check_list(
                measure.source, measure.value, range(len(measure.value)), ground, where
            )

    def _check_rows(self, text: str, carried: Floats, ground: FilmGround, where: str) -> None:
        """What a bundle of connections carries."""
        if text == "illustrative":
            return
        found = parsed(text).rows(ground)
        if carried.shape != found.shape or not np.allclose(carried, found, CLOSE, CLOSE):
            raise InputError(
                f"{where}: connections on screen do not carry what their source {text} says."
            )

    def _check_list(
        self,
        text: str,
        values: Sequence[Any],
        places: Sequence[int],
        ground: FilmGround,
        where: str,
    ) -> None:
        if text == "illustrative":
            return
        found = parsed(text).values(ground)
        known = [n for n, value in enumerate(values) if value is not None]
        held = np.array([values[n] for n in known], dtype=np.float64)
        wanted = np.array([places[n] for n in known], dtype=np.intp)
        there = np.full(len(known), np.nan)
        inside = wanted < len(found)
        there[inside] = found[wanted[inside]]
        wrong = ~np.isclose(held, there, rtol=CLOSE, atol=CLOSE)
        if wrong.any():
            first = int(wrong.argmax())
            says = repr(float(there[first])) if inside[first] else "not there"
            raise InputError(
                f"{where}: cell {wanted[first]} on screen holds {float(held[first])!r}, but in its "
                f"source {text} it is {says}."
            )

    def _known(self, layer: schema.Layer, ground: FilmGround, where: str) -> schema.Layer:
        """A layer whose numbers are checked; bare numbers are what they claim, or illustrative."""
        if layer.illustrative:
            return layer
        if not layer.source:
            claims = [f"activations[{layer.layer}]"]
            if layer.kind == "pixels":
                claims += [source("pixels", name) for name in self.subject.loaded]
            for claim in claims:
                with suppress(InputError):
                    self._check_list(claim, layer.value, layer.cell, ground, where)
                    return msgspec.structs.replace(layer, source=claim)
            self.silent["numbers without a source"] = None
            return msgspec.structs.replace(layer, source="illustrative", illustrative=True)
        try:
            text = in_reading(layer.source, layer.reading)
            self._check_list(text, layer.value, layer.cell, ground, where)
        except SourceError as error:
            raise InputError(f"{where}: cells have a source that says nothing: {error}") from error
        return layer

    def _note_scale(self, scale: schema.LightScale, where: str, bare: bool) -> None:
        whole = None if bare else self._whole(scale.layer, scale.reading)
        if whole and whole != (scale.low, scale.high):
            raise InputError(
                f"{where}: cells of layer {scale.layer} are lit on a scale of their own, of "
                f"numbers from {scale.low!r} to {scale.high!r}; the layer's is from {whole[0]!r} "
                f"to {whole[1]!r}. A part of a layer takes it along: reading.layer(1).part([3])."
            )
        if (scale.low, scale.high) == (0.0, 1.0):
            return
        key = scale.layer, -1 if scale.reading is None else scale.reading
        if self.scales.setdefault(key, scale) != scale and not bare:
            raise InputError(
                f"{where}: cells of layer {scale.layer} are lit on two scales, of numbers from "
                f"{scale.low!r} to {scale.high!r} and from {self.scales[key].low!r} to "
                f"{self.scales[key].high!r}; expected one."
            )

    def _whole(self, layer: int, number: int | None) -> tuple[float, float] | None:
        """The scale of a layer of a reading, if there is one."""
        reading = self.subject.filmed if number is None else self.subject.readings[number]
        if reading is None or layer >= len(reading.activations):
            return None
        found = reading.layer(layer)
        return found.low, found.high

    # --- the record ----------------------------------------------------------------------------
    def say_silent(self) -> None:
        """Say once, on stderr, what was shown of which the record cannot tell."""
        if self.silent:
            print(
                f"litnet: {self.story} shows what its record cannot describe: "
                f"{', '.join(self.silent)}.",
                file=sys.stderr,
            )

    def record(
        self,
        file: Path | None,
        title: str,
        beats: Beats,
        found: list[schema.Input],
        video: schema.Video,
    ) -> schema.Record:
        """The record of a clip; ``found`` are inputs of it beside those of subject and beats."""
        subject, chosen = self.subject, self.subject.variant
        read, theme = subject.filmed, style.current()
        network = network_facts(subject.ran) if subject.ran else {}
        return schema.Record(
            schema=schema.SCHEMA,
            clip=self.story,
            title=title,
            source=schema.Source(shown_path(file) if file else None, self.story),
            variant=schema.Variant(
                model=self._filmed("model"),
                digit=self._filmed("digit"),
                language=chosen.language,
                voice=chosen.voice,
                baseline=chosen.baseline if subject.compares else None,
                history=self._filmed("history"),
                training=self._filmed("training"),
                read_as=chosen.read_as if self._filmed("digit") else None,
                captions=chosen.captions,
                theme=chosen.theme,
                quality=f"{video.height}p{video.rate}",
            ),
            inputs=self._inputs(beats, found),
            network=schema.Network(**network),
            forward_pass=read.forward_pass_record() if read else schema.ForwardPass(),
            theme=schema.Theme(theme.name, theme.background, theme.light),
            video=video,
            beats=tuple(beats.told),
            cues=beats.cues(),
            snapshots=tuple(self.snapshots),
            numbers=tuple(self.numbers),
            edges=tuple(self.edges),
            texts=tuple(self.texts),
            light_scales=self.light_scales(),
            readings=tuple(reading.record() for reading in subject.readings),
        )

    def _filmed(self, role: str) -> str | None:
        """The model or digit that the variant names, if this clip really used it."""
        shown: str | None = getattr(self.subject.variant, role)
        if role == "history" and not self.subject.shows_learning:
            return None  # a run that the network is compared with is the baseline
        return shown if (role, shown) in self.subject.inputs else None

    def _inputs(self, beats: Beats, found: list[schema.Input]) -> tuple[schema.Input, ...]:
        """Everything that this clip was made from, by content."""
        found = [
            *self.subject.inputs.values(),
            *found,
            inputs.Theme.collect(style.current()),
            *inputs.Settings.collect(Path.cwd()),
            *inputs.version_inputs(),
        ]
        found += (inputs.Narration.collect(file, said) for file, said in beats.narration.items())
        if beats.voice is not None:
            found += inputs.spoken_inputs(beats.voice, beats.spoken)
        return tuple(sorted(found, key=lambda entry: (entry.role, entry.path)))

    def light_scales(self) -> tuple[schema.LightScale, ...]:
        """Those that are not from 0 to 1, by layer and reading."""
        return tuple(self.scales[key] for key in sorted(self.scales))


def covers(mobject: Any, points: Floats) -> Any:
    """Which of the points (n, 3) a mobject drawn later may hide, (n,) booleans."""
    own = getattr(mobject, "covers", None)
    if own is not None:
        return own(points)
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
