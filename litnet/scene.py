"""The old place of LitScene; see :mod:`litnet.story.scene`."""

from litnet.light.renderer import LitRenderer
from litnet.story.refusals import refuse_opengl
from litnet.story.scene import LitScene
from litnet.story.subject import Digit, Reading

__all__ = ["Digit", "LitRenderer", "LitScene", "Reading", "refuse_opengl"]
