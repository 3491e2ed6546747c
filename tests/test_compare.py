"""``litnet diff --film``: two models read a digit, and the clip of it stays up to date."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from film import DIGITS, HERO, plain_forward, plain_layers, plain_pixels
from studio import COMPARES, TINY, contents, run, studio

from litnet.clips.manifest import read_manifest
from network import MLP, Dense, save_network


def trained(path: Path, seed: int) -> Path:
    """A small network with weights of its own."""
    random = np.random.default_rng(seed)
    save_network(
        MLP(
            Dense(random.normal(size=(n_out, n_in)), random.normal(size=n_out), "sigmoid")
            for n_in, n_out in ((784, 6), (6, 10))
        ),
        path,
    )
    return path


def answer(model: Path, digit: Path) -> int:
    """What a model reads, worked out here."""
    outputs = plain_forward(plain_layers(model), [v for row in plain_pixels(digit) for v in row])
    return outputs[-1].index(max(outputs[-1]))


def states(folder: Path) -> dict[str, tuple[str, list[str]]]:
    """State and reasons of every clip, by its name."""
    code, out, err = run(folder, f"{COMPARES},{TINY}", "status", "--json")
    assert code == 0, err
    return {clip["name"]: (clip["state"], clip["reasons"]) for clip in json.loads(out)["clips"]}


def test_two_models_are_filmed_and_the_film_is_kept_up_to_date(tmp_path: Path) -> None:
    old, new = trained(tmp_path / "old.npz", 1), trained(tmp_path / "new.npz", 2)
    here = studio(tmp_path, COMPARES)
    films = f"{COMPARES},{TINY}"
    code, out, err = run(tmp_path, films, "diff", old, new, "--film", "-q", "l", "--json")
    assert code == 0, err
    found = json.loads(out)
    # The first digit of the bundled ones that is read rightly now, and was not.
    first = next(flip for flip in found["flipped"] if flip["change"] == "mended")
    before = found["flipped"][: found["flipped"].index(first)]
    assert all(flip["new"]["answer"] != flip["label"] for flip in before)
    assert first["new"]["answer"] == first["label"] != first["old"]["answer"]
    digit = DIGITS / first["file"]
    assert (answer(old, digit), answer(new, digit)) == (
        first["old"]["answer"],
        first["new"]["answer"],
    )
    name = f"{COMPARES}--from-old--new--{digit.stem}"
    assert found["film"]["file"] == str(here.file(name, "mp4"))
    entry = read_manifest(here.manifest)[name]
    assert (entry.variant.baseline, entry.variant.model) == (str(old), str(new))
    record = json.loads(here.file(name, "json").read_text("utf-8"))
    assert record["variant"]["before"] == str(old)
    assert states(tmp_path)[name] == ("fresh", [])
    assert run(tmp_path, films, "check")[0] == 0

    # The model that is compared with is trained again: stale, and one plain command mends it.
    before = contents(here.clips)
    trained(old, 3)
    expected = ["weights of layers 1 and 2 changed", "biases of layers 1 and 2 changed"]
    assert states(tmp_path)[name] == ("stale", expected)
    assert run(tmp_path, films, "check")[0] == 1
    # (At the small size that it has; the stories that were never rendered are left alone.)
    code, out, err = run(tmp_path, COMPARES, "render", "-q", "l")
    assert code == 0, err
    assert states(tmp_path)[name] == ("fresh", [])
    after = contents(here.clips)
    assert after[f"{name}.mp4"] != before[f"{name}.mp4"]
    inputs = json.loads(after[f"{name}.json"])["inputs"]
    digests = {entry["path"]: entry["digest"] for entry in inputs if entry["role"] == "model"}
    assert set(digests) == {str(old), str(new)}

    # A digit of one's choice, in another language, said by name; then nothing to do.
    chosen = ("--digit", HERO, "--language", "ko", "-q", "l")
    code, out, err = run(tmp_path, films, "diff", old, new, "--film", *chosen)
    assert code == 0, err
    assert out.splitlines()[-1] == str(here.file(f"{COMPARES}--from-old--new--ko", "mp4"))
    made = contents(here.clips)
    assert run(tmp_path, films, "diff", old, new, "--film", *chosen)[0] == 0
    assert contents(here.clips) == made


@pytest.mark.parametrize("option", [("--digit", "3.png"), ("-q", "l"), ("--language", "ko")])
def test_an_option_of_the_film_needs_the_film(tmp_path: Path, option: tuple[str, str]) -> None:
    old, new = trained(tmp_path / "old.npz", 1), trained(tmp_path / "new.npz", 2)
    code, _, err = run(tmp_path, COMPARES, "diff", old, new, *option)
    assert code == 2 and "say --film" in err


def test_a_record_from_before_there_was_the_field_says_what_it_compared_with(
    tmp_path: Path,
) -> None:
    """As published by litnet until now: the variant had no field ``before``, the input had."""
    here = studio(tmp_path, COMPARES)
    assert run(tmp_path, COMPARES, "render", "-q", "l")[0] == 0
    file = here.file(COMPARES, "json")
    record = json.loads(file.read_text("utf-8"))
    assert record["variant"].pop("before") == "assets/models/learner.history.npz"
    file.write_text(json.dumps(record), encoding="utf-8")
    here.manifest.unlink()
    assert states(tmp_path)[COMPARES] == ("fresh", [])
    assert (
        read_manifest(here.manifest)[COMPARES].variant.baseline
        == "assets/models/learner.history.npz"
    )
    manifest = json.loads(here.manifest.read_text("utf-8"))
    del manifest["clips"][0]["variant"]["before"]
    here.manifest.write_text(json.dumps(manifest), encoding="utf-8")
    assert (
        read_manifest(here.manifest)[COMPARES].variant.baseline
        == "assets/models/learner.history.npz"
    )
    # What pyproject.toml names is what the plain name stands for; another one is another variant.
    old = trained(tmp_path / "old.npz", 1)
    code, out, err = run(
        tmp_path, COMPARES, "diff", old, "assets/models/vanilla.npz", "--film",
        "--digit", HERO, "-q", "l",
    )  # fmt: skip
    assert code == 0, err
    assert out.endswith(f"{COMPARES}--from-old.mp4\n")
    assert states(tmp_path)[COMPARES] == ("fresh", [])
