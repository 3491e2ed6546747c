"""The stories that litnet tells, in the order in which they are listed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from litnet.project import asset
from network.errors import InputError, printable


@dataclass(frozen=True)
class Story:
    """A scene that is published as a clip.

    ``scene`` is the class in ``file``. ``model``, ``digit`` and ``language`` say what it films: a
    clip that shows no digit has no variant for each digit. ``baseline`` is whether it compares the
    model with another one, and ``history`` whether it shows a training run, whose network takes the
    model's place. (Publishing compares them with the record.) ``film`` is the one of ``FILMS`` that
    tells it, too; None for none. ``film_from`` is the beat from which on the film joins the clip,
    and ``film_until`` the one before which that ends, where other stories tell what is left out.
    """

    scene: str
    file: Path
    model: bool = True
    digit: bool = True
    language: bool = True
    film: str | None = "structure"
    film_from: str | None = None
    film_until: str | None = None
    baseline: bool = False
    history: bool = False


SCENES = asset("scenes")

STORIES: tuple[Story, ...] = (
    Story("ManyThrees", SCENES / "many_threes.py", model=False),
    Story("WriteAProgram", SCENES / "write_a_program.py", model=False),
    Story("Roadmap", SCENES / "roadmap.py", film_until="first"),
    Story("WhatIsANeuron", SCENES / "what_is_a_neuron.py"),
    Story("LayerIntro", SCENES / "layer_intro.py", film_from="flow"),
    Story("Counting", SCENES / "counting.py"),
    Story("Propagation", SCENES / "propagation.py", film_until="pictures"),
    Story("Bias", SCENES / "bias.py"),
    Story("OneLine", SCENES / "one_line.py"),
    Story("SigmoidOrReLU", SCENES / "sigmoid_or_relu.py", model=False, digit=False),
    Story("TheHopes", SCENES / "the_hopes.py", film_from="parts"),
    Story("AFunction", SCENES / "a_function.py"),
    Story("FallsShort", SCENES / "falls_short.py", digit=False, film_from="surest"),
    Story("Recap", SCENES / "recap.py", film_from="box"),
    Story("BeforeAfter", SCENES / "before_after.py", film=None, baseline=True),
    Story("Fresh", SCENES / "learning" / "fresh.py", model=False, film="learning", history=True),
    Story(
        "TheCost", SCENES / "learning" / "the_cost.py", model=False, film="learning", history=True
    ),
    Story(
        "Downhill",
        SCENES / "learning" / "downhill.py",
        model=False,
        digit=False,
        film="learning",
        history=True,
    ),
    Story("Nudges", SCENES / "learning" / "nudges.py", model=False, film="learning", history=True),
    Story(
        "Crowds",
        SCENES / "learning" / "crowds.py",
        model=False,
        digit=False,
        film="learning",
        history=True,
    ),
    Story("Wishes", SCENES / "learning" / "wishes.py", model=False, film="learning", history=True),
    Story(
        "Backwards",
        SCENES / "learning" / "backwards.py",
        model=False,
        film="learning",
        history=True,
    ),
    Story("Chain", SCENES / "learning" / "chain.py", model=False, film="learning", history=True),
    Story(
        "ItLearns", SCENES / "learning" / "it_learns.py", model=False, film="learning", history=True
    ),
    Story(
        "WhatRemains",
        SCENES / "learning" / "what_remains.py",
        model=False,
        film="learning",
        history=True,
    ),
)

# What the films begin with. They are no stories: a few seconds long, and nothing is told in them.
TITLE_CARD = Story("TitleCard", SCENES / "title_card.py")
LEARNING_CARD = Story(
    "LearningCard",
    SCENES / "learning" / "learning_card.py",
    model=False,
    digit=False,
    film="learning",
    history=True,
)

# What stories make together, joined, by the name under which it is published; see
# litnet/clips/film.py.
FILMS = {"structure": "film", "learning": "film-learning"}


def meant(name: str, known: Sequence[str]) -> str:
    """How a sentence ends that says that a story is none: which one may be meant, or all."""
    near = get_close_matches(name.lower(), [scene.lower() for scene in known], 1)
    if near:
        return f"; did you mean {next(s for s in known if s.lower() == near[0])}?"
    return f", expected one of: {', '.join(known)}."


def find_stories(names: tuple[str, ...], stories: tuple[Story, ...] = STORIES) -> list[Story]:
    """The stories of these names, in the catalogue's order; all of them if there are no names.

    Raises InputError for a name that is not in the catalogue.
    """
    known = [story.scene for story in stories]
    for name in names:
        if name not in known:
            raise InputError(f"{printable(name)}: no such clip{meant(name, known)}")
    return [story for story in stories if not names or story.scene in names]
