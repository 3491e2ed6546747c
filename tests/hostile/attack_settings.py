"""Settings, environments and arguments that are hostile: ``status``, ``render``, ``list``."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

from arena import EVIL_NAMES, SPECIAL, Field, Place, damaged, put, remove

TABLE = "[tool.litnet]\nmodel = {}\nbefore = {}\ndigit = {}\nlanguage = {}\n"
GOOD = (
    '"assets/models/vanilla.npz"',
    '"assets/models/early.npz"',
    '"assets/digits/3_hero.png"',
    '"en"',
)


def test_settings(attacks: Field, place: Place) -> None:
    """``pyproject.toml`` and ``manim.cfg``: no TOML, wrong kinds, pipes, nesting."""
    file, cfg = place.folder / "pyproject.toml", place.folder / "manim.cfg"
    attacks.own = ("pyproject.toml", "manim.cfg", "litnet.toml")
    whole = {file: file.read_bytes(), cfg: cfg.read_bytes()}
    values = (
        "5",
        "nan",
        "[]",
        "{}",
        "true",
        '""',
        '"' + "x" * 5000 + '"',
        '"a\\u0000b"',
        '"/dev/zero"',
        '".."',
        "1979-05-27",
        "[" * 3000,
        "9" * 5000,
    )
    cases: dict[str, str | bytes] = {
        "nothing": "",
        "no table": "[tool]\n",
        "no text": b"\xff\xfe",
        "NULs": bytes(100),
        "nested": "x = " + "[" * 50_000,
        "deep keys": ".".join("a" * 50_000) + " = 1",
        "5,000 digits": "x = " + "9" * 5000,
        "tool is a number": "tool = 5",
        "litnet is a list": "[tool]\nlitnet = [1]\n",
        "20 MB": "x = '" + "y" * 20_000_000 + "'",
    }
    for place_of in range(4):
        for value in values:
            settings = [*GOOD]
            settings[place_of] = value
            cases[f"setting {place_of} = {value[:20]}"] = TABLE.format(*settings)
        for name in EVIL_NAMES:
            settings = [*GOOD]
            settings[place_of] = json.dumps(name)
            cases[f"setting {place_of} = {name!a}"] = TABLE.format(*settings)
    for key in ("theme", "history", "voice", "training", "stories", "fonts", "narration"):
        for value in ("5", "[]", '"x"', "true", '["a"]', "{a = 1}", '"/dev/zero"'):
            cases[f"{key} = {value}"] = TABLE.format(*GOOD) + f"{key} = {value}\n"
    for number in range(15):
        cases[f"damage {number}"] = damaged(whole[file], attacks.rng)
    for what, content in cases.items():
        data = content if isinstance(content, bytes) else content.encode()
        file.write_bytes(data)
        attacks.judge(f"settings: {what}", place.run("status"))
    for kind in SPECIAL:
        put(file, kind)
        attacks.judge(f"a {kind} for settings", place.run("status"))
    remove(file)
    file.write_bytes(whole[file])
    for what, content in {
        "no INI": "[[[\n",
        "no text": b"\xff\xfe\n",
        "NULs": bytes(100),
        "20 MB": "[CLI]\n" + "a=b\n" * 5_000_000,
        "interpolation": "[CLI]\nbackground_color = %(x)s\n",
        "no such colour": "[CLI]\nbackground_color = \x1b[2J\n",
        "a depth": "[CLI]\nbackground_opacity = nan\n",
        "no section": "a = b\n",
        "twice": "[CLI]\n[CLI]\na=1\na=2\n",
        "damage": damaged(whole[cfg], attacks.rng),
    }.items():
        cfg.write_bytes(content if isinstance(content, bytes) else content.encode())
        attacks.judge(f"manim.cfg: {what}", place.run("status"))
    for kind in SPECIAL:
        put(cfg, kind)
        attacks.judge(f"a {kind} for manim.cfg", place.run("status"))
    for path, data in whole.items():
        remove(path)
        path.write_bytes(data)


def test_environments(attacks: Field, place: Place) -> None:
    """``LITNET_*`` of any text."""
    texts = ("x" * 300, "/dev/zero", "..", "/", *EVIL_NAMES, " ", "~nobody/x", "\udcff")
    for name in ("MODEL", "DIGIT", "LANGUAGE", "BEFORE", "VOICE", "HISTORY"):
        for text in texts:
            setting = {f"LITNET_{name}": text}
            attacks.judge(f"{name} = {text[:20]!a}", place.run("status", **setting))
            ended = place.run("render", "Recap", "-q", "l", **setting) if text != " " else None
            if ended is not None and name not in ("HISTORY", "BEFORE", "VOICE"):
                attacks.judge(f"{name} = {text[:20]!a}", ended, refuse=True)


def test_arguments(attacks: Field, place: Place) -> None:
    """Names and numbers that no command can take."""
    names = ("", "x" * 300, "x" * 100_000, "..", "/dev/zero", *EVIL_NAMES, "--", "\udcff")
    for name in names:
        for words in (
            ("render", name),
            ("render", "Recap", "--language", name),
            ("render", "Recap", "--voice", name),
            ("render", "Recap", "--model", name),
            ("render", "Recap", "--digit", name),
            ("render", "Recap", "-q", name),
            ("train", "--data", name, "-o", place.given / "m.npz"),
            ("train", "--data", place.given, "--layers", name),
            ("train", "--data", place.given, "--activation", name),
            ("model", place.folder / "assets/models/vanilla.npz", "--activation", name),
            ("diff", name, name),
            ("embed", name),
            ("predict", name),
            (name,),
        ):
            if words == ("render", "--"):
                words = ("render", "--", "--")  # without a name behind it, it asks for all clips
            attacks.judge("an argument", place.run(*words), refuse=True if name != "--" else None)
    for words in (
        ("train", "--data", place.given, "--layers", "784-99999999999999-10"),
        ("train", "--data", place.given, "--layers", "-".join(["9"] * 50_000)),
        ("train", "--data", place.given, "--layers", "9" * 5000 + "-10"),
        ("train", "--data", place.given, "--learning-rate", "nan"),
        ("train", "--data", place.given, "--epochs", "9" * 5000),
        ("train", "--data", place.given, "--seed", "9" * 5000),
        ("render", "Recap", "--workers", "9" * 5000),
        ("render", "Recap", "--scheduler", "\x1b[2J"),
        ("render", "Recap", "--scheduler", "tcp://"),
        ("render", "Recap", "--scheduler", "x" * 10_000),
        ("render", "Recap", "--scheduler", "tcp://127.0.0.1:99999"),
    ):
        force = ("--force",) if words[0] == "render" else ()
        attacks.judge("an argument", place.run(*words, *force), refuse=True)


def test_training_data(attacks: Field, place: Place) -> None:
    """IDX files that lie: sizes of 2^32, zips that grow, pipes."""
    import gzip
    import struct

    folder = place.given / "mnist"
    folder.mkdir()
    images, labels = folder / "train-images-idx3-ubyte", folder / "train-labels-idx1-ubyte"
    labels.write_bytes(struct.pack(">II", 2049, 10) + bytes(10))
    right = struct.pack(">IIII", 2051, 10, 28, 28) + bytes(7840)
    zeros = gzip.compress(bytes(200_000_000))
    cases = {
        "nothing": b"",
        "2^32 pictures": struct.pack(">IIII", 2051, 2**32 - 1, 28, 28),
        "sides of 2^32": struct.pack(">IIII", 2051, 1, 2**32 - 1, 2**32 - 1),
        "no sides": struct.pack(">IIII", 2051, 2**32 - 1, 0, 0),
        "half": right[:4000],
        "too much": right + bytes(100),
        "another magic": struct.pack(">IIII", 9, 10, 28, 28),
    }
    command = ("train", "--data", folder, "-o", place.given / "m.npz", "--epochs", "1")
    for what, data in cases.items():
        images.write_bytes(data)
        attacks.judge(what, place.run(*command), refuse=True)
        zipped = images.with_name(f"{images.name}.gz")
        zipped.write_bytes(gzip.compress(data))
        attacks.judge(f"{what}, gzipped", place.run(*command), refuse=True)
        zipped.unlink()
    zipped = images.with_name(f"{images.name}.gz")
    zipped.write_bytes(gzip.compress(struct.pack(">IIII", 2051, 2**20, 28, 28)) + zeros * 8)
    attacks.judge("zeros that grow", place.run(*command), refuse=True)
    zipped.unlink()
    for kind in SPECIAL:
        put(images, kind)
        attacks.judge(f"a {kind}", place.run(*command), refuse=True)
    shutil.rmtree(folder)


def test_homes(attacks: Field, place: Place) -> None:
    """No home, an unknown user, a home that cannot be written to."""
    renders = place.renders
    for path in (renders, *renders.rglob("*")):
        path.chmod(0o777 if path.is_dir() else 0o666)
    users: list[tuple[str, tuple[str, ...]]] = [("this user", ())]
    unshare = ("unshare", "-U", "--map-user=12345", "--map-group=12345")
    setpriv = ("setpriv", "--reuid=12345", "--regid=12345", "--clear-groups")
    for what, before in (("unshare", unshare), ("setpriv", setpriv)):
        if reason := _unable(before, place.folder):
            attacks.skipped.append(f"{what}: {reason}")
        else:
            users.append((f"an unknown user ({what})", before))
    homes = {
        "no home": {},
        "a home that is not there": {"HOME": "/nonexistent"},
        "a home that is a file": {"HOME": "/etc/passwd"},
    }
    for who, before in users:
        for what, home in homes.items():
            more = {**home, "TMPDIR": str(place.folder / "tmp")}
            for words in (("status",), ("render", "Recap", "-q", "l", "--force", "--workers", "1")):
                ended = place.start(*words, before=before, bare=True, **more).wait()
                attacks.judge(f"{who}, {what}", ended)


def _unable(before: tuple[str, ...], folder: Path) -> str | None:
    """Why a command cannot be run in this way here, if it cannot."""
    import sys

    code = f"import os, numpy; os.listdir({str(folder)!r})"
    try:
        done = subprocess.run(
            [*before, sys.executable, "-c", code],
            capture_output=True,
            text=True,
            env={"PATH": os.environ["PATH"]},
        )
    except OSError as error:
        return str(error)
    return done.stderr.strip()[-200:] if done.returncode else None
