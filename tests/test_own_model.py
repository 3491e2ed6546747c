"""``litnet render LayerIntro --digit my.png --model mine.safetensors``, as a person types it."""

from __future__ import annotations

import json
import shlex
import shutil
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from film import ROOT, plain_forward, plain_pixels
from PIL import Image
from safetensors.numpy import save_file
from studio import SMALL

from litnet.cli import main
from litnet.clips import settings
from litnet.clips.manifest import Studio
from litnet.commands import clips as commands

FILES = Path(__file__).parent / "network" / "frameworks" / "files"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Studio:
    """The real stories, published below a folder; ``-q l`` is small."""
    for name in ("MODEL", "BEFORE", "DIGIT", "LANGUAGE", "VOICE"):
        monkeypatch.delenv(f"LITNET_{name}", raising=False)
    renders = tmp_path / "renders"
    made = Studio(root=ROOT, clips=renders / "clips", manifest=renders / "manifest.json")
    monkeypatch.setitem(settings.QUALITIES, "l", SMALL)
    monkeypatch.setattr(commands, "the_studio", lambda: made)
    return made


def litnet(*arguments: object) -> Result:
    """The command, in this process."""
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_my_own_network_reads_my_own_digit(here: Studio, tmp_path: Path) -> None:
    random = np.random.default_rng(3)
    sizes, names = (784, 9, 10), ("relu", "softmax")
    arrays = {}
    for n, (n_in, n_out) in enumerate(pairwise(sizes)):
        arrays[f"layer{n}.weight"] = random.normal(0, 0.2, (n_out, n_in)).astype("f4")
        arrays[f"layer{n}.bias"] = random.normal(0, 0.2, n_out).astype("f4")
    model, digit = tmp_path / "mine.safetensors", tmp_path / "my.png"
    save_file(arrays, str(model), metadata={"activations": ",".join(names)})
    ink = np.zeros((28, 28), np.uint8)
    ink[5:23, 13:16] = 220
    ink[5:8, 8:20] = 180
    Image.fromarray(ink).save(digit)

    made = litnet("render", "LayerIntro", "--digit", digit, "--model", model, "-q", "l")
    assert made.exit_code == 0, made.output
    file = here.file("LayerIntro--mine--my", "mp4")
    assert made.stdout == f"{file}\n" and file.stat().st_size > 10_000
    record = json.loads(file.with_suffix(".json").read_text("utf-8"))
    assert record["variant"] | {"quality": ""} == record["variant"] | {
        "model": str(model),
        "digit": str(digit),
        "quality": "",
    }

    # Against loops over the numbers that went into the file.
    layers = [
        (arrays[f"layer{n}.weight"].tolist(), arrays[f"layer{n}.bias"].tolist(), name)
        for n, name in enumerate(names)
    ]
    truth = plain_forward(layers, [v for row in plain_pixels(digit) for v in row])
    for found, expected in zip(record["forward_pass"]["activations"], truth, strict=True):
        assert np.allclose(found, expected, atol=1e-6)
    answer = truth[-1].index(max(truth[-1]))
    assert record["forward_pass"]["prediction"] == answer
    assert record["network"]["sizes"] == list(sizes)
    shown = 0
    for number in record["numbers"]:
        if number["source"].startswith("activations["):
            layer, place = (int(part) for part in number["source"][12:-1].split("]["))
            assert number["value"] == pytest.approx(truth[layer][place], abs=1e-6)
            shown += 1
        elif number["source"] == "prediction":
            assert number["value"] == answer
            shown += 1
    assert shown > 10
    for snapshot in record["snapshots"]:
        for cells in snapshot["layers"]:
            for place, value in zip(cells["cell"], cells["value"], strict=True):
                if value is None or cells["illustrative"] or "activations" not in cells["source"]:
                    continue
                assert value == pytest.approx(truth[cells["layer"]][place], abs=1e-6)
    assert litnet("check").exit_code == 0


@pytest.mark.parametrize("file", ["state.pt", "bare.safetensors", "sequential.weights.h5"])
def test_a_bare_file_of_weights_needs_one_command_and_is_told_it(
    here: Studio, tmp_path: Path, file: str
) -> None:
    model = tmp_path / file.replace("state", "my model")
    shutil.copy(FILES / file, model)
    refused = litnet("render", "LayerIntro", "--model", model, "-q", "l")
    assert refused.exit_code == 1
    (line,) = refused.stderr.splitlines()
    assert line.startswith(f"litnet: {model}: found 3 layers and no activations; ")
    assert not here.clips.exists()
    # The command, as it stands in the sentence.
    command = line.partition("for example with litnet ")[2].partition(" (and use")[0]
    words = shlex.split(command)
    assert words[:2] == ["import", str(model)]
    imported = litnet(*words)
    assert imported.exit_code == 0, imported.output
    output = Path(words[words.index("-o") + 1])
    assert output.suffix == ".npz" and output.parent == tmp_path
    assert litnet("model", output).exit_code == 0
