"""How films are rendered: size and rate."""

from __future__ import annotations

from dataclasses import dataclass


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
