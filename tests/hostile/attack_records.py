"""Records, manifests and leftovers: ``status``, ``check`` and ``render`` among damaged files."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from arena import EVIL_NAMES, SPECIAL, Field, Place, damaged, put, remove, retyped

NESTED = {
    "1,500 lists": b"[" * 1500,
    "100,000 lists": b"[" * 100_000,
    "100,000 objects": b'{"a":' * 100_000,
    "100,000 closed lists": b"[" * 100_000 + b"]" * 100_000,
}
ODD = {
    **NESTED,
    "nothing": b"",
    "NULs": bytes(100_000),
    "a list": b"[]",
    "an object": b"{}",
    "null": b"null",
    "a number": b"1e999",
    "NaN": b"NaN",
    "a number of 5,000 digits": b"9" * 5000,
    "no text": b"\xff\xfe\x00\xd8",
    "UTF-16": '{"a": 1}'.encode("utf-16"),
    "50 MB of text": b'"' + b"x" * 50_000_000 + b'"',
    "a lone surrogate": b'{"\\ud800": "\\udfff"}',
    "the same key twice": b'{"clip": 1, "clip": 2}',
}


class Published:
    """The clip under attack: its files, how they were, and what the commands say of it."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.record = place.clips / "Recap.json"
        self.manifest = place.renders / "manifest.json"
        self.whole = {file: file.read_bytes() for file in (self.record, self.manifest)}
        self.films = place.published()

    def restore(self) -> None:
        for file, data in self.whole.items():
            remove(file)
            file.write_bytes(data)

    def lost(self) -> list[str]:
        """Films that are gone or were changed; reading may do neither."""
        now = self.place.published()
        return [f"{name} was lost" for name, data in self.films.items() if now.get(name) != data]

    def attack(self, attacks: Field, what: str, *, named: bool | None = None) -> None:
        """``status`` answers whatever lies there; ``check`` says no to what is damaged.

        ``named`` is whether the clip is known to be damaged. Without that, one of the two commands
        is tried.
        """
        if named is not None or attacks.tried % 2 == 0:
            ended = self.place.run("status", "--json")
            also = self.lost()
            if ended.code == 0:
                also += self.wrong(ended.out, named)
            attacks.judge(what, ended, refuse=False, also=also)
        if named is not None or attacks.tried % 2:
            ended = self.place.run("check")
            also = ["check says that all is well"] if named and ended.code == 0 else []
            attacks.judge(what, ended, also=also)

    def wrong(self, said: bytes, named: bool | None) -> list[str]:
        """What is wrong in the answer of ``status --json``."""
        try:
            clips = json.loads(said)["clips"]
            states = {clip["clip"]: clip["state"] for clip in clips}
        except (ValueError, KeyError, TypeError) as error:
            return [f"status --json is no such JSON ({error})"]
        found = []
        if "Recap" not in states:
            found.append("status does not name the clip")
        elif named and states["Recap"] == "fresh":
            found.append("a damaged clip is called fresh")
        if "TitleCard" not in states:
            found.append("status does not name a clip beside it")
        return found


@pytest.fixture(scope="module")
def clip(place: Place) -> Published:
    return Published(place)


def test_records(attacks: Field, place: Place, clip: Published) -> None:
    """A record cut, flipped, nested, retyped; what stands in it is named in no raw letters."""
    whole = clip.whole[clip.record]
    for what, data in ODD.items():
        clip.record.write_bytes(data)
        clip.attack(attacks, f"a record of {what}", named=True)
    for kind in SPECIAL:
        put(clip.record, kind)
        clip.attack(attacks, f"a {kind} for a record", named=True)
    clip.restore()
    for number in range(20):
        clip.record.write_bytes(damaged(whole, attacks.rng))
        clip.attack(attacks, f"record, damage {number}")
    for number in range(40):
        value, where = retyped(json.loads(whole), attacks.random)
        clip.record.write_text(json.dumps(value), encoding="utf-8")
        clip.attack(attacks, f"record {number}: {where}")
    for name in EVIL_NAMES:
        key = attacks.random.choice(["clip", "title", "language", "litnet"])
        record = json.loads(whole)
        record[key] = name
        clip.record.write_text(json.dumps(record), encoding="utf-8")
        clip.attack(attacks, f"record: {key} = {name!a}")
    clip.restore()


def test_manifests(attacks: Field, place: Place, clip: Published) -> None:
    """A manifest that is damaged is made again, from the records."""
    whole = clip.whole[clip.manifest]
    for what, data in ODD.items():
        clip.manifest.write_bytes(data)
        clip.attack(attacks, f"a manifest of {what}", named=False)
    for kind in SPECIAL:
        put(clip.manifest, kind)
        clip.attack(attacks, f"a {kind} for a manifest", named=False)
    clip.restore()
    for number in range(20):
        clip.manifest.write_bytes(damaged(whole, attacks.rng))
        clip.attack(attacks, f"manifest, damage {number}")
    for number in range(40):
        value, where = retyped(json.loads(whole), attacks.random)
        clip.manifest.write_text(json.dumps(value), encoding="utf-8")
        clip.attack(attacks, f"manifest {number}: {where}")
    clip.restore()


def test_inputs_of_a_record(attacks: Field, place: Place, clip: Published) -> None:
    """Paths that a record names: pipes, devices, anything."""
    pipe = place.given / "pipe"
    os.mkfifo(pipe)
    ways = [pipe, "/dev/zero", "/dev/stdin", "/proc/self/mem", "..", "/", "x" * 5000, "a\0b", ""]
    for number, path in enumerate([*map(str, ways), *EVIL_NAMES, "\ud800"]):
        record: Any = json.loads(clip.whole[clip.record])
        entries = record["inputs"]
        entry = entries[number % len(entries)]
        entry["path"] = path
        clip.record.write_text(json.dumps(record), encoding="utf-8")
        clip.attack(attacks, f"the {entry['role']} is {path[:30]!a}", named=False)
        for key in attacks.random.sample(sorted(record["variant"]), 2):
            changed = json.loads(clip.whole[clip.record])
            changed["variant"][key] = path
            clip.record.write_text(json.dumps(changed), encoding="utf-8")
            clip.attack(attacks, f"variant: {key} is {path[:30]!a}")
    pipe.unlink()
    clip.restore()


def test_names_of_clips(attacks: Field, place: Place, clip: Published) -> None:
    """Files of any name beside the clips; every kind of thing under a clip's own names."""
    film = place.clips / "Recap.mp4"
    for name in ("..", "Recap--\ud800", *EVIL_NAMES, "Recap--" + "x" * 200, "Recap--", "--", "-"):
        stem = name.replace("/", "").encode("utf-8", "surrogateescape" if "\ud800" not in name
                                            else "surrogatepass")  # fmt: skip
        for suffix, data in ((b".json", clip.whole[clip.record]), (b".mp4", film.read_bytes())):
            Path(os.fsdecode(os.path.join(os.fsencode(place.clips), stem + suffix))).write_bytes(
                data
            )
        clip.attack(attacks, f"a clip called {name[:30]!a}")
        for suffix in (b".json", b".mp4"):
            os.unlink(os.path.join(os.fsencode(place.clips), stem + suffix))
    clip.restore()
    for suffix in ("mp4", "vtt", "jpg"):
        file = place.clips / f"Recap.{suffix}"
        whole = file.read_bytes()
        for kind in SPECIAL:
            put(file, kind)
            films, clip.films = clip.films, {}
            clip.attack(attacks, f"a {kind} for Recap.{suffix}", named=True)
            clip.films = films
        remove(file)
        file.write_bytes(whole)


def test_rendered_again(attacks: Field, place: Place, clip: Published) -> None:
    """``render`` among damaged files makes what is damaged again, and leaves the rest."""
    record: Any = json.loads(clip.whole[clip.record])
    record["published"] = True
    surrogate: Any = json.loads(clip.whole[clip.record])
    surrogate["beats"][0]["caption"] = "\ud800"
    manifest: Any = json.loads(clip.whole[clip.manifest])
    whole = clip.whole
    cases: list[tuple[str, Path, bytes | str]] = [
        ("nested", clip.record, b"[" * 1500),
        ("published: true", clip.record, json.dumps(record).encode()),
        ("a surrogate", clip.record, json.dumps(surrogate).encode()),
        ("half of it", clip.record, whole[clip.record][: len(whole[clip.record]) // 2]),
        ("a pipe", clip.record, "pipe"),
        ("a dead link", clip.record, "dead link"),
        ("a loop", clip.record, "loop"),
        ("a nested manifest", clip.manifest, b"[" * 1500),
        ("a manifest of null", clip.manifest, b"null"),
        ("a pipe for a manifest", clip.manifest, "pipe"),
        ("half of a manifest", clip.manifest, json.dumps(manifest).encode()[:-40]),
    ]
    for what, file, data in cases:
        if isinstance(data, str):
            put(file, data)
        else:
            file.write_bytes(data)
        ended = place.run("render", "Recap", "-q", "l", "--workers", "1")
        also = (
            [] if {"Recap.mp4", "TitleCard.mp4"} <= set(place.published()) else ["a film is lost"]
        )
        attacks.judge(f"render: {what}", ended, refuse=False, also=also)
        check = place.run("check")
        attacks.judge(f"check after render: {what}", check, refuse=False)
        if check.code != 0:  # so that the next attack begins with something whole
            clip.restore()


def test_leftovers(attacks: Field, place: Place) -> None:
    """What processes that are no more left behind goes, also with dates in the future."""
    work = place.renders / ".work"
    work.mkdir(exist_ok=True)
    (work / "dead").mkdir()
    (work / "dead" / "film.mp4").write_bytes(b"x")
    os.utime(work / "dead", (1893456000, 1893456000))
    (work / "old").mkdir()
    os.utime(work / "old", (0, 0))
    left = [work / "dead", work / "old", work / "stray.lock"]
    left += [place.renders / ".manifest.json.99999.part", place.clips / ".Recap.mp4.99999.part"]
    left += [place.renders / ".manifest.json.99999.tmp", place.clips / ".Recap.json.99999.tmp"]
    for path in left:
        if not path.exists():
            path.touch()
            os.utime(path, (0, 0))
    ended = place.run("render", "Recap", "-q", "l", "--workers", "1", "--force")
    also = [f"{path.name} stays for ever" for path in left if path.exists()]
    attacks.judge("leftovers", ended, refuse=False, also=also)
