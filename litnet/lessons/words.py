"""What the elements ``<lit-clip>`` and ``<lit-network>`` say, as a page hands it to them.

In English they know it themselves. In any other language, or where a project says it in another
way, a script of data holds it, which they load with their own data.
"""

from __future__ import annotations

from itertools import chain
from typing import Any

from litnet.lessons.text import script
from litnet.narration import (
    FALLBACK,
    FOLDER,
    PLURALS,
    locale_of,
    plural_form,
    read_catalogue,
    texts_of,
)

ELEMENTS = ("Player", "Drawing")  # whose words are handed over, as they are called in catalogues


def words_file(language: str) -> str:
    """What the script of a language is called."""
    return f"litnet-words.{language}.js"


def words_attribute(language: str, base: str = "") -> str:
    """The attribute by which an element finds its words, where it has need of them; ``base`` is
    what the script's address begins with, fit for an attribute."""
    return f' words="{base}{words_file(language)}"' if element_words(language) else ""


def words_script(language: str) -> str:
    """The script of a language; nothing where the elements have no need of one."""
    words = element_words(language)
    return script("litnetWords", language, words) if words else ""


def element_words(language: str) -> dict[str, dict[str, str | dict[str, str]]]:
    """The words of each element in a language, by their names, without those it has none of.

    One with plural forms has them by CLDR's categories, ``{"one": ..., "other": ...}``, as
    JavaScript's ``Intl.PluralRules`` names them. Nothing at all where they are litnet's English.
    """
    found: dict[str, dict[str, str | dict[str, str]]] = {}
    for key, (text, file) in texts_of(language, ELEMENTS).items():
        if file == FOLDER / f"{FALLBACK}.po":
            continue
        scope, _, name = key.partition(".")
        texts = read_catalogue(file.stem, file.parent)
        forms = _forms(key, texts, file.stem) if f"{key}[0]" in texts else text
        found.setdefault(scope, {})[name] = forms
    return found


def _forms(key: str, texts: Any, language: str) -> dict[str, str]:
    """The plural forms of a text by category: gettext's form of the first number that is in it."""
    rule = locale_of(language).plural_form
    forms: dict[str, str] = {}
    for number in chain(range(201), (1000, 10**6, 10**7)):
        form = f"{key}[{plural_form(texts[PLURALS], number)}]"
        forms.setdefault(rule(number), texts.get(form, texts[key]))
    return {**forms, "other": forms.get("other", texts[key])}
