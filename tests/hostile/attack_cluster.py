"""A Dask cluster that dies, and workers of it that lie: ``render --scheduler``."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import cluster
import pytest
from arena import Field, Place
from attack_processes import again, whole
from cluster import kill

RENDER = ("render", "Recap", "TitleCard", "-q", "l", "--force")

# Workers that never let one go on, or that a later job has to survive.
ATTACKS = (
    "none",
    "a number",
    "a text",
    "garbage",
    "an empty dict",
    "a list of everything",
    "dies",
    "exits",
    "raises",
    "raises a million letters",
    "raises escapes",
    "raises what is no exception of ours",
    "exits by exception",
    "interrupts",
    "a deep list",
    "names from the root",
    "names upwards",
    "names of folders",
    "names with NULs",
    "empty names",
    "long names",
    "no bytes",
    "garbage for films",
    "half of everything",
    "records of nothing",
    "records of null",
    "nested records",
    "records of another story",
    "records of another model",
    "records with a surrogate",
    "records of escapes",
    "no files",
    "no record",
    "an error of a million letters",
    "an error that is no text",
    "an error of escapes",
    "a result of None",
    "a gigabyte",
)


class Cluster(cluster.Cluster):
    """Processes that are told from the commands' by their environment, unless they are hostile."""

    def __init__(self, place: Place) -> None:
        self.place = place
        environment = place.environment()
        environment["CLUSTER"] = environment.pop("HOSTILE")
        super().__init__(Path(tempfile.mkdtemp(prefix="cluster-", dir=place.given)), environment)

    def hostile(self, attack: str) -> subprocess.Popen[bytes]:
        """A worker that does this instead of its job."""
        preload = str(Path(__file__).with_name("preload.py"))
        nanny = "--nanny" if attack in DYING else "--no-nanny"
        place = str(self.place.folder)
        return self.work("--preload", preload, nanny, HOSTILE=place, HOSTILE_NAME=attack)


DYING = ("dies", "exits", "exits by exception", "interrupts")


@pytest.fixture(scope="module")
def own(place: Place) -> Iterator[Cluster]:
    made = Cluster(place)
    yield made
    made.end()


def owned(place: Place) -> list[str]:
    """What a worker's names made this machine write."""
    found = [p for p in place.folder.rglob("*owned*") if "preload" not in p.name]
    found += [p for p in place.folder.parent.glob("owned*")]
    for path in found:
        path.unlink() if path.is_file() else None
    return [f"{path} was written" for path in found]


def test_workers_that_lie(attacks: Field, place: Place, own: Cluster) -> None:
    """Each fails the clip with a sentence, writes nothing outside, and publishes nothing."""
    chosen = attacks.random.sample(ATTACKS, len(ATTACKS))
    for attack in chosen[: int(os.environ.get("LIARS", "10"))]:
        before = place.published()
        worker = own.hostile(attack)
        ended = place.cold("render", "Recap", "-q", "l", "--force", "--scheduler", own.address)
        kill(worker)
        also = [*owned(place), *whole(place, before)]
        changed = [name for name, data in place.published().items() if before.get(name) != data]
        also += [f"{name} was published" for name in changed]
        attacks.judge(f"a worker's delivery: {attack}", ended, refuse=True, also=also)


def test_a_worker_that_never_returns(attacks: Field, place: Place, own: Cluster) -> None:
    """Ctrl-C ends the wait, and it says how far it is."""
    before = place.published()
    worker = own.hostile("never returns")
    running = place.start("render", "Recap", "-q", "l", "--force", "--scheduler", own.address)
    time.sleep(12)
    if running.process.poll() is None:
        os.kill(running.pid, signal.SIGINT)
    ended = running.wait(0.5)
    kill(worker)
    attacks.judge("never returns, Ctrl-C", ended, killed=True, also=whole(place, before))


def test_a_good_worker_beside_a_liar(attacks: Field, place: Place, own: Cluster) -> None:
    """The other clips finish: both are published, or the one that fails is named."""
    good, bad = own.work(), own.hostile(attacks.random.choice(["dies", "exits"]))
    before = place.published()
    ended = place.start(*RENDER, "--scheduler", own.address).wait(2)
    kill(bad)
    kill(good)
    attacks.judge("beside a liar", ended, also=whole(place, before))


def test_kills_of_a_cluster(attacks: Field, place: Place) -> None:
    """The command, a worker or the scheduler are killed at random moments."""
    for number in range(5):
        before = place.published()
        own = Cluster(place)
        workers = [own.work(), own.work()]
        running = place.start(*RENDER, "--scheduler", own.address)
        moment = float(attacks.rng.random()) * 15
        time.sleep(moment)
        whom = ("the command", "a worker", "the scheduler", "all workers", "Ctrl-C")[number]
        match whom:
            case "the command":
                os.kill(running.pid, signal.SIGKILL)
            case "a worker":
                kill(workers[0])
            case "the scheduler":
                kill(own.scheduler)
            case "all workers":
                for worker in workers:
                    kill(worker)
                own.work()
            case _:
                os.kill(running.pid, signal.SIGINT)
        ended = running.wait(2)
        own.end()
        orphans = place.settled(15)
        also = [f"{len(orphans)} processes were left"] if orphans else []
        attacks.judge(
            f"{whom} after {moment:.1f} s", ended, killed=True, also=[*also, *whole(place, before)]
        )
    again(attacks, place, "--workers", 1)
