"""The formats in which a clip gets into a lesson: one table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from litnet.lessons.exporters import h5p, notebook, pages, scorm
from litnet.lessons.exporters.job import Export, Job


@dataclass(frozen=True)
class Exporter:
    """One format: ``quiz`` is whether it carries questions, ``package`` whether it is a zip."""

    about: str
    write: Callable[[Job], Export]
    quiz: bool = False
    package: bool = False


EXPORTERS: dict[str, Exporter] = {
    "html": Exporter("a <video> for any page", pages.html_page, quiz=True),
    "iframe": Exporter("a frame around a page of its own", pages.iframe, quiz=True),
    "markdown": Exporter("the poster, a link to the film", pages.markdown),
    "mkdocs": Exporter("for a page of MkDocs", pages.site, quiz=True),
    "zensical": Exporter("for a page of Zensical", pages.site, quiz=True),
    "sphinx": Exporter("a MyST directive", pages.sphinx, quiz=True),
    "quarto": Exporter("a raw block", pages.quarto, quiz=True),
    "reveal": Exporter("a slide, a fragment for each beat", pages.reveal),
    "jupyter": Exporter("a cell, or a notebook (-o FILE.ipynb)", notebook.jupyter),
    "scorm": Exporter("a SCORM 1.2 package", scorm.scorm, quiz=True, package=True),
    "h5p": Exporter("an H5P Interactive Video", h5p.h5p, quiz=True, package=True),
}
