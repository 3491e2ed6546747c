"""Lessons: published clips, and what a page needs of them.

Everything here reads records and published files; nothing imports manim.
"""

from litnet.lessons.clip import Clip

__all__ = ["Clip"]
