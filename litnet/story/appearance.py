"""Manim and litnet set up for the look of a film, before its scene is made."""

from __future__ import annotations

from manim import ManimColor, VMobject, config

from litnet import style
from litnet.theme import DARK, Theme

_ground: list[tuple[ManimColor, ManimColor]] = []  # the user's own, and what stands in its place
_words: list[str] = []  # the colour of manim's own mobjects, where it is not manim's white


def dress(theme: Theme) -> None:
    """Have what is made from now on look so: litnet's style, manim's ground, and the colour of
    manim's own mobjects, where nothing says another one, which would be white on a light ground.

    On black, what manim's settings say of the ground stays.
    """
    style.wear(theme)
    now = config.background_color
    own, instead = _ground.pop() if _ground else (now, now)
    if now != instead:  # somebody has set it in the meantime
        own = now
    if theme.background == DARK.background:
        config.background_color = own
    else:
        config.background_color = ManimColor(theme.background)
        _ground.append((own, config.background_color))
    if theme.is_light:
        VMobject.set_default(color=theme.text)
        _words[:] = [theme.text]
    elif _words:
        VMobject.set_default()
        _words.clear()
