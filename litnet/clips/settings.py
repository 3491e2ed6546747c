"""How films are rendered: size and rate."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from litnet.project import HOME, picture_settings, real_path
from litnet.record.variant import filmed
from litnet.voice import real_voice

__all__ = ["picture_settings"]


@dataclass(frozen=True)
class Quality:
    """Size of a film, in pixels, and its frames a second."""

    width: int
    height: int
    frame_rate: int

    def __str__(self) -> str:
        return f"{self.height}p{self.frame_rate}"


# Named as manim names them.
QUALITIES = {
    "l": Quality(854, 480, 15),
    "m": Quality(1280, 720, 30),
    "h": Quality(1920, 1080, 60),
    "p": Quality(2560, 1440, 60),
    "k": Quality(3840, 2160, 60),
}
PUBLISHED = QUALITIES["h"]
PREVIEW = QUALITIES["l"]


# --- the old way to what is filmed ---------------------------------------------------------------
ROOT = HOME


@dataclass(frozen=True)
class Settings:
    """What is filmed, its files as paths."""

    model: Path
    digit: Path
    language: str
    before: Path
    voice: str | None = None


def load_settings() -> Settings:
    """What manim is to film; see :func:`litnet.record.variant.filmed`."""
    chosen = filmed()
    paths = (real_path(str(one)) for one in (chosen.model, chosen.digit, chosen.baseline))
    model, digit, baseline = paths
    voice = real_voice(chosen.voice) if chosen.voice else None
    return Settings(model, digit, str(chosen.language), baseline, voice)
