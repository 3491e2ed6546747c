"""One template of the project with two published clips, a copy for each field, and the count."""

from __future__ import annotations

import os
import random
import shutil
import tempfile
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest
from arena import Field, Place


def pytest_configure(config: pytest.Config) -> None:
    """Choose a seed, which the processes that help inherit."""
    os.environ.setdefault("SEED", str(random.SystemRandom().randrange(10**6)))


def pytest_report_header(config: pytest.Config) -> str:
    return f"the same attacks again: SEED={os.environ['SEED']} make test-hostile"


@pytest.fixture(scope="session")
def template(once: Callable[..., Path]) -> Path:
    """The project with ``TitleCard`` and ``Recap`` rendered and published, small."""

    def made(folder: Path) -> Path:
        place = Place.make(folder / "project")
        ended = place.cold("render", "-q", "l", "TitleCard", "Recap", "--workers", "1")
        assert ended.code == 0, ended.said
        assert len(place.published()) == 2
        return place.folder

    found: Path = once("hostile", made)
    return found


@pytest.fixture(scope="module")
def place(template: Path) -> Iterator[Place]:
    """A copy of the template, in a folder that any user may enter."""
    folder = Path(tempfile.mkdtemp(prefix="litnet-hostile-"))
    folder.chmod(0o755)
    made = Place(template).copy(folder / "project")
    try:
        yield made
    finally:
        made.close()
        made.settled(0)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def attacks(request: pytest.FixtureRequest, place: Place) -> Field:
    """The count of one field."""
    seed = int(os.environ["SEED"])
    return Field(request.node.name.removeprefix("test_").replace("_", " "), seed)


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """After a field's attacks: what they left outside of renders, and what found a fault."""
    field: Field | None = pyfuncitem.funcargs.get("attacks")
    if field is None:
        return (yield)
    place: Place = pyfuncitem.funcargs["place"]
    before, cpu = place.files(), place.cpu
    result = yield
    field.cpu = place.cpu - cpu
    after = place.files()
    for name in sorted({*before, *after}):
        if before.get(name) != after.get(name) and not field.may_write(name):
            field.failures.append(f"{name} was written, outside of renders")
    pyfuncitem.user_properties.append(("field", field.row()))
    if not field.tried:
        pytest.skip("; ".join(field.skipped) or "nothing was tried")
    if field.failures:
        pytest.fail(field.report(), pytrace=False)
    return result


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The number of attacks of each field, and what became of them."""
    rows = []
    for reports in terminalreporter.stats.values():
        for report in reports:
            if getattr(report, "when", None) == "call":
                rows += [value for name, value in report.user_properties if name == "field"]
    if not rows:
        return
    terminalreporter.section("attacks")
    line = "{:<44} {:>6} {:>8} {:>7} {:>8} {:>10} {:>6}"
    write = terminalreporter.write_line
    write(line.format("field", "tried", "refused", "failed", "most MB", "slowest s", "CPU s"))
    for name, *numbers in sorted(rows):
        write(line.format(name, *numbers))
    tried, failed = sum(row[1] for row in rows), sum(row[3] for row in rows)
    write(f"{tried} attacks, {failed} faults; SEED={os.environ['SEED']}")
