"""What a shell offers when a word of a command is begun: names of clips, languages and themes.

Nothing that is slow to import is needed for it, and nothing is said if something is wrong: the
command itself will say it.
"""

from __future__ import annotations

from contextlib import suppress

import click


def clip_names(_ctx: click.Context, _parameter: click.Parameter, begun: str) -> list[str]:
    """The stories of the project and of litnet, and files that may hold others."""
    from litnet.clips.project_stories import stories_of
    from litnet.project import current
    from network.errors import InputError

    with suppress(InputError):
        return [one.scene for one in stories_of(current()) if one.scene.startswith(begun)]
    return []


def themes(_ctx: click.Context, _parameter: click.Parameter, begun: str) -> list[str]:
    """The looks that there are, litnet's and the project's own."""
    from litnet.project import current
    from litnet.theme import names_of
    from network.errors import InputError

    with suppress(InputError):
        return [name for name in names_of(current()) if name.startswith(begun)]
    return []


def languages(_ctx: click.Context, _parameter: click.Parameter, begun: str) -> list[str]:
    """The languages that there are words in."""
    from litnet.narration import languages as spoken
    from network.errors import InputError

    with suppress(InputError):
        return [code for code in spoken() if code.startswith(begun)]
    return []
