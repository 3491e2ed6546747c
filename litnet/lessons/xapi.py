"""Questions as xAPI 1.0.3 describes them (Data, 4.1.4.1, interaction activities)."""

from __future__ import annotations

from typing import Any


def definition(question: dict[str, Any], language: str) -> dict[str, Any]:
    """The activity definition of a question that was compiled for a page.

    xAPI has no interaction in which one points at something: neurons are of the kind "other".
    """
    found: dict[str, Any] = {
        "type": "http://adlnet.gov/expapi/activities/cmi.interaction",
        "description": {language: question["text"]},
    }
    answer = question["answer"]
    if question["kind"] == "choice":
        choices = enumerate(question["choices"], start=1)
        return found | {
            "interactionType": "choice",
            "choices": [
                {"id": f"choice-{number}", "description": {language: text}}
                for number, text in choices
            ],
            "correctResponsesPattern": [f"choice-{answer}"],
        }
    if question["kind"] == "number":
        near = question["tolerance"]
        right = f"{answer - near:.9g}[:]{answer + near:.9g}" if near else f"{answer:.15g}"
        return found | {"interactionType": "numeric", "correctResponsesPattern": [right]}
    neuron = f"{question['layer']}/{question['neuron']}"
    return found | {"interactionType": "other", "correctResponsesPattern": [neuron]}
