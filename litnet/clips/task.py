"""What is to be rendered: one clip in one variant."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class RenderTask:
    """One clip in one variant: small, hashable and picklable, so that it can travel.

    ``scene`` is the class in ``file``; ``model`` and ``digit`` are what it films if it films any;
    ``width`` and ``height`` are in pixels, ``frame_rate`` in frames a second; ``voice`` is
    who speaks, if anybody does; ``before`` is the model that ``model`` is compared with, None for
    a scene that compares nothing.
    """

    scene: str
    file: Path
    model: Path
    digit: Path
    language: str
    width: int
    height: int
    frame_rate: int
    voice: str | None = None
    before: Path | None = None

    @property
    def quality(self) -> str:
        """As the record has it, for example ``1080p60``."""
        return f"{self.height}p{self.frame_rate}"

    def environment(self) -> dict[str, str]:
        """What tells a scene, through the environment, what to film."""
        return {
            "LITNET_MODEL": str(self.model),
            "LITNET_DIGIT": str(self.digit),
            "LITNET_LANGUAGE": self.language,
            "LITNET_VOICE": self.voice or "",
            "LITNET_BEFORE": str(self.before or ""),
        }
