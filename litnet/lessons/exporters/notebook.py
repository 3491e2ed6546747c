"""Notebooks: the film inside the document."""

from __future__ import annotations

from litnet.lessons.exporters.job import Export, Job, as_json


def jupyter(job: Job) -> Export:
    """The two lines of a cell."""
    return Export(source(job))


def source(job: Job) -> str:
    """What stands in the cell."""
    return f'from litnet.lessons import Clip\n\nClip("{job.clip.name}")\n'


def notebook(text: str) -> str:
    """A notebook with one cell."""
    cell: dict[str, object] = {
        "cell_type": "code",
        "execution_count": None,
        "id": "litnet-clip",
        "metadata": {},
        "outputs": [],
        "source": text.rstrip("\n"),
    }
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return as_json(
        {"cells": [cell], "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    )
