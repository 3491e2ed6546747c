"""The download of MNIST, from a server on this machine: checked, resumed, refused. No network."""

from __future__ import annotations

import hashlib
import re
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import numpy as np
import pytest
from click.testing import CliRunner
from network_samples import write_idx

from litnet.cli import main
from network import InputError, mnist
from network.digits import bundled_digits, load_idx
from network.mnist import download_mnist


class Mirror(ThreadingHTTPServer):
    """Gives out ``files``; cuts the next answer off after ``cut`` bytes; keeps what was asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.files: dict[str, bytes] = {}
        self.cut: int | None = None
        self.ranges = True
        self.asked: list[tuple[str, str | None]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/"


class Answer(BaseHTTPRequestHandler):
    server: Mirror

    def do_GET(self) -> None:
        mirror, asked = self.server, self.headers["Range"]
        mirror.asked.append((self.path[1:], asked))
        data = mirror.files.get(self.path[1:])
        if data is None:
            self.send_error(404)
            return
        start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked else 0
        if asked and mirror.ranges and start >= len(data):
            self.send_error(416)
            return
        part = bool(asked and mirror.ranges)
        self.send_response(206 if part else 200)
        body = data[start:] if part else data
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body if mirror.cut is None else body[: mirror.cut])
        mirror.cut = None
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mirror]:
    """A mirror with 40 small pictures, as if it were MNIST; nothing else can be reached."""
    digits = bundled_digits()[:40]
    images = np.array([np.rint(d.image() * 255) for d in digits])
    images[:, 0, 0] = 7  # not the bundled ones, which training leaves out
    write_idx(tmp_path / "source", images, np.array([d.label for d in digits]))
    server = Mirror()
    for name in mnist.FILES:
        server.files[name] = (tmp_path / "source" / name).read_bytes()
    pinned = {name: hashlib.sha256(data).hexdigest() for name, data in server.files.items()}
    monkeypatch.setattr(mnist, "FILES", pinned)
    monkeypatch.setattr(mnist, "MIRRORS", (server.url,))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name in (
        "http_proxy",
        "https_proxy",
        "all_proxy",
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "ALL_PROXY",
    ):
        monkeypatch.delenv(name, raising=False)
    for library in ("OPENBLAS", "OMP", "MKL"):  # litnet train sets these
        monkeypatch.setenv(f"{library}_NUM_THREADS", "1")
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


IMAGES, LABELS = mnist.FILES


def test_what_is_pinned() -> None:
    assert list(mnist.FILES) == ["train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"]
    assert all(re.fullmatch("[0-9a-f]{64}", digest) for digest in mnist.FILES.values())
    assert len(mnist.MIRRORS) > 1
    assert all(url.startswith("https://") and url.endswith("/") for url in mnist.MIRRORS)


def test_once_and_never_again(mirror: Mirror, tmp_path: Path) -> None:
    folder = download_mnist(tmp_path / "data")
    images, labels = load_idx(folder)
    assert images.shape == (40, 28, 28)
    assert len(labels) == 40
    assert [name for name, _ in mirror.asked] == [IMAGES, LABELS]
    download_mnist(tmp_path / "data")
    assert len(mirror.asked) == 2
    (folder / LABELS).write_bytes(b"damaged on disk")
    load_idx(download_mnist(tmp_path / "data"))
    assert [name for name, _ in mirror.asked[2:]] == [LABELS]
    assert sorted(p.name for p in folder.iterdir()) == [IMAGES, LABELS]


@pytest.mark.parametrize("ranges", [True, False])
def test_goes_on_where_it_was_cut_off(mirror: Mirror, tmp_path: Path, ranges: bool) -> None:
    mirror.cut, mirror.ranges = 5000, ranges
    with pytest.raises(InputError, match="found no mirror that gives it"):
        download_mnist(tmp_path)
    assert (tmp_path / f"{IMAGES}.part").stat().st_size == 4096
    load_idx(download_mnist(tmp_path))
    assert mirror.asked[:2] == [(IMAGES, None), (IMAGES, "bytes=4096-")]
    # Cut off between the last byte and the renaming.
    (tmp_path / IMAGES).rename(tmp_path / f"{IMAGES}.part")
    load_idx(download_mnist(tmp_path))
    assert sorted(p.name for p in tmp_path.iterdir() if p.is_file()) == [IMAGES, LABELS]


def test_a_wrong_file_is_not_kept(mirror: Mirror, tmp_path: Path) -> None:
    right = mirror.files[IMAGES]
    mirror.files[IMAGES] = b"x" + right
    with pytest.raises(InputError, match=rf"{IMAGES}: found no mirror .*has another file"):
        download_mnist(tmp_path / "data")
    assert not list((tmp_path / "data").iterdir())
    mirror.files[IMAGES] = right
    load_idx(download_mnist(tmp_path / "data"))


def test_the_next_mirror_is_asked(
    mirror: Mirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mnist, "MIRRORS", (f"{mirror.url}nothing/", mirror.url))
    load_idx(download_mnist(tmp_path))
    monkeypatch.setattr(mnist, "MAX_BYTES", 100)
    with pytest.raises(InputError, match=r"answers 404; .*sends more than 100 bytes"):
        download_mnist(tmp_path / "other")


def test_offline(mirror: Mirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mnist, "MIRRORS", ("http://127.0.0.1:1/", "http://127.0.0.1:1/b/"))
    result = CliRunner().invoke(main, ["train", "--download", "--output", str(tmp_path / "m.npz")])
    assert result.exit_code == 1
    assert "cannot be reached" in result.stderr
    assert "expected a connection, or --data with a folder" in result.stderr
    assert result.stderr.count("\n") == 1
    assert not (tmp_path / "m.npz").exists()


def test_train_downloads(mirror: Mirror, tmp_path: Path) -> None:
    output = tmp_path / "m.npz"
    options = ["--layers", "784-2", "--epochs", "1", "--validation", "10"]
    command = ["train", "--download", "--output", str(output), *options]
    result = CliRunner().invoke(main, command)
    assert result.exit_code == 0, result.output
    assert "40 digits: 0 bundled ones left out, 10 for validation" in result.stdout
    assert (tmp_path / "cache" / "litnet" / "mnist" / IMAGES).is_file()
    assert "litnet train --download --output" in output.with_suffix(".md").read_text()


def test_without_pooch(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "pooch", None)
    with pytest.raises(InputError, match=r"no pooch, .* pip install 'litnet\[download\]'"):
        download_mnist(tmp_path)
