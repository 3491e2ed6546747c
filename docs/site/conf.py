"""How Sphinx builds the site: ``make docs``."""

from __future__ import annotations

import re
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))  # the checkout, whether it is installed or not

import litnet  # noqa: E402

project = "litnet"
author = copyright = "The litnet authors"
release = version = litnet.__version__
language = "en"

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx_copybutton",
]
root_doc = "index"
source_suffix = {".md": "markdown"}
exclude_patterns = ["files", "extra"]

myst_enable_extensions = ["attrs_block", "attrs_inline", "deflist"]
myst_heading_anchors = 4
myst_links_external_new_tab = False

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_preserve_defaults = True
autodoc_type_aliases = {
    name: name.rpartition(".")[2]
    for name in ("npt.ArrayLike", "Array", "Bytes", "Floats", "Float32", "RGB")
}
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 88
add_module_names = False
toc_object_entries_show_parents = "hide"

pygments_style = "a11y-high-contrast-light"
pygments_dark_style = "a11y-high-contrast-dark"
copybutton_exclude = ".linenos, .gp"

html_theme = "furo"
html_title = "litnet"
html_static_path = [str(HERE / "theme" / "static")]
templates_path = [str(HERE / "theme")]
html_css_files = ["site.css"]
html_js_files = [("site.js", {"defer": "defer"})]
html_copy_source = False
html_show_sphinx = False
html_theme_options = {
    "light_css_variables": {
        "color-brand-primary": "#8a4b00",
        "color-brand-content": "#8a4b00",
        "color-brand-visited": "#6d3fa0",
    },
    "dark_css_variables": {
        "color-brand-primary": "#ffb45c",
        "color-brand-content": "#ffb45c",
        "color-brand-visited": "#cda7ff",
    },
}


HEADS = ("Parameters", "Raises", "Returns", "Yields", "Attributes")
BARS = re.compile(r"(?<!`)\|(\w+)\|(?!`)")  # the size of a number, no name of Sphinx's


def _sections(app, what, name, obj, options, lines):  # type: ignore[no-untyped-def]
    """Sections of a docstring as lists of terms. A section ends where a line at its margin has
    nothing indented below it: what follows is said of the whole again."""
    told = [BARS.sub(r"\\|\1\\|", line) for line in lines]
    lines.clear()
    while told:
        line = told.pop(0)
        if line not in HEADS or not told or set(told[0]) != {"-"}:
            lines.append(line)
            continue
        told.pop(0)
        lines += [f".. rubric:: {line}", ""]
        while len(told) > 1 and told[0].strip() and told[1].startswith(" "):
            lines += [f"``{told.pop(0).strip()}``"]
            while told and (told[0].startswith(" ") or _goes_on(told)):
                lines.append(told.pop(0))
            while told and not told[0].strip():
                lines.append(told.pop(0))
        lines.append("")


def _goes_on(told: list[str]) -> bool:
    """Whether an empty line stands between two paragraphs of one term."""
    return not told[0].strip() and len(told) > 1 and told[1].startswith(" ")


def _collapsed(app, pagename, templatename, context, doctree):  # type: ignore[no-untyped-def]
    """Of other parts of the site the sidebar names no pages: there are over a hundred."""
    if whole := context.get("toctree"):
        context["toctree"] = lambda **options: whole(**{**options, "collapse": True})


def setup(app):  # type: ignore[no-untyped-def]
    """What Sphinx calls."""
    app.connect("autodoc-process-docstring", _sections)
    app.connect("html-page-context", _collapsed, priority=400)  # before the theme looks
