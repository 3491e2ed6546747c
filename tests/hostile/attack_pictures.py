"""Pictures that are huge, lie, or are damaged; lists of numbers: ``litnet predict FILE``."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from arena import EVIL_NAMES, ROOT, SPECIAL, Field, Place, damaged, put, remove
from PIL import Image

HERO = ROOT / "assets" / "digits" / "3_hero.png"


def chunk(kind: bytes, data: bytes) -> bytes:
    body = kind + data
    return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))


def png(
    width: int,
    height: int,
    *,
    depth: int = 8,
    colour: int = 0,
    rows: int | None = None,
    more: bytes = b"",
) -> bytes:
    """A black picture; ``rows`` is how many of its rows are there."""
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
    row = 1 + -(-width * depth * channels // 8)
    packer = zlib.compressobj(9)
    count = height if rows is None else rows
    piece = bytes(row) * max(1, 2**20 // row)
    whole, rest = divmod(row * count, len(piece))
    data = b"".join(packer.compress(piece) for _ in range(whole))
    data += packer.compress(piece[:rest]) + packer.flush()
    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    palette = chunk(b"PLTE", bytes(3)) if colour == 3 else b""
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + palette
        + more
        + chunk(b"IDAT", data)
        + chunk(b"IEND", b"")
    )


def large() -> Iterator[tuple[str, str, bytes]]:
    sides = [
        (1, 64_000_000),
        (64_000_000, 1),
        (2, 30_000_000),
        (30_000, 1000),
        (1000, 60_000),
        (20_000, 20_000),
        (2**31 - 1, 1),
        (1, 2**31 - 1),
        (2**31 - 1, 2**31 - 1),
    ]
    for width, height in sides:
        rows = height if width * height <= 64_000_000 else 10
        if width > 2**26:
            rows = 0
        yield f"{width} x {height}", "m.png", png(width, height, rows=rows)
    yield "no side", "m.png", png(0, 0, rows=0)
    yield "rows that are not there", "m.png", png(7000, 7000, rows=1)
    for kind in (b"iCCP", b"zTXt", b"iTXt", b"eXIf", b"tEXt"):
        bomb = zlib.compress(bytes(200_000_000), 9)
        data = {
            b"iCCP": b"a\0\0" + bomb,
            b"zTXt": b"a\0\0" + bomb,
            b"iTXt": b"a\0\1\0\0\0" + bomb,
            b"eXIf": b"II*\0" + b"\xff" * 60_000,
            b"tEXt": b"a\0" + bytes(30_000_000),
        }[kind]
        yield f"200 MB in {kind.decode()}", "m.png", png(40, 40, more=chunk(kind, data))
    for many in (20_000,):
        texts = b"".join(chunk(b"tEXt", b"a%d\0x" % n) for n in range(many))
        yield f"{many} texts", "m.png", png(40, 40, more=texts)
    jpeg = jpeg_of((64, 64))
    at = jpeg.index(b"\xff\xc0") + 5
    yield "a JPEG of 65,535 x 65,535", "m.jpg", jpeg[:at] + b"\xff" * 4 + jpeg[at + 4 :]
    yield "a JPEG of 65,535 x 900", "m.jpg", jpeg[:at] + b"\x03\x84\xff\xff" + jpeg[at + 4 :]
    yield "a JPEG of 8 x 65,535", "m.jpg", jpeg[:at] + b"\xff\xff\0\x08" + jpeg[at + 4 :]
    yield "a JPEG of 1,000 markers", "m.jpg", jpeg[:2] + b"\xff\xe1\0\x08Exif\0\0" * 1000 + jpeg[2:]


def jpeg_of(size: tuple[int, int]) -> bytes:
    stream = io.BytesIO()
    Image.new("L", size, 255).save(stream, "JPEG")
    return stream.getvalue()


def written() -> dict[str, bytes]:
    """A drawn digit in every format that Pillow writes, by suffix."""
    grey = Image.open(HERO).convert("L").resize((60, 60))
    found = {}
    for suffix, form in sorted(Image.registered_extensions().items()):
        if form in Image.SAVE and suffix not in (".pdf",):
            for mode in ("RGB", "L", "1"):
                stream = io.BytesIO()
                try:
                    grey.convert(mode).save(stream, form)
                except Exception:
                    continue
                found[suffix] = stream.getvalue()
                break
    return found


def test_large_pictures(attacks: Field, place: Place) -> None:
    """Sizes that are declared, and those that are really there."""
    for what, name, data in large():
        file = place.given / name
        file.write_bytes(data)
        known = True if " x " in what or "no side" in what else None
        attacks.judge(what, place.run("predict", file), refuse=known)
        remove(file)


def test_pictures_of_every_format(attacks: Field, place: Place) -> None:
    """As they are, cut, damaged, and under another suffix."""
    formats = written()
    assert len(formats) > 20
    for suffix, data in formats.items():
        for name, content in (
            (f"m{suffix}", data),
            (f"cut{suffix}", data[: len(data) // 2]),
            (f"other{suffix}.png", data),
            (f"damaged{suffix}", damaged(data, attacks.rng)),
        ):
            file = place.given / name
            file.write_bytes(content)
            attacks.judge(name, place.run("predict", file))
            remove(file)


def test_damaged_pictures(attacks: Field, place: Place) -> None:
    """PNG and JPEG of every kind of pixel, with a few bytes changed."""
    grey = Image.open(HERO).convert("L")
    seeds = {}
    for mode, form in (
        ("L", "PNG"),
        ("RGBA", "PNG"),
        ("P", "PNG"),
        ("1", "PNG"),
        ("I;16", "PNG"),
        ("LA", "PNG"),
        ("RGB", "JPEG"),
        ("CMYK", "JPEG"),
        ("L", "JPEG"),
    ):
        stream = io.BytesIO()
        picture = grey.resize((90, 90))
        if mode == "I;16":
            picture = Image.fromarray(np.asarray(picture).astype(np.uint16) * 257)
        else:
            picture = picture.convert(mode)
        exif = Image.Exif()
        exif[0x0112] = 6
        picture.save(stream, form, exif=exif)
        seeds[f"{mode.replace(';', '')}.{form.lower()}"] = stream.getvalue()
    for number in range(50):
        name = attacks.random.choice(sorted(seeds))
        file = place.given / name
        file.write_bytes(damaged(seeds[name], attacks.rng))
        attacks.judge(f"damage {number} of {name}", place.run("predict", file, "--json"))
        remove(file)


def test_pictures_that_are_no_files(attacks: Field, place: Place) -> None:
    """Pipes, devices, folders; names of every kind; a folder of them for ``render``."""
    for suffix in (".png", ".jpg", ".heic", ".csv", ""):
        file = place.given / f"d{suffix}"
        for kind in SPECIAL:
            put(file, kind)
            attacks.judge(f"a {kind}", place.run("predict", file), refuse=True)
            remove(file)
        for name in (*EVIL_NAMES, "x" * 300, "\udcff"):
            attacks.judge(
                "a name", place.run("predict", place.given / f"{name}{suffix}"), refuse=True
            )
    for name in EVIL_NAMES:
        file = place.given / f"{name}.png"
        file.write_bytes(b"no picture")
        attacks.judge("a name that is there", place.run("predict", file), refuse=True)
        file.write_bytes(HERO.read_bytes())
        attacks.judge("a name that is read", place.run("predict", file), refuse=False)
        remove(file)
    for kind in SPECIAL:
        put(place.given / "d.png", kind)
        attacks.judge(
            f"render, {kind}",
            place.run("render", "Recap", "-q", "l", "--digit", place.given / "d.png"),
            refuse=True,
        )
        remove(place.given / "d.png")


RENDERED = ("NaN", "escapes", "50 MB")


def test_lists_of_numbers(attacks: Field, place: Place) -> None:
    """Text files for networks that read no picture, and under a picture's command."""
    model = place.given / "of_three.npz"
    rng = np.random.default_rng(0)
    np.savez(
        model,
        format=np.array("litnet-1"),
        weights_1=rng.normal(size=(10, 3)),
        biases_1=np.zeros(10),
        activation_1=np.array("sigmoid"),
    )
    texts = {
        "NaN": b"nan 1 2",
        "infinity": b"inf,1,2",
        "1e999": b"1e999 0 0",
        "5,000 digits": b"9" * 5000 + b" 1 2",
        "too many": b"1 " * 1_000_000,
        "none": b"",
        "escapes": b"\x1b[2J 1 2",
        "NULs": bytes(1000),
        "no text": b"\xff\xfe1",
        "one word of 100 kB": b"x" * 100_000,
        "underscores": b"1_0 1__0 1",
        "other digits": "\u0661 \u0662 \u0663".encode(),
        "a line that lies": b"1 2\n!EVIL",
        "bidirectional": "\u202e1 2 3".encode(),
        "50 MB": b"1" * 50_000_000,
    }
    for suffix in (".csv", ".txt"):
        for what, data in texts.items():
            file = place.given / f"v{suffix}"
            file.write_bytes(data)
            for command in (
                ("predict", file, "--model", model),
                ("render", "Recap", "-q", "l", "--model", model, "--digit", file),
            ):
                if command[0] == "predict" or (suffix == ".csv" and what in RENDERED):
                    attacks.judge(
                        what, place.run(*command), refuse=True if "other" not in what else None
                    )
            remove(file)
    remove(model)


def test_folders_of_pictures(attacks: Field, place: Place) -> None:
    """``render --digit FOLDER`` of hostile files: none hangs it, none goes unnamed."""
    folder = Path(place.given / "homework")
    folder.mkdir()
    (folder / "b.heic").write_bytes(b"\0\0\0\x18ftypheic")
    (folder / "._a.png").write_bytes(b"\0\5\x16\7")
    (folder / f"{EVIL_NAMES[1]}.png").write_bytes(b"no picture")
    (folder / "c.png").write_bytes(png(1, 64_000_000))
    put(folder / "d.png", "pipe")
    put(folder / "e.png", "endless")
    ended = place.run("render", "Recap", "-q", "l", "--digit", folder, "--workers", "1")
    attacks.judge("a folder", ended, refuse=True)
