"""Lessons, questions, cards and SVG that are hostile: ``lesson build``, ``embed``."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from arena import EVIL_NAMES, ROOT, SPECIAL, Ended, Field, Place, damaged, put, remove

QUIZ = """
[[question]]
id = "all"
clip = "Recap"
beat = "first"
kind = "number"
answer = "sum(network.sizes)"

[question.en]
text = "How many?"
right = "Yes."
wrong = "No."
"""
TEXT = "# Hostile\n\nText.\n\n![A film](clip:Recap)\n"


class Lesson:
    """A lesson's folder, and what is built of it."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.folder, self.built = place.given / "lesson", place.given / "built"
        self.folder.mkdir()

    def build(self, text: str | bytes = TEXT, **files: str | bytes) -> Ended:
        """Build it of these files; a double underscore in a name stands for a point."""
        for name, content in {"lesson.md": text, **files}.items():
            data = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
            file = self.folder / name.replace("__", ".")
            remove(file)
            file.write_bytes(data)
        return self.again()

    def again(self) -> Ended:
        return self.place.run("lesson", "build", self.folder, "-o", self.built)

    def clear(self) -> None:
        for folder in (self.folder, self.built):
            shutil.rmtree(folder, ignore_errors=True)
        self.folder.mkdir()


@pytest.fixture
def lesson(place: Place) -> Iterator[Lesson]:
    made = Lesson(place)
    yield made
    made.clear()
    made.folder.rmdir()


def test_lessons(attacks: Field, place: Place, lesson: Lesson) -> None:
    """Texts of every kind."""
    attacks.judge("a right one", lesson.build(), refuse=False)
    texts: dict[str, str | bytes] = {
        "nothing": "",
        "NULs": bytes(10_000),
        "no text": b"# \xff\xfe\n",
        "a lone surrogate": "# \ud800\n\nx",
        "20 MB": "# A\n\n" + "word " * 4_000_000,
        "100,000 quotes": "# A\n\n" + ">" * 100_000 + "a",
        "100,000 lists": "# A\n\n" + "- " * 50_000 + "a",
        "50,000 brackets": "# A\n\n" + "[" * 50_000 + "a" + "](b)" * 50_000,
        "50,000 stars": "# A\n\n" + "*a_" * 50_000,
        "backticks": "# A\n\n" + "".join("`" * n + " " for n in range(1500)),
        "a table of 3,000 columns": "# A\n\n"
        + "|a" * 3000
        + "|\n"
        + "|-" * 3000
        + "|\n"
        + "|b" * 9,
        "references": "# A\n\n" + "".join(f"[{n}]: x\n" for n in range(20_000)),
        "a clip that is none": "# A\n\n![a](clip:../../etc/passwd)\n",
        "a network elsewhere": "# A\n\n![a](network:../../../../etc/passwd)\n",
        "a picture elsewhere": "# A\n\n![a](../../../../../../etc/passwd)\n",
        "a device": "# A\n\n![a](/dev/zero)\n",
        "an address with a NUL": "# A\n\n![a](a%00b.png)\n",
    }
    for name in EVIL_NAMES:
        word = name.replace("\n", "%0A")
        texts[f"a clip called {name!a}"] = f"# A\n\n![a](<clip:{word}>)\n"
        texts[f"a picture called {name!a}"] = f"# A\n\n![a](<{word}.png>)\n"
        texts[f"a title of {name!a}"] = f"# {name}\n\n![a](clip:Nowhere)\n"
    for what, source in SOURCES.items():
        texts[f"a value of {what}"] = f"# A\n\n![a](clip:Recap)\n\n[784](<value:Recap#{source}>)\n"
    for what, text in texts.items():
        attacks.judge(what, lesson.build(text))
        lesson.clear()
    whole = (ROOT / "lessons" / "what-is-a-neuron" / "lesson.md").read_bytes()
    for number in range(10):
        attacks.judge(f"damage {number}", lesson.build(damaged(whole, attacks.rng)))
        lesson.clear()
    for kind in SPECIAL:
        for name in ("lesson.md", "quiz.toml"):
            lesson.build()
            put(lesson.folder / name, kind)
            attacks.judge(f"a {kind} for {name}", lesson.again(), refuse=True)
            remove(lesson.folder / name)
    lesson.clear()


# Expressions over a record that are none, or never end.
SOURCES = {
    "a sum of 20,000": "+".join(["1"] * 20_000),
    "20,000 brackets": "(" * 20_000 + "1" + ")" * 20_000,
    "20,000 minuses": "-" * 20_000 + "1",
    "a power": "9**9**9**9",
    "a product that grows": "*".join(["99999999999"] * 3000),
    "5,000 digits": "9" * 5000,
    "a shift": "1<<99999999999",
    "a call": "__import__('os').abort()",
    "an attribute": "network.__class__.__mro__",
    "a slice": "network.sizes[::0]",
    "an index beyond": "network.sizes[99999999999999999999]",
    "a text": "'a' * 9999999999",
    "a comprehension": "[x for x in network.sizes]",
    "escapes": "network.\x1b[2J",
    "another script": "network.\u0455izes",
    "nothing": "",
    "a NUL": "1\0",
}


def test_questions(attacks: Field, place: Place, lesson: Lesson) -> None:
    """``quiz.toml``: of every kind of value, nested, long, with names that act."""
    attacks.judge("a right one", lesson.build(quiz__toml=QUIZ), refuse=False)
    long = "9" * 5000
    cases: dict[str, str | bytes] = {
        "5,000 digits": f"x = {long}",
        "5,000 digits for an answer": QUIZ.replace('"sum(network.sizes)"', long),
        "nested": "x = " + "[" * 20_000,
        "nested tables": "x = " + "{a=" * 20_000,
        "deep keys": ".".join("a" * 20_000) + " = 1",
        "no text": b"\xff\xfe",
        "NULs": bytes(1000),
        "a surrogate": 'x = "\\uD800"',
        "20 MB": "x = '" + "x" * 20_000_000 + "'",
        "a date": "question = 1979-05-27",
        "a question that is a number": "question = 5",
        "questions that are numbers": "question = [5, 6]",
        "200,000 keys": "".join(f"k{n} = 1\n" for n in range(200_000)),
        "NaN": QUIZ.replace('"sum(network.sizes)"', "nan"),
        "infinity": QUIZ.replace('"sum(network.sizes)"', "inf"),
        "a tolerance of NaN": QUIZ.replace("kind =", "tolerance = nan\nkind ="),
        "3,000 questions": QUIZ * 3000,
    }
    values = ("5", "nan", "[]", "{}", '""', "true", "1979-05-27", "-1", '"' + "x" * 100_000 + '"')
    for key in ("id", "clip", "beat", "kind", "answer", "text", "right", "wrong"):
        for value in attacks.random.sample(values, 4):
            cases[f"{key} = {value[:20]}"] = re.sub(f"(?m)^{key} = .*$", f"{key} = {value}", QUIZ)
        for name in attacks.random.sample(EVIL_NAMES, 2):
            changed = re.sub(
                f"(?m)^{key} = .*$", lambda _, k=key, n=name: f"{k} = {json.dumps(n)}", QUIZ
            )
            cases[f"{key} = {name!a}"] = changed
    for what, source in SOURCES.items():
        word = json.dumps(source)
        cases[f"an answer of {what}"] = QUIZ.replace('"sum(network.sizes)"', word)
    for number in range(20):
        cases[f"damage {number}"] = damaged(QUIZ.encode(), attacks.rng)
    for what, text in cases.items():
        attacks.judge(what, lesson.build(quiz__toml=text))
        file = lesson.folder / "quiz.toml"
        if attacks.random.random() < 0.3:
            words = ("embed", "Recap", "-f", "scorm", "--quiz", file, "-o", place.given / "q.zip")
            ended = place.run(*words)
            attacks.judge(f"embed: {what}", ended)
    remove(place.given / "q.zip")
    for kind in SPECIAL:
        put(lesson.folder / "quiz.toml", kind)
        ended = place.run(
            "embed", "Recap", "--format", "html", "--quiz", lesson.folder / "quiz.toml"
        )
        attacks.judge(f"embed: a {kind}", ended, refuse=True)
    lesson.clear()


# --- cards ----------------------------------------------------------------------------------------
def test_cards(attacks: Field, place: Place, lesson: Lesson) -> None:
    """The card beside a model, which lessons and renders read for the classes' names."""
    text = "# A\n\n![A film](clip:Recap)\n\n![Draw](network:m.npz)\n"
    model = (ROOT / "assets" / "models" / "early.npz").read_bytes()
    fence = "```json\n{}\n```\n"

    def card(classes: object) -> str:
        return fence.format(json.dumps({"classes": classes}))

    ten = [str(n) for n in range(10)]
    attacks.judge("a right one", lesson.build(text, m__npz=model, m__md=card(ten)), refuse=False)
    cards: dict[str, str | bytes] = {
        "100,000 lists": fence.format('{"classes": ' + "[" * 100_000),
        "1,500 lists": fence.format('{"classes": ' + "[" * 1500 + "]" * 1500 + "}"),
        "5,000 digits": fence.format('{"classes": ' + "9" * 5000 + "}"),
        "a surrogate": fence.format('{"classes": ["\\ud800","1","2","3","4","5","6","7","8","9"]}'),
        "no JSON": fence.format("{"),
        "a list": fence.format("[1, 2]"),
        "NaN": fence.format('{"classes": NaN}'),
        "numbers": card(list(range(10))),
        "lists": card([[]] * 10),
        "nine": card(ten[:9]),
        "a million": card(["x"] * 1_000_000),
        "long ones": card(["x" * 100_000] * 10),
        "empty ones": card([""] * 10),
        "a text": card("0123456789"),
        "50 MB": "x" * 50_000_000,
        "50,000 fences": fence.format("{") * 50_000,
        "no text": b"```json\n\xff\xfe\n```",
    }
    for name in EVIL_NAMES:
        cards[f"a class called {name!a}"] = card([name, *ten[1:]])
    for what, content in cards.items():
        attacks.judge(what, lesson.build(text, m__npz=model, m__md=content))
    (lesson.folder / "m.md").unlink()
    for kind in SPECIAL:
        put(lesson.folder / "m.md", kind)
        attacks.judge(f"a {kind} for a card", lesson.again(), refuse=True)
    lesson.clear()
    own = place.given / "m.npz"
    own.write_bytes(model)
    for what in ("pipe", "endless", "100,000 lists", "a surrogate", "5,000 digits"):
        if what in SPECIAL:
            put(own.with_suffix(".md"), what)
        else:
            remove(own.with_suffix(".md"))
            own.with_suffix(".md").write_text(str(cards[what]), encoding="utf-8")
        ended = place.run("render", "Recap", "-q", "l", "--model", own, "--workers", "1")
        # A name that cannot be shown is left out.
        attacks.judge(f"render: {what}", ended, refuse=None if what == "a surrogate" else True)
        remove(own.with_suffix(".md"))
    own.unlink()


# --- SVG ------------------------------------------------------------------------------------------
HEAD = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
RUN, JS, XHTML = "alert(1)", "javascript:alert(1)", "http://www.w3.org/1999/xhtml"
SVG = {
    "a script": f"{HEAD}><script>alert(1)</script></svg>",
    "a script of another prefix": '<s:svg xmlns:s="http://www.w3.org/2000/svg"><s:script>alert(1)</s:script></s:svg>',
    "a handler": f'{HEAD} onload="alert(1)"/>',
    "a handler in capitals": f'{HEAD} ONLOAD="alert(1)" onLoad="alert(2)"/>',
    "a link that runs": f'{HEAD}><a xlink:href="javascript:alert(1)"><text>a</text></a></svg>',
    "a link that runs, hidden": f'{HEAD}><a href=" java&#x9;script:{RUN}"/></svg>',
    "a foreign object": f'{HEAD}><foreignObject><body xmlns="http://www.w3.org/1999/xhtml"><script>alert(1)</script></body></foreignObject></svg>',
    "a foreign picture": f'{HEAD}><image href="http://example.org/x.png"/></svg>',
    "a use of elsewhere": f'{HEAD}><use href="http://example.org/x.svg#a"/></svg>',
    "a style from elsewhere": f"{HEAD}><style>@import url(http://example.org/x.css);</style></svg>",
    "a style that fetches": f'{HEAD}><rect style="fill:url(http://example.org/x.svg#a)"/></svg>',
    "an animation of a link": f'{HEAD}><a><animate attributeName="href" values="{JS}"/></a></svg>',
    "a set handler": f'{HEAD}><set attributeName="onload" to="alert(1)"/></svg>',
    "a style sheet": f'<?xml-stylesheet href="http://example.org/x.xsl"?>{HEAD}/>',
    "an entity": '<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + f"{HEAD}>&a;</svg>",
    "a data address that runs": f'{HEAD}><a href="data:text/html,&lt;script>{RUN}"/></svg>',
    "a frame": f'{HEAD}><iframe xmlns="{XHTML}" src="{JS}"/></svg>',
}
LAUGHS = "<!DOCTYPE svg [<!ENTITY a0 'ha'>" + "".join(
    f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 12)
)
BOMBS = {
    "a billion laughs": LAUGHS + f"]>{HEAD}>&a11;</svg>",
    "100,000 groups": HEAD + ">" + "<g>" * 100_000,
    "100,000 closed groups": HEAD + ">" + "<g>" * 100_000 + "</g>" * 100_000 + "</svg>",
    "30 MB": HEAD + ">" + "<g/>" * 7_000_000 + "</svg>",
    "100,000 attributes": HEAD + " ".join(f"a{n}='1'" for n in range(100_000)) + "/>",
    "no XML": "<svg",
    "nothing": "",
    "UTF-16": f"{HEAD}><script>alert(1)</script></svg>".encode("utf-16"),
    "UTF-7": '<?xml version="1.0" encoding="UTF-7"?>+ADw-svg/>',
    "NULs": bytes(1000),
}
ACTIVE = re.compile(
    r"<(\w+:)?script|\son\w+\s*=|javascript:|foreignobject|example\.org|<!entity|<iframe"
    r"|text/html|xml-stylesheet|attributename\s*=\s*[\"'](xlink:)?(href|on)",
    re.IGNORECASE,
)


def test_svg(attacks: Field, place: Place, lesson: Lesson) -> None:
    """Scripts, handlers and links in a picture are refused, or are gone from what is built."""
    for what, content in (*SVG.items(), *BOMBS.items()):
        data = content if isinstance(content, bytes) else content.encode()
        ended = lesson.build("# A\n\n![a](p.svg)\n", p__svg=data)
        also = []
        if ended.code == 0:
            for file in lesson.built.rglob("*.svg"):
                text = file.read_bytes()
                decoded = (
                    text.decode("utf-16")
                    if text[:2] in (b"\xff\xfe", b"\xfe\xff")
                    else text.decode("utf-8", "replace")
                )
                if found := ACTIVE.search(re.sub(r"&#x9;|\s(?=script:)", "", decoded)):
                    also.append(f"{found[0]!r} is in what was built")
        attacks.judge(f"SVG: {what}", ended, also=also)
        lesson.clear()
    for kind in SPECIAL:
        lesson.build("# A\n\n![a](p.svg)\n", p__svg="x")
        put(lesson.folder / "p.svg", kind)
        attacks.judge(f"SVG: a {kind}", lesson.again(), refuse=True)
        remove(lesson.folder / "p.svg")


def test_outputs(attacks: Field, place: Place, lesson: Lesson) -> None:
    """Where a lesson or an embedding may be written to: never over what is somebody else's."""
    lesson.build()
    other = place.given / "other"
    other.mkdir()
    (other / "mine.txt").write_text("mine")
    (place.given / "to-other").symlink_to(other)
    for output in (other, place.given / "to-other", lesson.folder, place.given, Path("/")):
        ended = place.run("lesson", "build", lesson.folder, "-o", output)
        also = [] if (other / "mine.txt").exists() else ["somebody's folder was replaced"]
        attacks.judge(f"-o {output.name}", ended, refuse=True, also=also)
    for kind in SPECIAL:
        if kind != "folder":
            put(place.given / "out", kind)
            ended = place.run("lesson", "build", lesson.folder, "-o", place.given / "out")
            attacks.judge(f"-o a {kind}", ended)
            remove(place.given / "out")
    for name in ("x" * 300, EVIL_NAMES[0], "a/b/c"):
        for words in (
            ("lesson", "build", place.given / name),
            ("embed", "Recap", "-o", place.given / f"{name}.html", "--quiz", place.given / name),
            ("embed", "Recap", "--h5p-template", place.given / name, "-f", "h5p", "-o", "x.h5p"),
            ("embed", name),
            ("embed", "Recap", "--language", name),
        ):
            attacks.judge("a name", place.run(*words), refuse=True)
    shutil.rmtree(other)
    (place.given / "to-other").unlink()
