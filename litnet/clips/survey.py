"""What is to be there, what is, and whether that is fresh."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from msgspec.structs import replace

from litnet.clips import variants
from litnet.clips.catalogue import FILMS, Story, find_stories
from litnet.clips.manifest import Entry, Published, Studio, look
from litnet.clips.project_stories import stories_named
from litnet.narration import missing, own_name
from litnet.project import asset, real_path
from litnet.record.current import CurrentFiles
from litnet.record.inputs import changes
from litnet.record.reasons import Reason, Why
from litnet.record.schema import Input
from litnet.record.variant import Variant
from network.errors import InputError, printable

State = Literal["fresh", "stale", "missing"]
NEVER = Reason(Why.NEVER, "never rendered")
NOTHING = Variant()  # of what nobody knows what it shows


@dataclass(frozen=True)
class Standing:
    """A clip or a film that is to be published, and how it stands."""

    story: Story | None  # None: a film; or published, but no longer in the catalogue
    name: str
    clip: str
    variant: Variant
    entry: Entry | None
    state: State
    reasons: tuple[Reason, ...]

    @property
    def is_published(self) -> bool:
        """Whether there is anything of it in the folder."""
        return all(reason.why is not Why.NEVER for reason in self.reasons)

    def as_json(self) -> dict[str, Any]:
        """As ``litnet status --json`` has it."""
        quality = str(self.entry.quality) if self.entry else None
        return {
            "clip": self.clip,
            "name": self.name,
            "variant": {**self.variant.as_json(), "quality": quality},
            "state": self.state,
            "reasons": list(self.reasons),
            "untranslated": self.untranslated,
        }

    @property
    def remarks(self) -> list[str]:
        """Why it stands so, and what else there is to say of it."""
        if not (count := len(self.untranslated)):
            return list(self.reasons)
        name = own_name(str(self.variant.language))
        texts = f"{count} texts have" if count > 1 else "1 text has"
        return [*self.reasons, f"{texts} no {name} words and will be in English"]

    @property
    def untranslated(self) -> list[str]:
        """The keys of the story's texts that are said in English for want of others."""
        language = self.variant.language
        return missing(language, (self.clip,)) if self.story and language else []


def survey(
    studio: Studio,
    names: tuple[str, ...] = (),
    *,
    models: tuple[Path, ...] = (),
    digits: tuple[Path, ...] = (),
    languages: tuple[str, ...] = (),
    voice: str | None = None,
    baseline: Path | None = None,
    histories: tuple[Path, ...] = (),
    read_as: str | None = None,
    captions: str | None = None,
    theme: str | None = None,
    thorough: bool = False,
    say: Callable[[str], None] = lambda text: None,
) -> list[Standing]:
    """How every clip stands: of all stories or the named ones, the configured variant and all that
    are published; or, where models, digits, languages, a voice, a model to compare with,
    histories, a way of reading digits, a place of captions or a theme are given, every combination.

    The title cards and the films of all stories are there if they are published. ``say`` is told
    what is wrong with the manifest. Raises InputError for an unknown name.
    """
    configured = studio.configured()
    published = look(studio, thorough=thorough)
    for text in published.said:
        say(text)
    elsewhere = tuple(_told_elsewhere(studio, published))
    known_stories = (studio.in_order if names else studio.stories) + elsewhere
    stories = find_stories(names, known_stories)
    now = CurrentFiles(studio.root)
    found: list[Standing] = []
    given_files = models or digits or baseline or histories
    chosen = bool(given_files or languages or voice or read_as or captions or theme)
    everything = known(published)
    taken = names_taken(published)
    if not names and not chosen:
        clips = {entry.clip for entry in everything.values()}
        stories = [*(card for card in studio.cards if card.scene in clips), *stories]
    for story in stories:
        wanted: dict[str, Variant] = {}
        given = variants.product(
            story,
            configured,
            studio.root,
            models=models,
            digits=digits,
            languages=languages,
            voice=voice,
            baseline=baseline,
            histories=histories,
            read_as=read_as,
            captions=captions,
            theme=theme,
        )
        for variant in given:
            name = variants.name_of(story, variant, configured, taken)
            wanted[name] = taken[name] = variant
        if not chosen:
            for name, entry in everything.items():
                if entry.clip == story.scene and name not in wanted:
                    wanted[name] = entry.variant
        found += (
            standing(studio, story, name, variant, published, now)
            for name, variant in wanted.items()
        )
    if not names and not chosen:
        found += standing_films(studio, published, now)
        found += _in_no_catalogue(published, {one.name for one in found})
    return found


def known(published: Published) -> dict[str, Entry]:
    """What is published, and what was before it was damaged."""
    return {**published.entries, **published.remembered}


def names_taken(published: Published) -> dict[str, Variant]:
    """The names that are in use, and what they show."""
    return {name: entry.variant for name, entry in known(published).items()}


def _told_elsewhere(studio: Studio, published: Published) -> Iterator[Story]:
    """Published stories of files that the project neither lists nor has among its scenes."""
    seen = {story.scene for story in studio.in_order}
    for entry in known(published).values():
        for one in entry.inputs:
            if one.role == "scene" and entry.clip not in seen:
                file = real_path(one.path, studio.root)
                with suppress(InputError):
                    yield from stories_named(f"{file}:{entry.clip}")
                    seen.add(entry.clip)


def _in_no_catalogue(published: Published, names: set[str]) -> list[Standing]:
    found = []
    for name, entry in published.entries.items():
        if name not in names:
            gone = Reason(Why.NO_STORY, f"{entry.clip} is no longer in the catalogue")
            found.append(Standing(None, name, entry.clip, entry.variant, entry, "stale", (gone,)))
    for name, wrong in published.damaged.items():
        if name not in names:
            clip = name.partition("--")[0]
            found.append(Standing(None, name, clip, NOTHING, None, "stale", (wrong,)))
    return found


def standing(
    studio: Studio,
    story: Story | None,
    name: str,
    variant: Variant,
    published: Published,
    now: CurrentFiles,
) -> Standing:
    """How one clip stands; without a story, one film."""
    clip = name.partition("--")[0] if story is None else story.scene
    if wrong := published.damaged.get(name):
        state: State = "missing" if wrong.why is Why.FILM_GONE else "stale"
        entry = published.remembered.get(name)
        return Standing(story, name, clip, variant, entry, state, (wrong,))
    entry = published.entries.get(name)
    if entry is None:
        return Standing(story, name, clip, variant, None, "missing", (NEVER,))
    wanted = variant
    if story is None:
        wanted = replace(variant, baseline=studio.configured().baseline)
    reasons = changes(entry.inputs, now, entry.variant, wanted)
    if entry.variant.language != variant.language and variant.language is not None:
        was = printable(entry.variant.language)
        text = f"the language is {printable(variant.language)} now, it was {was}"
        reasons.append(Reason(Why.ANOTHER, text))
    if entry.variant.captions != variant.captions:
        were, are = (
            "in the picture" if not v.captions else "a track" for v in (entry.variant, variant)
        )
        reasons.append(Reason(Why.ANOTHER, f"the captions are {are} now, they were {were}"))
    if story is None:
        reasons += _parts_changed(studio, entry, variant, published, whole=not reasons)
    state = "stale" if reasons else "fresh"
    return Standing(story, name, clip, variant, entry, state, tuple(reasons))


# --- films ---------------------------------------------------------------------------------------
def film_story(film: str) -> Story:
    """A film in the form of a story, so that its variants are found and named as a story's."""
    learns = film == "learning"
    file = asset("litnet/clips/catalogue.py")
    return Story(FILMS[film], file, model=not learns, history=learns, film=film)


def film_of(name: str) -> str | None:
    """Which film is published under a name, as ``FILMS`` calls it; None for a clip."""
    first = name.partition("--")[0]
    return next((film for film, published in FILMS.items() if published == first), None)


def parts_of(
    studio: Studio, film: str, variant: Variant, taken: Mapping[str, Variant]
) -> list[str]:
    """The names of the clips that make up a film, in order."""
    configured = studio.configured()
    shown = replace(variant, baseline=configured.baseline)
    return [
        variants.name_of(story, variants.used_by(story, shown), configured, taken)
        for story in studio.told_in(film)
    ]


def standing_films(studio: Studio, published: Published, now: CurrentFiles) -> list[Standing]:
    """How the published films stand."""
    found = []
    everything = known(published)
    for name in sorted({*published.entries, *published.damaged}):
        if (film := film_of(name)) is not None:
            variant = everything[name].variant if name in everything else NOTHING
            if name == FILMS[film]:
                variant = variants.used_by(film_story(film), studio.configured())
            found.append(standing(studio, None, name, variant, published, now))
    return found


def _parts_changed(
    studio: Studio, entry: Entry, variant: Variant, published: Published, *, whole: bool
) -> list[Reason]:
    """How the clips of a film differ from those that it joins; ``whole``: all else is as it was."""
    clips = joined_clips(entry)
    joined = {str(one.name): one.sha256 for one in clips}
    film = film_of(entry.name)
    assert film is not None, "it is a film's entry"
    names = parts_of(studio, film, variant, names_taken(published))
    told = studio.told_in(film)
    wanted = [_part(n, s.film_from, s.film_until) for n, s in zip(names, told, strict=True)]
    was = [_part(str(one.name), one.beat or None, one.until or None) for one in clips]
    reasons = []
    if was != wanted and whole:
        text = f"the film is {', '.join(wanted)} now, it was {', '.join(was)}"
        reasons.append(Reason(Why.ANOTHER, text))
    for part, digest in joined.items():
        clip = published.entries.get(part)
        if clip is None:
            damaged = part in published.damaged
            text = f"clip {part} is {'damaged' if damaged else 'gone'}"
            reasons.append(Reason(Why.DAMAGED if damaged else Why.GONE, text))
        elif clip.files["mp4"].sha256 != digest:
            reasons.append(Reason(Why.CHANGED, f"clip {part} changed"))
    return reasons


def _part(name: str, beat: str | None, until: str | None) -> str:
    begin = f" from {printable(beat)} on" if beat else ""
    return f"{name}{begin}" + (f" until {printable(until)}" if until else "")


def joined_clips(entry: Entry) -> list[Input]:
    """The inputs of a film that are clips, in the order in which it shows them."""
    clips = [one for one in entry.inputs if one.role == "clip" and one.name]
    return sorted(clips, key=lambda one: one.place or 0)
