"""H5P Interactive Video: the film, its captions and its questions, for the author's libraries.

What stands in ``content.json`` is what the semantics of the content types H5P.InteractiveVideo,
H5P.MultiChoice and H5P.Blanks ask for. Their fields hold HTML, so all text is escaped.
"""

from __future__ import annotations

import html
import math
import uuid
from collections import Counter
from fractions import Fraction
from typing import Any

from litnet.lessons.clip import Clip
from litnet.lessons.exporters.h5p_template import Library, Template
from litnet.lessons.exporters.job import Content, Export, Job, as_json
from litnet.lessons.exporters.scorm import zipped
from litnet.narration import said
from litnet.record.words import one_line
from network.errors import InputError

VIDEO = "H5P.InteractiveVideo"
KINDS = {"choice": "H5P.MultiChoice", "number": "H5P.Blanks"}
ALTERNATIVES = 40  # how many numbers within a tolerance are listed as right
_SHOWN = 1.0  # seconds for which a question stays when the film goes on
_BEFORE_END = 0.1  # seconds: the player looks at the clock only 25 times a second
_IDS = uuid.UUID("5b7c2f6e-6a0e-4d0c-9a53-0f1f4f4f8a11")  # of litnet's questions in H5P


def h5p(job: Job) -> Export:
    """The package, a zip file; ``said`` names the questions that H5P cannot ask.

    Raises
    ------
    InputError
        There is no template, it is not one, or it lacks a library that is needed.
    """
    clip = job.clip
    if job.template is None:
        raise InputError(
            "found no H5P libraries, which litnet does not ship; expected --h5p-template with an "
            "Interactive Video that you exported as .h5p from your course platform or H5P editor "
            "(holding a question of each kind that you ask), or with a folder of H5P libraries."
        )
    template = Template(job.template)
    carried = [question for question in job.quiz if question["kind"] in KINDS]
    main = template.library(VIDEO)
    names = {question["kind"]: KINDS[question["kind"]] for question in carried}
    used = {kind: template.offered(name, main) for kind, name in sorted(names.items())}
    preloaded, others = template.needed([main, *used.values()])

    files: dict[str, Content] = {
        f"content/videos/{clip.name}.mp4": clip.video,
        f"content/images/{clip.name}.jpg": clip.poster,
    }
    for language, track in clip.tracks.items():
        file = f"content/files/{clip.name}.{language}.vtt"
        files[file] = track.captions_vtt().encode()
    files["content/content.json"] = as_json(_content(clip, carried, used)).encode()
    about = {
        "title": _escaped(clip.title, 255),
        "language": clip.language,
        "mainLibrary": VIDEO,
        "embedTypes": ["iframe"],
        "license": "U",
        "defaultLanguage": clip.language,
        "preloadedDependencies": [library.reference for library in preloaded],
    }
    files["h5p.json"] = as_json(about).encode()
    for library in (*preloaded, *others):
        for name, content in template.files(library).items():
            files[f"{library.folder}/{name}"] = content
    return Export(zipped(dict(sorted(files.items()))), said=_said(job, carried))


def _said(job: Job, carried: list[dict[str, Any]]) -> tuple[str, ...]:
    said = []
    left = [str(question["id"]) for question in job.quiz if question not in carried]
    if left:
        said.append(
            f"H5P has no question in which a neuron is clicked, so these are not in the package: "
            f"{', '.join(left)}."
        )
    near = [str(question["id"]) for question in carried if question["tolerance"]]
    if near:
        said.append(
            "H5P compares what is typed, so of the numbers within the tolerance only the "
            f"shortest ones are accepted: {', '.join(near)}."
        )
    return tuple(said)


# --- what is shown ------------------------------------------------------------------------------
def _content(
    clip: Clip, questions: list[dict[str, Any]], used: dict[str, Library]
) -> dict[str, Any]:
    rights = {"license": "U"}
    tracks = [
        {
            "label": _escaped(track.label),
            "kind": "captions",
            "srcLang": language,
            "track": {
                "path": f"files/{clip.name}.{language}.vtt",
                "mime": "text/vtt",
                "copyright": rights,
            },
        }
        for language, track in clip.tracks.items()
    ]
    poster = {
        "path": f"images/{clip.name}.jpg",
        "mime": "image/jpeg",
        "copyright": rights,
        "width": clip.width,
        "height": clip.height,
    }
    film = {"path": f"videos/{clip.name}.mp4", "mime": "video/mp4", "copyright": rights}
    return {
        "interactiveVideo": {
            "video": {
                "startScreenOptions": {
                    "title": _escaped(clip.title, 60),
                    "hideStartTitle": False,
                    "poster": poster,
                },
                "textTracks": {"videoTrack": tracks},
                "files": [film],
            },
            "assets": {
                "interactions": _interactions(clip, questions, used),
                "bookmarks": [
                    {"time": round(beat.start, 3), "label": _escaped(beat.title)}
                    for beat in clip.beats
                ],
                "endscreens": [],
            },
        },
        "override": {
            "autoplay": False,
            "loop": False,
            "showBookmarksmenuOnLoad": False,
            "showRewind10": False,
            "preventSkippingMode": "none",
            "deactivateSound": False,
        },
    }


def _interactions(
    clip: Clip, questions: list[dict[str, Any]], used: dict[str, Library]
) -> list[dict[str, Any]]:
    """The questions at their times. Those of one moment are buttons beside each other."""
    times = [min(float(q["time"]), clip.duration - _BEFORE_END) for q in questions]
    together = Counter(times)
    seen: Counter[float] = Counter()
    found = []
    for question, time in zip(questions, times, strict=True):
        later = [other - 0.001 for other in times if other > time]
        seen[time] += 1
        library = used[question["kind"]]
        make = _choice if question["kind"] == "choice" else _number
        alone = together[time] == 1
        found.append(
            {
                "duration": {
                    "from": round(max(0.0, time), 6),
                    "to": round(min(time + _SHOWN, clip.duration, *later), 6),
                },
                "pause": True,
                "displayType": "poster" if alone else "button",
                "buttonOnMobile": True,
                "label": "" if alone else f"<p>{seen[time]}</p>",
                "x": 12.5 if alone else 10 * seen[time] % 90,
                "y": 8 if alone else 40,
                "width": 30,
                "height": 18,
                "libraryTitle": library.title,
                "action": {
                    "library": library.name_and_version,
                    "params": make(question, clip.language),
                    "subContentId": str(uuid.uuid5(_IDS, f"{clip.name}/{question['id']}")),
                    "metadata": {
                        "contentType": library.title,
                        "license": "U",
                        "title": _escaped(question["text"], 255),
                    },
                },
                "adaptivity": {
                    "correct": {"allowOptOut": False, "message": ""},
                    "wrong": {"allowOptOut": False, "message": ""},
                    "requireCompletion": False,
                },
                "visuals": {"backgroundColor": "rgb(255, 255, 255)", "boxShadow": True},
            }
        )
    return found


def _choice(question: dict[str, Any], language: str) -> dict[str, Any]:
    return {
        "question": f"<p>{_escaped(question['text'])}</p>",
        "answers": [
            {
                "text": f"<div>{_escaped(choice)}</div>",
                "correct": number == question["answer"],
                "tipsAndFeedback": {"tip": "", "chosenFeedback": "", "notChosenFeedback": ""},
            }
            for number, choice in enumerate(question["choices"], 1)
        ],
        "overallFeedback": _feedback(question),
        "behaviour": {
            "enableRetry": True,
            "enableSolutionsButton": True,
            "enableCheckButton": True,
            "type": "single",
            "singlePoint": True,
            "randomAnswers": False,
            "showSolutionsRequiresInput": True,
            "confirmCheckDialog": False,
            "confirmRetryDialog": False,
            "autoCheck": False,
            "passPercentage": 100,
            "showScorePoints": False,
        },
        "UI": {
            "checkAnswerButton": said("H5P.check", language),
            "showSolutionButton": said("H5P.solution", language),
            "tryAgainButton": said("H5P.retry", language),
        },
    }


def _number(question: dict[str, Any], language: str) -> dict[str, Any]:
    """The question stands above the line with the blank, so that no sign of it makes a blank."""
    right = right_answers(question["answer"], question["tolerance"] or 0)
    return {
        "text": f"<p>{_escaped(question['text'])}</p>",
        "questions": [f"<p>*{'/'.join(right)}*</p>"],
        "overallFeedback": _feedback(question),
        "showSolutions": said("H5P.solution", language),
        "tryAgain": said("H5P.retry", language),
        "checkAnswer": said("H5P.check", language),
        "notFilledOut": said("H5P.number", language),
        "behaviour": {
            "enableRetry": True,
            "enableSolutionsButton": True,
            "enableCheckButton": True,
            "autoCheck": False,
            "caseSensitive": False,
            "showSolutionsRequiresInput": True,
            "separateLines": False,
            "confirmCheckDialog": False,
            "confirmRetryDialog": False,
            "acceptSpellingErrors": False,
        },
    }


def right_answers(answer: float, tolerance: float) -> list[str]:
    """What may be typed for a number, the number itself first; at most ``ALTERNATIVES`` numbers.

    Within a tolerance, those with the fewest decimals. Decimals are accepted after a point and
    after a comma.

    >>> right_answers(784, 1)
    ['784', '783', '785']
    >>> right_answers(0.5, 0)
    ['0.5', '0,5']
    """
    middle, width = Fraction(str(answer)), Fraction(str(tolerance))
    found = {middle: _decimal(middle)}
    for decimals in range(7 if width else 0):
        step = Fraction(1, 10**decimals)
        first, last = math.ceil((middle - width) / step), math.floor((middle + width) / step)
        if last - first + 1 + len(found) > ALTERNATIVES:
            # Too many: those nearest to the answer, unless shorter ones are there already.
            if len(found) == 1:
                near = sorted(range(-ALTERNATIVES // 2, ALTERNATIVES // 2), key=abs)
                for k in near:
                    value = (round(middle / step) + k) * step
                    if abs(value - middle) <= width:
                        found.setdefault(value, _decimal(value))
            break
        for k in range(first, last + 1):
            found.setdefault(k * step, _decimal(k * step))
        if len(found) > 2 and (middle / step).denominator == 1:
            break  # 784 within 1: nobody types 783.4
    texts = []
    for text in found.values():
        texts += [text, text.replace(".", ",")] if "." in text else [text]
    return texts


def _decimal(value: Fraction) -> str:
    """A number as people type it: no exponent, no zeros at the end."""
    if value.denominator == 1:
        return str(value.numerator)
    return f"{float(value):.12f}".rstrip("0").rstrip(".")


def _feedback(question: dict[str, Any]) -> list[dict[str, Any]]:
    """For no point and for all of them. H5P puts the score where "@score" stands: not here."""
    wrong = " ".join(filter(None, (question["wrong"], question["hint"])))
    return [
        {"from": first, "to": last, "feedback": _escaped(text).replace("@", "&#64;")}
        for first, last, text in ((0, 99, wrong), (100, 100, question["right"]))
    ]


def _escaped(words: object, most: int | None = None) -> str:
    """Words on one line as HTML in which nothing is a mark of H5P's, at most ``most`` long."""
    text = one_line(words)

    def made(text: str) -> str:
        return html.escape(text, quote=True).replace("*", "&#42;")

    if most is not None and len(made(text)) > most:
        while len(made(text)) > most - 1:
            text = text[:-1]
        text = f"{text.rstrip()}…"
    return made(text)
