"""Why clips are not fresh."""

from __future__ import annotations

from enum import Enum
from typing import Self


class Why(Enum):
    """The kinds of reasons for which a clip is not fresh."""

    NEVER = "never rendered"
    GONE = "an input is gone"
    UNREADABLE = "an input cannot be read"
    CHANGED = "an input changed"
    ANOTHER = "another input is wanted"
    FILM_GONE = "the published film is gone"
    DAMAGED = "what is published is damaged"
    NO_STORY = "no story in the catalogue"


class Reason(str):
    """Why a clip is not fresh: a kind, in one phrase for people."""

    why: Why

    def __new__(cls, why: Why, text: str) -> Self:
        """A phrase of that kind."""
        reason = super().__new__(cls, text)
        reason.why = why
        return reason
