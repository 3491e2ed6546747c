"""Where captions are: in the picture, or beside it as a track. One setting, as any other."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from film import READY, frames, without_litnet

from litnet.cli import main
from litnet.clips.catalogue import Story
from litnet.clips.manifest import SUFFIXES, Entry, Published, Studio
from litnet.clips.publish import poster_beat
from litnet.clips.settings import Quality
from litnet.clips.survey import standing
from litnet.clips.variants import name_of, product
from litnet.project import current
from litnet.record.current import CurrentFiles
from litnet.record.schema import File, decode
from litnet.record.variant import Variant, configured, filmed, known_captions
from network import InputError

STORY = '''
from litnet import LitScene, PixelGrid
from manim import UP, FadeIn


class Told(LitScene):
    """Moves while it speaks."""

    def construct(self):
        grid = PixelGrid(self.digit.pixels, 3).shift(UP)
        with self.beat("first", "First", caption="One thing.\\n\\nAnother thing\\nin two lines."):
            self.play(FadeIn(grid), run_time=1)
            self.next_cue()
            self.hold(0.4)
        with self.beat("second", "Second", caption="The last thing."):
            self.play(grid.animate.shift((1, 0, 0)), run_time=0.6)
            self.hold(0.4)
'''


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with one story."""
    (tmp_path / "litnet.toml").touch()
    (tmp_path / "story.py").write_text(STORY, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def told(folder: Path, captions: str) -> tuple[dict[str, Any], Path]:
    flags = ("-r", "426,240", "--fps", "5", "--progress_bar", "none", "-v", "ERROR")
    command = ["render", *flags, "--media_dir", captions, "story.py"]
    environment = {**without_litnet(), "LITNET_CAPTIONS": captions}
    code, _, said = READY.run(command, environment, folder)
    assert code == 0, said
    (video,) = folder.glob(f"{captions}/videos/**/Told.mp4")
    return json.loads(video.with_suffix(".json").read_text(encoding="utf-8")), video


def test_the_picture_stays_as_it_is_but_for_the_words(folder: Path) -> None:
    burned, with_words = told(folder, "burned")
    track, without = told(folder, "track")
    assert (burned["variant"].get("captions"), track["variant"]["captions"]) == (None, "track")
    for part in ("beats", "cues", "snapshots", "numbers", "video"):
        assert burned[part] == track[part], part
    assert track["cues"][0]["text"] == "One thing."
    seen = np.array([frame for _, frame in frames(with_words)]).astype(int)
    bare = np.array([frame for _, frame in frames(without)]).astype(int)
    assert seen.shape == bare.shape
    place = seen.shape[1] * 3 // 4  # the words stand below it
    assert np.abs(seen - bare)[:, :place].max() <= 24, "but for the encoder's noise"
    assert seen[:, place:].max() > 180 and bare[:, place:].max() <= 24


def test_a_poster_gives_no_answer_away(tiny_film: Any) -> None:
    """It is taken before the last beat, and before any output is lit, if there is such a beat."""
    record = json.loads(json.dumps(tiny_film.record))
    assert poster_beat(decode(json.dumps(record).encode(), "record")).name == "first"
    record["beats"] = [
        {**record["beats"][0], "name": f"beat-{n}", "start": n / 5, "end": (n + 1) / 5}
        for n in range(4)
    ]
    last = len(record["network"]["sizes"]) - 1
    (layer, *_) = [layer for s in record["snapshots"] for layer in s["layers"] if layer["layer"]]
    shot = {**record["snapshots"][0], "layers": [{**layer, "layer": last}]}

    def chosen(time: float) -> str:
        record["snapshots"] = [{**shot, "time": time, "frame": round(time * 5)}]
        return poster_beat(decode(json.dumps(record).encode(), "record")).name

    assert chosen(0.79) == "beat-2"  # lit in the last beat alone
    assert chosen(0.45) == "beat-1"
    assert chosen(0.05) == "beat-0"  # from the beginning: there is none before
    record["beats"][3]["poster"] = True
    assert chosen(0.79) == "beat-3"
    record["beats"] = []
    assert poster_beat(decode(json.dumps(record).encode(), "record")) is None


@pytest.mark.parametrize(("text", "known"), [("burned", None), ("track", "track")])
def test_settings_and_environment(
    folder: Path, monkeypatch: pytest.MonkeyPatch, text: str, known: str | None
) -> None:
    (folder / "litnet.toml").write_text(f'captions = "{text}"\n')
    assert filmed().captions == known
    (folder / "litnet.toml").write_text('captions = "track"\n')
    monkeypatch.setenv("LITNET_CAPTIONS", text)
    assert filmed().captions == known
    chosen = filmed()
    monkeypatch.delenv("LITNET_CAPTIONS")
    assert filmed(environment=chosen.environment()) == chosen, "whatever the project has"


@pytest.mark.parametrize("text", ["", "Track", "off", "burnt"])
def test_what_is_no_place_for_captions_is_refused(folder: Path, text: str) -> None:
    with pytest.raises(InputError, match=r"expected burned .* or track"):
        known_captions(text)
    (folder / "litnet.toml").write_text(f'captions = "{text}"\n')
    done = CliRunner().invoke(main, ["status"])
    assert done.exit_code == 1 and done.stderr.count("\n") == 1, done.output
    assert "is no place for them; expected burned" in done.stderr


def test_it_is_a_variant_with_a_name_of_its_own(folder: Path) -> None:
    story = Story("Told", folder / "story.py")
    plain = configured(current())
    (track,) = product(story, plain, folder, captions="track")
    assert name_of(story, track, plain, {}) == "Told--track"
    (korean,) = product(story, plain, folder, captions="track", languages=["ko"])
    assert name_of(story, korean, plain, {}) == "Told--ko--track"
    (folder / "litnet.toml").write_text('captions = "track"\n')
    plain = configured(current())
    (burned,) = product(story, plain, folder, captions="burned")
    assert name_of(story, burned, plain, {}) == "Told--burned"
    (usual,) = product(story, plain, folder)
    assert name_of(story, usual, plain, {}) == "Told" and usual.captions == "track"
    # A story that says nothing has no captions anywhere.
    silent = Story("Told", folder / "story.py", language=False)
    assert product(silent, plain, folder, captions="track")[0].captions is None


def test_another_setting_makes_what_is_published_stale(folder: Path) -> None:
    story = Story("Told", folder / "story.py")
    files = {suffix: File(size=1, sha256="0" * 64) for suffix in SUFFIXES}

    def reasons(was: str | None, wanted: str | None) -> list[str]:
        made = Variant(language="en", captions=was)
        entry = Entry("Told", "Told", made, Quality(426, 240, 5), 10, (), files)
        there = Published({"Told": entry}, {}, {}, [])
        variant = Variant(language="en", captions=wanted)
        now = CurrentFiles(folder)
        return list(standing(Studio(), story, "Told", variant, there, now).reasons)

    assert reasons(None, None) == reasons("track", "track") == []
    assert reasons(None, "track") == ["the captions are a track now, they were in the picture"]
    assert reasons("track", None) == ["the captions are in the picture now, they were a track"]
