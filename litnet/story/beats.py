"""Beats and cues: what a story says, when, and for how long, on the video's own clock."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from manim import Animation, FadeIn, FadeOut, VGroup, config, smooth
from manim.utils.rate_functions import squish_rate_func

from litnet import style
from litnet.fonts import title_alone
from litnet.light.renderer import LitRenderer
from litnet.mobjects.words import Words, caption, plate
from litnet.narration import (
    OVER_MOTION,
    SPEED,
    catalogues_of,
    cues,
    filled,
    found,
    read_catalogue,
    reading_time,
)
from litnet.record import schema
from litnet.stage import Stage
from litnet.voice import PAUSE, Spoken, Voice
from network.errors import printable

CUE_COMES = 0.6  # seconds in which a caption appears; in the first half the last one goes


def frames_in(duration: float) -> int:
    """Whole frames in a run time; at least one."""
    return max(1, round(duration * config.frame_rate))


@dataclass
class _Said:
    """A cue; its end is not known before the next one begins."""

    start: float
    text: str
    audio: schema.Audio | None
    end: float | None = None


class Beats:
    """The beats of one film, and the clock that they go by.

    Parameters
    ----------
    language, voice
        In which the story is told, and by whom, if anybody speaks.
    stage
        Where captions stand.
    film
        Counts the frames that are really drawn.
    burned
        Whether the words of captions are in the picture. Without them all else is the same: what
        comes when, and for how long.
    """

    def __init__(
        self,
        language: str,
        voice: Voice | None,
        stage: Stage,
        film: LitRenderer,
        *,
        burned: bool = True,
    ) -> None:
        self.language, self.voice, self.stage, self.film = language, voice, stage, film
        self.burned = burned
        self.clock = 0  # frames, whether they are drawn or skipped
        self.held = False  # whether the last that happened is a hold
        self.name = ""  # of the beat that is told
        self.narration: dict[Path, dict[str, str]] = {}  # by catalogue, each text that was used
        self.spoken: list[Spoken] = []
        self.told: list[schema.Beat] = []
        self._cues: list[_Said] = []
        self._pending: list[str] = []
        self._key, self._number = "", 0  # which words are said, and which of their cues
        self._caption: VGroup | None = None
        self._plate: Words | None = None  # the name of who wrote the digit, while it is on screen
        self._changes: list[Animation] = []  # of captions, to play with the next animation
        self._to_read = 0.0  # frames that a viewer still needs for the cue on screen
        self._spoken_until = 0  # the frame until which it is spoken

    @property
    def now(self) -> float:
        """Seconds of film so far."""
        return self.film.frames / config.frame_rate

    @property
    def missing(self) -> float:
        """Seconds until the cue on screen can have been read; at least 0."""
        reading = math.ceil(self._to_read - 1e-6)
        return max(0, reading, self._spoken_until - self.clock) / config.frame_rate

    def passed(self, frames: int, *, moving: bool) -> None:
        """Frames have passed; while something moves, a cue is read more slowly."""
        self.clock += frames
        self._to_read -= frames * (OVER_MOTION if moving else 1.0)

    def text(self, key: str, values: Mapping[str, object]) -> str:
        """The text of a key, in the language that is filmed."""
        ink = style.current().is_light
        under, text, place = found(key, self.language, values.get("count"), ink=ink)
        if not self.narration:  # how fast the language is read decides the film as well
            for file in catalogues_of(self.language):
                said = read_catalogue(file.stem, file.parent).get(SPEED, "")
                self.narration[file] = {SPEED: said}
        self.narration.setdefault(place, {})[under] = text
        return filled(key, text, values, place.stem)

    def changes(self) -> list[Animation]:
        """Captions that come and go with the next animation."""
        changes, self._changes = self._changes, []
        return changes

    def begin(self, name: str, key: str, said: str, pupil: str = "") -> None:
        """Begin a beat, whose words are those of ``key``, with its first cue.

        The name of who wrote the digit is on screen in the first beat.
        """
        self.name = name
        if self._plate is not None:
            self._changes.append(FadeOut(self._plate, run_time=0.25))
            self._plate = None
        elif pupil and not self.told:
            self._plate = plate(pupil, self.stage)
            if self._plate is None:
                print(f"litnet: {printable(title_alone(pupil), 1000)}", file=sys.stderr)
            else:
                self._changes.append(FadeIn(self._plate, run_time=0.25))
        self._key, self._number = key, 0
        first, *self._pending = cues(said) or [""]
        self._show(first)

    def next_cue(self) -> None:
        """Say the next cue, from the next animation on; ValueError if all are said."""
        if not self._pending:
            raise ValueError("This beat has no cue left; its text needs one more.")
        self._show(self._pending.pop(0))

    def hush(self) -> None:
        """Take the caption away with the next animation."""
        self._end_cue()
        self._show("")

    def check(self) -> None:
        """Raise ValueError if the beat did not end with a hold, or did not say all of its cues."""
        if not self.held:
            raise ValueError(f"Beat {self.name!r} has to end with self.hold(seconds).")
        if self._pending:
            raise ValueError(
                f"Beat {self.name!r} left {len(self._pending)} cues unsaid, the first of them "
                f"{self._pending[0]!r}; say each with self.next_cue()."
            )

    def end(self, title: str, said: str, start: float) -> None:
        """End the beat; one of no frames is none."""
        self._end_cue()
        if self.now > start:
            beat = schema.Beat(name=self.name, title=title, start=start, end=self.now, caption=said)
            self.told.append(beat)
        self.name = ""

    def cues(self) -> tuple[schema.Cue, ...]:
        """Those that were on screen."""
        return tuple(
            schema.Cue(
                start=cue.start,
                text=cue.text,
                end=cue.end,
                **({"audio": cue.audio} if cue.audio else {}),
            )
            for cue in self._cues
            if cue.end is not None and cue.end > cue.start
        )

    def _show(self, text: str) -> None:
        self._end_cue()
        if self._caption is not None:
            self._changes.append(FadeOut(self._caption, run_time=0.25))
        self._caption = caption(text, self.stage) if text else None
        if self._caption is not None and not self.burned:
            self._caption = VGroup()  # comes and goes as the words would, and is not seen
        if self._caption is None:
            return
        late = squish_rate_func(smooth, 0.5, 1)
        self._changes.append(FadeIn(self._caption, run_time=CUE_COMES, rate_func=late))
        self._to_read = frames_in(CUE_COMES / 2 + reading_time(text, self.language))
        self._spoken_until = self.clock
        audio = self._speak(self.voice, text) if self.voice is not None else None
        if audio is not None:
            self._spoken_until += math.ceil((audio.seconds + PAUSE) * config.frame_rate)
        self._cues.append(_Said(self.now, text, audio))

    def _speak(self, voice: Voice, text: str) -> schema.Audio:
        """Have a cue spoken; what the record says of it."""
        self._number += 1
        key = f"{self._key}.{self._number}"
        spoken = voice.speak(text, self.language, key)
        self.spoken.append(spoken)
        return schema.Audio(key, spoken.sha256, spoken.seconds)

    def _end_cue(self) -> None:
        if self._cues and self._cues[-1].end is None:
            self._cues[-1].end = self.now
