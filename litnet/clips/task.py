"""What is to be rendered: one clip in one variant."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from litnet.clips.settings import Quality
from litnet.record.variant import Variant


@dataclass(frozen=True)
class RenderTask:
    """One clip in one variant: small, hashable and picklable, so that it can travel.

    ``scene`` is the class in ``file``; ``variant`` names a model, a digit and a language even where
    the scene films none, and a baseline where it compares; ``width`` and ``height`` are in pixels,
    ``frame_rate`` in frames a second.
    """

    scene: str
    file: Path
    variant: Variant
    quality: Quality

    @property
    def width(self) -> int:
        """In pixels."""
        return self.quality.width

    @property
    def height(self) -> int:
        """In pixels."""
        return self.quality.height

    @property
    def frame_rate(self) -> int:
        """Frames a second."""
        return self.quality.frame_rate
