"""What is to be rendered: one clip in one variant."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from litnet.clips.catalogue import Story
from litnet.clips.settings import Quality
from litnet.project import real_path
from litnet.record.variant import Variant
from litnet.voice import real_voice


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


def task_for(story: Story, variant: Variant, quality: Quality, root: Path) -> RenderTask:
    """A story in a variant, of that quality; ``variant`` names a model, a digit and a language."""
    assert variant.model and variant.digit and variant.language
    return RenderTask(
        scene=story.scene,
        file=story.file,
        model=real_path(variant.model, root),
        digit=real_path(variant.digit, root),
        language=variant.language,
        width=quality.width,
        height=quality.height,
        frame_rate=quality.frame_rate,
        voice=real_voice(variant.voice, root) if variant.voice else None,
        before=real_path(variant.baseline, root) if variant.baseline else None,
    )
