"""What somebody's files, names and machines may hold: one sentence, or it works; never a hang."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from film import ROOT, Film, without_litnet
from studio import PLAIN, TINY, publish, run, studio

from litnet.cli import main
from litnet.clips.manifest import Studio, add_to_manifest
from litnet.narration import messages_of
from litnet.project import Project, picture_settings
from litnet.record.current import CurrentFiles
from litnet.record.inputs import changes
from litnet.record.schema import Input
from litnet.record.variant import configured
from network import InputError

LONG = "n" * 300
LITNET = [sys.executable, "-m", "litnet"]


def litnet(*arguments: object, **environment: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of the command itself."""
    done = subprocess.run(
        [*LITNET, *map(str, arguments)],
        cwd=ROOT,
        env=without_litnet() | environment,
        text=True,
        capture_output=True,
        timeout=120,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def is_one_sentence(text: str) -> bool:
    return text.startswith("litnet: ") and text.count("\n") == 1 and "Traceback" not in text


def clip_of(folder: Path, film: Film, change: dict[str, str]) -> Studio:
    """A published clip, whose inputs of some roles have another path."""
    here = studio(folder, TINY)
    record = json.loads(json.dumps(film.record))
    for entry in record["inputs"]:
        entry["path"] = change.get(entry["role"], entry["path"])
    entry = publish(here, here.stories[0], TINY, film.video, record)
    add_to_manifest(here, [entry])
    return here


# --- files that have no end ----------------------------------------------------------------------
def test_an_input_that_is_a_pipe_or_a_device_is_not_waited_for(
    tmp_path: Path, tiny_film: Film
) -> None:
    pipe = tmp_path / "pipe.png"
    os.mkfifo(pipe)
    roles = ("model", "digit", "scene", "module", "narration")
    for place in (str(pipe), "/dev/zero"):
        clip_of(tmp_path, tiny_film, dict.fromkeys(roles, place))
        code, out, err = run(tmp_path, TINY, "check")
        assert code == 1 and not err
        name = Path(place).name
        for role in {entry["role"] for entry in tiny_film.record["inputs"]} & {*roles}:
            what = {"module": place, "narration": f"narration {Path(name).stem}"}
            said = what.get(role, f"{role} {name}")
            assert f"{said} is no file that can be read" in out


@pytest.mark.parametrize("name", ["pyproject.toml", "manim.cfg"])
def test_settings_that_have_no_end(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / name)
    with pytest.raises(InputError, match=f"{name}: found a pipe or a device"):
        picture_settings(tmp_path) if name == "manim.cfg" else Project.at(tmp_path)


def test_a_manifest_and_a_record_that_have_no_end(tmp_path: Path, tiny_film: Film) -> None:
    here = clip_of(tmp_path, tiny_film, {})
    for file in (here.manifest, here.file(TINY, "json")):
        file.unlink()
        os.mkfifo(file)
    code, out, err = run(tmp_path, TINY, "status")
    assert code == 0 and "Tiny.json is gone" in out
    assert "manifest.json: found a pipe or a device" in err and "made again" in err


# --- names and numbers ---------------------------------------------------------------------------
@pytest.mark.parametrize(
    "arguments",
    [
        ("render", "--model", LONG),
        ("render", "--digit", LONG),
        ("render", "--voice", LONG),
        ("render", "--language", LONG),
        ("diff", LONG, LONG, "--film"),
        ("render", "--model", "a\nb\x1b[2Jc"),
        ("render", "--digit", "a\nb\x1b[2Jc"),
        ("render", "--voice", "a\nb\x1b[2Jc", "Tiny"),
        ("render", "--language", "a\nb\u202ec"),
    ],
)
def test_a_name_that_is_none(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    code, out, err = run(tmp_path, TINY, *arguments)
    assert (code, out) == (1, "")
    assert is_one_sentence(err), err
    assert not {"\x1b", "\u202e"} & {*err}


@pytest.mark.parametrize("name", ["MODEL", "DIGIT", "BEFORE", "VOICE", "LANGUAGE"])
def test_a_name_in_the_environment_that_is_none(name: str) -> None:
    for value in (LONG, f"~{LONG}/a\nb"):
        code, _, err = litnet("render", "BeforeAfter", **{f"LITNET_{name}": value})
        assert code == 1 and "Traceback" not in err and len(err.splitlines()) <= 3, err


@pytest.mark.parametrize(
    ("table", "says"),
    [
        (f'model = "{LONG}"', None),
        ("model = " + "9" * 5000, "expected TOML"),
        ("model = 0x" + "f" * 5000, "model in .* of another kind"),
        ("model = " + "[" * 2000, "nested too deeply"),
        ("model = nan", "model in .* of another kind"),
        ('model = "a"\nmodel = "b"', "expected TOML"),
        ('model = "a\0b"', "expected TOML"),
    ],
)
def test_settings_of_any_kind(tmp_path: Path, table: str, says: str | None) -> None:
    rest = 'digit = "d"\nlanguage = "en"\nbefore = "b"\n'
    (tmp_path / "pyproject.toml").write_text(f"[tool.litnet]\n{table}\n{rest}")
    if says is None:
        assert configured(Project.at(tmp_path)).model == LONG
        return
    with pytest.raises(InputError, match=says):
        configured(Project.at(tmp_path))


def test_a_foreign_name_is_shown_escaped_and_breaks_no_table(
    tmp_path: Path, tiny_film: Film
) -> None:
    name = "4 'q\"u\nx\x1b[31m\u202e.png"
    here = clip_of(tmp_path, tiny_film, {"digit": str(tmp_path / name)})
    shutil.copy(here.file(TINY, "json"), here.clips / "A\nb.json")
    for command in ("status", "check"):
        _, out, err = run(tmp_path, TINY, command)
        assert "4 'q\"u\\nx\\x1b[31m\\u202e.png is gone" in out and not err
        assert not {"\x1b", "\u202e"} & {*out}
        assert len(out.splitlines()) == (4 if command == "status" else 3)
    _, out, _ = run(tmp_path, TINY, "status", "--json")
    assert [clip["state"] for clip in json.loads(out)["clips"]] == ["stale", "stale"]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xfe",
        b'msgid "a"\nmsgstr "b"\nnonsense',
        b'msgid ""\nmsgstr "Content-Type: text/plain; charset=none-such\\n"\n',
        b'msgid ""\nmsgstr "Plural-Forms: nplurals=' + b"9" * 5000 + b'; plural=n;\\n"\n',
        b'msgid ""\nmsgstr "Plural-Forms: nplurals=2; plural=' + b"(" * 5000 + b';\\n"\n',
        b'msgid ""\nmsgstr "POT-Creation-Date: 9999-99-99 99:99+9999\\n"\n',
        b'msgid ""\nmsgstr "Language: \\0\\n"\n',
    ],
)
def test_a_catalogue_of_any_kind(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "en.po"
    file.write_bytes(data)
    try:
        assert isinstance(messages_of(file, "en"), dict)
    except InputError as error:
        assert "en.po: expected a gettext catalogue" in str(error)


def test_the_list_of_digits_may_be_anything(tmp_path: Path) -> None:
    table = tmp_path / "assets" / "digits" / "labels.csv"
    table.parent.mkdir(parents=True)
    for data in (b"file,label\n/dev/zero,3\n", b"\xff", b"file\n\0\n", b"x" * 200_000, b'"'):
        table.write_bytes(data)
        entry = Input(path="assets/digits/labels.csv", sha256="0" * 64, role="digits")
        assert changes([entry], CurrentFiles(tmp_path)) in (
            ["the bundled digits are gone"],
            ["the bundled digits changed"],
        )
        assert "assets/digits/x.png" not in CurrentFiles(tmp_path).labels


@pytest.mark.parametrize(
    ("command", "keys"),
    [
        (("status",), "model before digit language voice history training stories fonts"),
        (("render", "Recap", "-q", "l"), "model digit language"),
    ],
)
def test_settings_with_a_nul(tmp_path: Path, command: tuple[str, ...], keys: str) -> None:
    """TOML can say it, no file can be called it; once it ended in a traceback."""
    for key in keys.split():
        (tmp_path / "pyproject.toml").write_text(f'[tool.litnet]\n{key} = "a\\u0000b"\n')
        done = subprocess.run(
            [*LITNET, *command],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            text=True,
            capture_output=True,
            timeout=120,
            check=False,
        )
        said = done.stdout + done.stderr
        assert "Traceback" not in said and "\0" not in said, said
        assert done.returncode == 0 or is_one_sentence(done.stderr), (key, said)


NOISE = "a\x1b[2J\nb\u202ec"


@pytest.mark.parametrize("name", ["a\x1b[2J\nb", LONG])
def test_a_run_of_any_name(tmp_path: Path, name: str) -> None:
    words = ("train", "--epochs", "1", "--layers", "784-2-10", "-o", str(tmp_path / "m.npz"))
    run_of = str(tmp_path / f"{name}.history.npz")
    done = CliRunner().invoke(main, [*words, "--history", run_of], prog_name="litnet")
    assert done.exit_code == (1 if name == LONG else 0), done.output
    assert not {"\x1b"} & {*done.output}
    assert not any(line.startswith("b.") for line in done.output.splitlines())
    assert name != LONG or is_one_sentence(done.stderr)


@pytest.mark.parametrize("text", ["x" * 100_000, "x " * 50_000, NOISE], ids=["long", "many", "raw"])
@pytest.mark.parametrize(
    "words",
    [
        (),
        ("render",),
        ("render", "-q"),
        ("render", "--workers"),
        ("train", "--layers"),
        ("train", "--seed"),
        ("embed", "Recap", "--format"),
        ("lesson",),
        ("render", "Recap", "--nothing"),
        ("status", "a"),
    ],
)
def test_wrong_usage_repeats_little_of_what_was_typed(words: tuple[str, ...], text: str) -> None:
    """click says it as it was typed."""
    done = CliRunner().invoke(main, [*words[:-1], *words[-1:], text], prog_name="litnet")
    assert done.exit_code == 2
    assert "Error: " in done.stderr and len(done.stderr) < 4000
    assert not {"\x1b", "\u202e"} & {*done.stderr}
    assert not any(line.startswith("b") for line in done.stderr.splitlines())


def test_help_is_whole() -> None:
    for words in ([], ["lesson"], ["render", "--help"]):
        done = CliRunner().invoke(main, words, prog_name="litnet")
        assert done.output.startswith("Usage: litnet") and done.output.count("\n") > 5


@pytest.mark.parametrize(
    "address",
    [
        "x" * 10_000,
        NOISE,
        "tcp://",
        "tcp://127.0.0.1:99999",
        "tcp://127.0.0.1:1",
        "tcp://[::1",
        "tls://127.0.0.1:1",
        "a\udcff:1",
        "ftp://nowhere.invalid/x",
        "",
    ],
)
def test_a_scheduler_that_is_none(tmp_path: Path, address: str) -> None:
    code, out, err = run(tmp_path, TINY, "render", "--scheduler", address)
    assert (code, out) == (1, "")
    last = err.splitlines()[-1]
    assert last.startswith("litnet: ") and ("scheduler" in last or "certificate" in last), err
    assert all(line.startswith(("litnet: ", f"{TINY}: ")) for line in err.splitlines()), err
    assert not {"\x1b", "\u202e"} & {*err} and len(err) < 8000


# --- leftovers -----------------------------------------------------------------------------------
def test_what_dead_processes_left_goes(tmp_path: Path, tiny_film: Film) -> None:
    here = clip_of(tmp_path, tiny_film, {})
    renders = here.manifest.parent
    left = [renders / ".work" / name for name in ("dead", "a.b", "stray.lock", "file")]
    for folder in left[:2]:
        folder.mkdir(parents=True)
        (folder / "film.mp4").write_bytes(b"half")
        os.utime(folder, (2e9, 2e9))  # in the future
    parts = (".Tiny.mp4.99999.part", ".Tiny.json.99999.tmp", ".X.part.mp4")
    manifests = (f".manifest.json.99999.{suffix}" for suffix in ("part", "tmp"))
    for file in (*left[2:], *map(renders.joinpath, manifests), *map(here.clips.joinpath, parts)):
        file.touch()
        left.append(file)
    alive = renders / ".work" / "alive"
    alive.mkdir()
    from filelock import FileLock

    with FileLock(alive.with_name("alive.lock")):
        code, _, err = run(tmp_path, TINY, "render")
        assert code == 0, err
        assert alive.is_dir() and alive.with_name("alive.lock").exists()
    assert not [path for path in left if path.exists()]
    assert run(tmp_path, TINY, "render")[0] == 0
    assert sorted(path.name for path in (renders / ".work").iterdir()) == []


# --- machines ------------------------------------------------------------------------------------
def unshared(*options: str) -> list[str]:
    """The beginning of a command line in a namespace of its own; skips where there is none."""
    command = ["unshare", *options]
    if not shutil.which("unshare") or subprocess.run([*command, "true"], check=False).returncode:
        pytest.skip("needs a namespace of its own")
    return command


def test_somebody_unknown_without_a_home(tmp_path: Path) -> None:
    command = unshared("-U", "--map-user=12345", "--map-group=12345")
    for arguments in (("status",), ("list",)):
        done = subprocess.run(
            [*command, "env", "-i", f"PATH={os.environ['PATH']}", *LITNET, *arguments],
            cwd=ROOT,
            text=True,
            capture_output=True,
            timeout=120,
            check=False,
        )
        assert done.returncode in (0, 1) and not done.stderr, done.stderr
    tmp_path.chmod(0o777)
    (tmp_path / "driver.py").write_text(__import__("studio").DRIVER, encoding="utf-8")
    studio(tmp_path, PLAIN)
    driver = [sys.executable, str(tmp_path / "driver.py"), str(tmp_path), PLAIN]
    done = subprocess.run(
        [*command, "env", "-i", f"PATH={os.environ['PATH']}", *driver, "render", "-q", "l"],
        cwd=ROOT,
        text=True,
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "renders" / "clips" / "Plain.mp4").is_file()


@pytest.mark.parametrize("kilobytes", [100, 1200, 1400])
def test_a_disk_that_is_quite_full_is_said(tmp_path: Path, kilobytes: int) -> None:
    command = unshared("-U", "-r", "-m")
    (tmp_path / "driver.py").write_text(__import__("studio").DRIVER, encoding="utf-8")
    studio(tmp_path, TINY)
    (tmp_path / "renders").mkdir()
    render = [sys.executable, tmp_path / "driver.py", tmp_path, TINY, "render", "-q", "l"]
    script = 'mount -t tmpfs -o size="$1" tmpfs "$2" || exit 77; shift 2; exec "$@"'
    done = subprocess.run(
        [*command, "sh", "-c", script, "sh", f"{kilobytes}k", tmp_path / "renders", *render],
        cwd=ROOT,
        text=True,
        capture_output=True,
        timeout=120,
        check=False,
    )
    if done.returncode == 77:
        pytest.skip("nothing can be mounted here")
    if done.returncode:
        assert "no space left" in done.stderr.lower(), done.stderr
        assert "Traceback" not in done.stderr
    else:
        assert kilobytes > 1000


def test_links_in_a_circle_and_names_that_are_no_text(tmp_path: Path) -> None:
    circle = tmp_path / "circle.png"
    circle.symlink_to(circle)
    unnamed = tmp_path / os.fsdecode(b"3_\xff.png")
    shutil.copy(ROOT / "assets" / "digits" / "3_hero.png", unnamed)
    for path, says in ((circle, "no such file"), (unnamed, "not UTF-8")):
        code, _, err = run(tmp_path, TINY, "render", "--digit", path)
        assert code == 1 and is_one_sentence(err) and says in err, err


def test_a_voice_forgets_what_was_never_finished(tmp_path: Path, monkeypatch: Any) -> None:
    from litnet.voice import PiperVoice

    old, new = tmp_path / ".a.part.wav", tmp_path / ".b.part.wav"
    for file in (old, new):
        file.touch()
    os.utime(old, (4e9, 4e9))
    voice = PiperVoice(tmp_path)
    monkeypatch.setattr(PiperVoice, "require", lambda self, language: None)
    monkeypatch.setattr(PiperVoice, "program", Path("/bin/false"))
    with pytest.raises(InputError):
        voice.speak("Hello.", "en", "X.y.1")
    assert not old.exists() and new.exists()
