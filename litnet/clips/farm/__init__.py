"""Renders many clips on all cores, or on all the machines of a Dask cluster.

The seam is the one of ``concurrent.futures``: a crew takes jobs and gives futures. One crew is of
processes of this machine, the other one is of a Dask cluster, whose workers need not share a disk
with this machine: what a job reads travels with it, and what it makes travels back.

How clips are divided: as long as there are at least as many clips as workers, each is one job. The
clips that are left over, and those of a farm with more workers than clips, are each split into so
many ranges of animations that every worker has one.

``rendering`` makes jobs of clips; ``jobs`` is what is asked and answered; ``ranges`` splits and
joins; ``crews`` and ``cluster`` have jobs done by a ``process`` (its inside: ``start``, ``worker``
and ``work``), to which they travel in ``parcels``; ``checks`` looks at what comes back. Nothing of
it imports manim.
"""

from litnet.clips.farm.cluster import exposed
from litnet.clips.farm.parcels import Delivery, Parcel, deliver, pack
from litnet.clips.farm.rendering import Farm, Outcome, Progress, cores, open_farm

__all__ = [
    "Delivery",
    "Farm",
    "Outcome",
    "Parcel",
    "Progress",
    "cores",
    "deliver",
    "exposed",
    "open_farm",
    "pack",
]

deliver.__module__ = __name__  # the name under which Dask's workers look it up
