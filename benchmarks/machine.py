"""What the measurements were made on, without names that belong to somebody."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

PACKAGES = ("manim", "numpy", "scipy", "pycairo", "av")


def _field(file: str, name: str) -> str | None:
    """The first value of a field in one of Linux's ``name : value`` files."""
    path = Path(file)
    if not path.exists():
        return None
    for line in path.read_text().splitlines():
        key, _, value = line.partition(":")
        if key.strip() == name:
            return value.strip()
    return None


def describe(packages: Sequence[str] = PACKAGES) -> list[tuple[str, str]]:
    """(what, value) of this machine."""
    memory = _field("/proc/meminfo", "MemTotal")
    system = platform.system()
    if hasattr(platform, "freedesktop_os_release") and Path("/etc/os-release").exists():
        system = f"{platform.freedesktop_os_release()['PRETTY_NAME']}, {system}"
    return [
        ("processor", _field("/proc/cpuinfo", "model name") or platform.processor() or "unknown"),
        ("cores", str(os.cpu_count())),
        ("memory", f"{int(memory.split()[0]) / 2**20:.0f} GB" if memory else "unknown"),
        ("system", f"{system} {platform.machine()}"),
        ("Python", platform.python_version()),
        *((package, version(package)) for package in packages),
    ]
