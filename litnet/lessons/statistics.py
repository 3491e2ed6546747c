"""How long a lesson takes, and how hard it is to read: estimates, and what they are made of."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from litnet.narration import reading_speed, script_of

# Assumptions. Adults read 238 English words a minute silently (Brysbaert 2019, "How many words do
# we read per minute?", Journal of Memory and Language 109); somebody who learns reads more slowly.
# Korean words (between blanks) carry more: particles are written with them.
READING_SPEED = 190  # words a minute
READING_SPEEDS = {"Kore": 130}  # by script
UNSPACED = ("Hans", "Hant", "Jpan", "Thai", "Khmr", "Laoo", "Mymr")
ANSWERING = {1: 15, 2: 25, 3: 40}  # seconds for a question, by difficulty
TRYING_OUT = 120  # seconds with the interactive mode


@dataclass(frozen=True)
class Statistics:
    """Of a lesson in one language; times in minutes.

    ``spoken`` is how many words a minute the captions of the films say; ``grade`` the reading
    level of the text as the automated readability index gives it, in years of (American)
    schooling, None where there is no such formula for the language or textstat is not installed.
    """

    language: str
    words: int
    reading: float
    films: float
    spoken: int
    questions: int
    answering: float
    trying_out: float
    grade: float | None

    @property
    def minutes(self) -> float:
        """All of it together."""
        return self.reading + self.films + self.answering + self.trying_out

    def as_json(self) -> dict[str, Any]:
        """All fields, and the sum."""
        return {**asdict(self), "minutes": self.minutes}


def count_words(text: str) -> int:
    """Runs of letters and digits between blanks.

    >>> count_words("A neuron — a thing that holds 0.62.")
    7
    """
    return sum(any(unicodedata.category(sign)[0] in "LN" for sign in word) for word in text.split())


def measure(
    language: str,
    prose: str,
    durations: Sequence[float],
    captions: str,
    difficulties: Sequence[int],
    networks: int,
) -> Statistics:
    """Statistics of a lesson.

    Parameters
    ----------
    prose, captions
        What is to be read, and what the films say.
    durations
        Of the films, in seconds.
    difficulties
        Of the questions, 1 to 3 each.
    networks
        How often the interactive mode is there.
    """
    words, films = count_words(prose), sum(durations) / 60
    return Statistics(
        language=language,
        words=words,
        reading=_reading(language, prose),
        films=films,
        spoken=round(count_words(captions) / films) if films else 0,
        questions=len(difficulties),
        answering=sum(ANSWERING[difficulty] for difficulty in difficulties) / 60,
        trying_out=networks * TRYING_OUT / 60,
        grade=reading_level(prose) if language == "en" else None,
    )


def _reading(language: str, prose: str) -> float:
    """Minutes to read a text; one without blanks between words is counted in characters, as the
    captions of films are."""
    script = script_of(language)
    if script in UNSPACED:
        return len("".join(prose.split())) / reading_speed(language) / 60
    return count_words(prose) / READING_SPEEDS.get(script, READING_SPEED)


def reading_level(prose: str) -> float | None:
    """The automated readability index of English prose; None if textstat is not installed.

    Of textstat's formulas this one needs no dictionary of syllables, which would be downloaded.
    """
    try:
        from textstat import automated_readability_index
    except ImportError:
        return None
    text = re.sub(r"\s+", " ", prose)
    return round(float(automated_readability_index(text)), 1)
