"""What a Dask worker does instead of its job: ``dask worker --preload``, HOSTILE_NAME says what.

Wherever the function that delivers lives, and whatever it gives: it is found by its name, and
what it gives is changed by kind.
"""

from __future__ import annotations

import dataclasses
import functools
import importlib
import os
import pkgutil
import sys
import time
from collections.abc import Callable
from typing import Any

import litnet.clips

NAME = os.environ["HOSTILE_NAME"]


def fields_of(value: Any) -> list[str]:
    if dataclasses.is_dataclass(value):
        return [f.name for f in dataclasses.fields(value)]
    return list(getattr(value, "__struct_fields__", ()))


def changed(value: Any, **new: Any) -> Any:
    new = {k: v for k, v in new.items() if k in fields_of(value)}
    if dataclasses.is_dataclass(value):
        return dataclasses.replace(value, **new)
    return type(value)(**{k: new.get(k, getattr(value, k)) for k in fields_of(value)})


def mapped(value: Any, of_name: Callable[[str], str], of_bytes: Callable[[bytes], bytes]) -> Any:
    """The same value with every file's name, and every file's content, changed."""
    if isinstance(value, bytes):
        return of_bytes(value)
    if isinstance(value, dict):
        return {
            (of_name(k) if isinstance(v, bytes) and isinstance(k, str) else k): mapped(
                v, of_name, of_bytes
            )
            for k, v in value.items()
        }
    if isinstance(value, str):
        return of_name(value) if value.endswith((".mp4", ".json", ".wav", ".ts")) else value
    if isinstance(value, (list, tuple)):
        return type(value)(mapped(v, of_name, of_bytes) for v in value)
    if fields_of(value):
        return changed(
            value, **{k: mapped(getattr(value, k), of_name, of_bytes) for k in fields_of(value)}
        )
    return value


def text(data: bytes) -> bool:
    return data[:1] == b"{"


def same(x: Any) -> Any:
    return x


def attack(real: Callable[..., Any], *given: Any) -> Any:
    """What this worker gives instead of what ``real`` gives."""
    match NAME:
        case "none":
            return None
        case "a number":
            return 5
        case "a text":
            return "done"
        case "garbage":
            return os.urandom(5000)
        case "an empty dict":
            return {}
        case "a list of everything":
            return [object, real, given]
        case "dies":
            os.kill(os.getpid(), 9)
        case "exits":
            os._exit(0)
        case "raises":
            raise RuntimeError("no")
        case "raises a million letters":
            raise RuntimeError("x" * 1_000_000)
        case "raises escapes":
            raise RuntimeError("a\x1b[2J\n!EVIL all is well \u202e")
        case "raises what is no exception of ours":
            raise type("Evil", (Exception,), {})("no")
        case "exits by exception":
            raise SystemExit(0)
        case "interrupts":
            raise KeyboardInterrupt
        case "never returns":
            while True:
                time.sleep(1)
        case "a deep list":
            deep = []
            for _ in range(100_000):
                deep = [deep]
            return deep
    done = real(*given)
    place = os.environ["HOSTILE"]
    match NAME:
        case "names from the root":
            return mapped(done, lambda n: f"{place}/owned-{os.path.basename(n)}", same)
        case "names upwards":
            return mapped(done, lambda n: f"../../../owned-{os.path.basename(n)}", same)
        case "names of folders":
            return mapped(done, lambda n: f"a/b/../../../../owned/{n}", same)
        case "names with NULs":
            return mapped(done, lambda n: f"a\0{n}", same)
        case "empty names":
            return mapped(done, lambda n: "", same)
        case "long names":
            return mapped(done, lambda n: "x" * 5000 + n, same)
        case "no bytes":
            return mapped(done, same, lambda d: b"")
        case "garbage for films":
            return mapped(done, same, lambda d: d if text(d) else os.urandom(len(d)))
        case "half of everything":
            return mapped(done, same, lambda d: d[: len(d) // 2])
        case "records of nothing":
            return mapped(done, same, lambda d: b"{}" if text(d) else d)
        case "records of null":
            return mapped(done, same, lambda d: b"null" if text(d) else d)
        case "nested records":
            return mapped(done, same, lambda d: b"[" * 100_000 if text(d) else d)
        case "records of another story":
            return mapped(
                done,
                same,
                lambda d: d.replace(b'"Recap"', b'"TitleCard"') if text(d) else d,
            )
        case "records of another model":
            return mapped(
                done, same, lambda d: d.replace(b"vanilla", b"somebody") if text(d) else d
            )
        case "records with a surrogate":
            return mapped(
                done, same, lambda d: d.replace(b'"First"', b'"\\ud800"') if text(d) else d
            )
        case "records of escapes":
            return mapped(
                done, same, lambda d: d.replace(b'"Recap"', b'"\\u001b[2J"') if text(d) else d
            )
        case "no files":
            if isinstance(done, bytes):
                return b""
            return changed(done, files={}) if fields_of(done) else {}
        case "no record":
            if isinstance(done, bytes):
                return done[: len(done) // 3]
            files = getattr(done, "files", None)
            if isinstance(files, dict):
                return changed(
                    done, files={k: v for k, v in files.items() if not k.endswith(".json")}
                )
            return changed(done, record=None)
        case "an error of a million letters":
            return changed(done, error="x" * 1_000_000, result={"error": "x" * 1_000_000})
        case "an error that is no text":
            return changed(done, error=5, result={"error": {"a": []}})
        case "an error of escapes":
            return changed(done, error="a\x1b[2J\n!EVIL", result={"error": "a\x1b[2J\n!EVIL"})
        case "a result of None":
            return changed(done, result=None)
        case "a gigabyte":
            return mapped(done, same, lambda d: d if text(d) else bytes(400_000_000))
    raise AssertionError(NAME)


def replace() -> int:
    """Put the attack in the place of every function that delivers; how many there were."""
    count = 0
    for module in list(sys.modules.values()):
        if (getattr(module, "__name__", "") or "").startswith("litnet.clips"):
            real = module.__dict__.get("deliver")
            if callable(real) and not hasattr(real, "hostile"):
                wrapped = functools.wraps(real)(functools.partial(attack, real))
                wrapped.hostile = True
                module.deliver = wrapped
                count += 1
    return count


def dask_setup(worker: Any) -> None:
    """What Dask calls when the worker begins."""
    for found in pkgutil.walk_packages(litnet.clips.__path__, "litnet.clips."):
        if found.name.rpartition(".")[2] not in ("__main__",):
            try:
                importlib.import_module(found.name)
            except ImportError:
                pass
    assert replace(), "found nothing that delivers"
