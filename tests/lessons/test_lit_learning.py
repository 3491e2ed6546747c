"""``<lit-network>`` learns, in a real Chromium: its numbers are NumPy's, the film's stay."""

from __future__ import annotations

import zlib
from base64 import b64decode
from pathlib import Path

import numpy as np
import pytest
from browser import NODE_MODULES, needs_chromium, needs_npm_packages, soon
from film import ROOT
from test_lit_network import ELEMENT, SHAPES, draw, opened, read, write_page

from litnet.lessons.learning import (
    bundled_data,
    history_data,
    run_of,
    training_data,
    write_learning,
)
from litnet.lessons.weights import write_weights
from network import ACTIVATIONS, MLP, Dense, History, load_network
from network.digits import bundled_digits, training_digits
from network.losses import one_hot
from network.parameters import layers_of, parameters_of

pytestmark = needs_chromium

LEARNER = ROOT / "assets" / "models" / "learner.npz"
WAYS = ("epochs", "teach", "knob", "train")
# The weights of the network that the element shows, all in one row.
SHOWN = f"[...{ELEMENT}.net.layers].flatMap(({{w, b}}) => [...w, ...b])"
OWN = f"[...{ELEMENT}.network.layers].flatMap(({{w, b}}) => [...w, ...b])"


@pytest.fixture(scope="session")
def learner() -> MLP:
    return load_network(LEARNER)


@pytest.fixture(scope="session")
def run(learner: MLP) -> History:
    found = run_of(LEARNER, learner)
    assert found is not None
    return found


@pytest.fixture(scope="session")
def folder(learner: MLP, run: History, tmp_path_factory) -> Path:
    """Pages with all that there is to learn with. Tests only look at it."""
    made = tmp_path_factory.mktemp("learning")
    about = write_learning(made, "net", learner, run)
    three = next(digit for digit in bundled_digits() if digit.label == 3)
    examples = [("3", three.image())]
    write_weights(learner, made / "net.weights.js", "net", examples=examples, learning=about)
    for language in ("en", "ko", "de"):
        write_page(made, language=language)
    return made


@pytest.fixture
def here(page, folder: Path):
    """The page, with a 3 drawn."""
    page.goto((folder / "en.html").as_uri())
    page.locator("lit-network canvas[role=img]").first.wait_for()
    draw(page, SHAPES["three"])
    return page


def go(page, way: str, *, load: bool = True) -> object:
    """The panel of a way, with its data loaded."""
    page.locator(f"lit-network #tab-{way}").click()
    panel = page.locator(f"lit-network #{way}")
    if load and way != "teach":
        panel.locator("button.main").click()
        panel.locator(".two").first.wait_for()
    return panel


def image_of(page) -> np.ndarray:
    return np.array(read(page)["values"])


def slide(panel, value: float) -> None:
    panel.locator("input[type=range]").evaluate(
        "(e, v) => { e.value = v; e.dispatchEvent(new Event('input')); }", value
    )


# --- Numbers ----------------------------------------------------------------------------------
@pytest.mark.parametrize("name", [*ACTIVATIONS, "leaky_relu:0.3"])
def test_backward_gives_what_numpy_gives(page, name: str, tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    hidden = "tanh" if name == "softmax" else name

    def drawn(*shape: int) -> np.ndarray:  # exact in float32, as the file of weights has them
        return rng.normal(0, 0.5, shape).astype(np.float32)

    net = MLP(
        (
            Dense(drawn(9, 64), drawn(9), hidden),
            Dense(drawn(5, 9), drawn(5), name),
        )
    )
    opened(page, tmp_path, net)
    for label in range(3):
        x, y = rng.uniform(-0.5, 1, 64), one_hot([label], 5)[0]
        found = page.evaluate(
            f"""([x, y]) => {{
                const {{ cost, slopes, gradient }} = {ELEMENT}.backward(x, y);
                const plain = (arrays) => arrays.map((a) => [...a]);
                return {{ cost, slopes: plain(slopes), w: plain(gradient.map((g) => g.w)),
                          b: plain(gradient.map((g) => g.b)) }};
            }}""",
            [x.tolist(), y.tolist()],
        )
        back = net.backward(x, y)
        assert found["cost"] == pytest.approx(back.cost, abs=1e-6)
        for key, expected in (
            ("slopes", back.activations),
            ("w", [w.ravel() for w in back.weights]),
            ("b", back.biases),
        ):
            for mine, numpys in zip(found[key], expected, strict=True):
                assert np.abs(np.array(mine) - numpys).max() < 1e-6, key


def test_a_step_on_a_batch_is_numpys(page, learner: MLP, run: History, folder: Path) -> None:
    page.goto((folder / "en.html").as_uri())
    page.locator("lit-network canvas[role=img]").first.wait_for()
    images, labels = training_digits()
    x = images[:32].reshape(32, -1) / 255
    y = one_hot(labels[:32], 10)
    found = page.evaluate(
        f"""([x, y]) => {ELEMENT}.stepped(x, y, 1.5).flatMap(({{w, b}}) => [...w, ...b])""",
        [x.tolist(), y.tolist()],
    )
    back = learner.backward(x, y)
    slopes = np.concatenate(
        [p.ravel() for pair in zip(back.weights, back.biases, strict=True) for p in pair]
    )
    before = parameters_of(learner)
    assert np.abs(np.array(found) - (before - run.learning_rate * slopes)).max() < 1e-6
    assert np.abs(np.array(found) - before).max() > 1e-3
    assert np.array_equal(page.evaluate(OWN), before)


# --- Through the epochs -----------------------------------------------------------------------
def test_each_snapshot_reads_the_drawing_as_it_did(here, run: History) -> None:
    assert not here.evaluate("'litnetLearning' in globalThis")  # nothing is loaded unasked
    image = image_of(here)
    panel = go(here, "epochs", load=False)
    assert panel.locator("button.main").inner_text() == "Load (1,319 kB)"
    go(here, "epochs")
    for k in (0, 3, 8, 12, 18):
        slide(panel, k)
        found = read(here)
        snapshot = run.snapshots[k]
        answer = snapshot.mlp.forward(image)
        assert found["name"] == str(answer.prediction)
        assert found["confidence"] == pytest.approx(answer.confidence, abs=1e-6)
        said = panel.locator("output").inner_text()
        assert said == f"Epoch {snapshot.epoch}, step {snapshot.step:,}"
        whole = snapshot.step == snapshot.epoch * run.steps_an_epoch
        facts = panel.locator("p.facts")
        assert facts.is_visible() == whole
        if whole:
            cost, part = run.costs[snapshot.epoch], run.unseen_accuracies[snapshot.epoch]
            assert f"{cost:.2f} cost" in facts.inner_text()
            assert f"{100 * part:.0f}%" in facts.inner_text()
    here.locator("lit-network #tab-drawing").click()
    assert read(here)["confidence"] == pytest.approx(run.mlp.forward(image).confidence, abs=1e-6)


def test_it_plays_through_the_epochs_to_the_end(here) -> None:
    panel = go(here, "epochs")
    slide(panel, 16)
    panel.get_by_role("button", name="Play").click()
    soon(here, f"() => {ELEMENT}.shadowRoot.querySelector('#epochs input').value === '18'")
    panel.get_by_role("button", name="Play").wait_for()


# --- Teach it ---------------------------------------------------------------------------------
def numbers(panel) -> list[str]:
    return panel.locator(".facts b").all_inner_texts()


def test_a_step_is_predicted_measured_and_taken_back(here, learner: MLP) -> None:
    image = image_of(here)
    panel = go(here, "teach")
    panel.locator(".option").nth(8).click()
    read(here)
    y = one_hot([8], 10)[0]
    back = learner.backward(image, y)
    square = sum(float((g**2).sum()) for g in (*back.weights, *back.biases))
    now, predicted, measured = numbers(panel)
    assert now == f"{back.cost:.3f}" and measured == "–"
    assert predicted == f"{back.cost - 1.5 * square:.3f}".replace("-", "\N{MINUS SIGN}")
    label = panel.locator("canvas[role=img]").get_attribute("aria-label")
    for name, slope in enumerate(back.activations[-1]):
        assert (
            f"{name}: {-slope:.2f}".replace("-", "\N{MINUS SIGN}").replace("−0.00", "0.00") in label
        )
    panel.get_by_role("button", name="Take a step").click()
    read(here)
    layers = [
        Dense(one.weights - 1.5 * w, one.biases - 1.5 * b, one.activation)
        for one, w, b in zip(learner.layers, back.weights, back.biases, strict=True)
    ]
    taught = MLP(tuple(layers))
    cost = taught.backward(image, y).cost
    assert numbers(panel) == [now, predicted, f"{cost:.3f}"]
    assert np.abs(np.array(here.evaluate(SHOWN)) - parameters_of(taught)).max() < 1e-9
    assert np.array_equal(here.evaluate(OWN), parameters_of(learner))
    panel.get_by_role("button", name="Step back").click()
    read(here)
    assert np.array_equal(here.evaluate(SHOWN), parameters_of(learner))
    assert numbers(panel) == [now, predicted, "–"]
    slide(panel, -2)
    read(here)
    assert numbers(panel)[1] == f"{back.cost - 0.01 * square:.3f}"


# --- Turn a knob ------------------------------------------------------------------------------
def test_a_turned_weight_costs_what_numpy_says(here, learner: MLP) -> None:
    panel = go(here, "knob")
    for name, value in (("Layer", 3), ("Neuron", 5), ("From", 11)):
        box = panel.get_by_label(name, exact=True)
        box.fill(str(value))
        box.press("Enter")
    slide(panel, 1.25)
    read(here)
    weights = np.array(learner.layers[1].weights)
    weights[4, 10] = 1.25
    turned = MLP(
        (
            learner.layers[0],
            Dense(weights, learner.layers[1].biases, "sigmoid"),
            learner.layers[2],
        )
    )
    x = np.array([digit.image().ravel() for digit in bundled_digits()])
    y = one_hot([digit.label for digit in bundled_digits()], 10)
    assert numbers(panel)[0] == f"{turned.backward(x, y).cost:.4f}"
    assert np.abs(np.array(here.evaluate(SHOWN)) - parameters_of(turned)).max() < 1e-12
    panel.get_by_role("button", name="As it was").click()
    read(here)
    assert numbers(panel)[0] == f"{learner.backward(x, y).cost:.4f}"
    assert np.array_equal(here.evaluate(OWN), parameters_of(learner))


def test_a_weight_is_chosen_by_pointing(here) -> None:
    panel = go(here, "knob")
    box = here.locator("lit-network .net canvas").first.bounding_box()
    place = here.evaluate(
        f"(() => {{ const b = {ELEMENT}.light.blocks[1]; return [b.x[6], b.y[6]]; }})()"
    )
    here.mouse.click(box["x"] + place[0], box["y"] + place[1])
    assert panel.get_by_label("Neuron", exact=True).input_value() == "7"
    eye = panel.locator("canvas.eye")
    side = eye.bounding_box()["width"] / 28
    eye.click(position={"x": 3.5 * side, "y": 5.5 * side})
    assert panel.get_by_label("From", exact=True).input_value() == str(5 * 28 + 4)
    assert "Pixel, row 6, column 4" in panel.inner_text()


# --- Train here -------------------------------------------------------------------------------
MOMENTS = f"""{ELEMENT}.panel.moments().map((m) => ({{
    epoch: m.epoch, step: m.step, cost: m.cost, right: m.right, answers: [...m.answers],
    weights: m.weights.flatMap(({{w, b}}) => [...w, ...b]),
}}))"""


def trained(page, until: int = 1) -> list[dict]:
    """The moments of a training, stopped after some epochs."""
    panel = go(page, "train")
    panel.get_by_role("button", name="Train", exact=True).click()
    soon(page, f"() => {ELEMENT}.panel.moments().some((m) => m.epoch >= {until})", 60)
    panel.get_by_role("button", name="Stop").click()
    moments = page.evaluate(MOMENTS)
    page.wait_for_timeout(200)
    assert len(page.evaluate(MOMENTS)) == len(moments)  # it has stopped
    return moments


def test_it_trains_beside_the_page_and_leaves_the_film_alone(here, learner: MLP) -> None:
    moments = trained(here, 2)
    assert [m["epoch"] for m in moments if m["epoch"] == int(m["epoch"])][:3] == [0, 1, 2]
    assert moments[0]["cost"] > 2 and moments[-1]["cost"] < 1
    assert np.array_equal(here.evaluate(OWN), parameters_of(learner))
    # What it says of the network is what NumPy says of the same weights.
    last = moments[-1]
    net = MLP(
        tuple(
            Dense(w, b, "sigmoid") for w, b in layers_of(np.array(last["weights"]), learner.sizes)
        )
    )
    digits = bundled_digits()
    x = np.array([digit.image().ravel() for digit in digits])
    answers = net.forward(x).prediction
    assert last["answers"] == answers.tolist()
    assert last["right"] == int(np.sum(answers == [digit.label for digit in digits]))
    data = training_data()
    pixels = np.frombuffer(zlib.decompress(b64decode(data["pixels"])), dtype=np.uint8)
    own = net.backward(pixels.reshape(-1, 784) / 255, one_hot(data["labels"], 10))
    assert last["cost"] == pytest.approx(own.cost, abs=1e-6)


def test_without_a_worker_it_trains_in_the_page_to_the_same_numbers(
    here, new_page, folder: Path, tmp_path: Path
) -> None:
    beside = trained(here)
    for file in folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    text = (folder / "en.html").read_text(encoding="utf-8")
    (tmp_path / "en.html").write_text(text.replace("worker-src blob:; ", ""), encoding="utf-8")
    other = new_page(expects_errors=True, viewport={"width": 1280, "height": 800})
    other.goto((tmp_path / "en.html").as_uri())
    other.locator("lit-network canvas[role=img]").first.wait_for()
    draw(other, SHAPES["three"])
    inside = trained(other)
    for one, two in zip(beside, inside, strict=False):
        assert one == two


# --- The files --------------------------------------------------------------------------------
def test_the_training_digits_are_a_fixed_fair_choice() -> None:
    data = training_data()
    assert data == training_data() and len(data["labels"]) == 2000
    assert all(data["labels"].count(label) == 200 for label in range(10))
    held = {digit.image().tobytes() for digit in bundled_digits()}
    pixels = np.frombuffer(zlib.decompress(b64decode(data["pixels"])), dtype=np.uint8)
    assert not held & {image.tobytes() for image in pixels.reshape(-1, 28, 28) / 255}
    assert len(bundled_data()["labels"]) == 200


def test_a_run_is_exact_in_float32(run: History) -> None:
    data = history_data(run)
    numbers = np.frombuffer(b64decode(data["weights"]), "<f4").reshape(len(run.snapshots), -1)
    for row, snapshot in zip(numbers, run.snapshots, strict=True):
        assert np.array_equal(row.astype(np.float64), parameters_of(snapshot.mlp))


def test_what_is_damaged_or_missing_is_said(new_page, folder: Path, tmp_path: Path) -> None:
    for file in folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    history = (tmp_path / "net.history.js").read_text(encoding="utf-8")
    at = history.index('"weights":"') + 400
    other = "A" if history[at] != "A" else "B"
    (tmp_path / "net.history.js").write_text(history[:at] + other + history[at + 1 :], "utf-8")
    (tmp_path / "digits.unseen.js").unlink()
    page = new_page(expects_errors=True, viewport={"width": 1280, "height": 800})
    page.goto((tmp_path / "en.html").as_uri())
    for way, why in (("epochs", "its file of weights is damaged"), ("knob", "it is missing")):
        page.locator(f"lit-network #tab-{way}").click()
        panel = page.locator(f"lit-network #{way}")
        panel.locator("button.main").click()
        panel.get_by_text(f"This file cannot be used: {why}.").wait_for()
        assert panel.locator("button.main").is_enabled()


def test_a_network_of_other_pictures_has_nothing_to_learn_with(tmp_path: Path) -> None:
    net = MLP((Dense(np.zeros((3, 64)), np.zeros(3), "sigmoid"),))
    assert write_learning(tmp_path, "n", net) is None
    assert not list(tmp_path.iterdir())


# --- For everybody ----------------------------------------------------------------------------
def test_the_tabs_are_turned_with_the_keyboard(here) -> None:
    here.locator("lit-network #tab-drawing").focus()
    for name in ("epochs", "teach"):
        here.keyboard.press("ArrowRight")
        assert here.evaluate(f"{ELEMENT}.shadowRoot.activeElement.id") == f"tab-{name}"
        assert here.locator(f"lit-network #{name}").is_visible()
    here.keyboard.press("End")
    assert here.locator("lit-network #train").is_visible()
    here.keyboard.press("ArrowRight")
    assert here.evaluate(f"{ELEMENT}.shadowRoot.activeElement.id") == "tab-drawing"


def test_a_neuron_says_its_number_and_shows_its_weights(here, learner: MLP) -> None:
    image = image_of(here)
    expected = learner.forward(image).activations[1][4]
    said = f"Layer 2, neuron 5, activation {expected:.3f}"
    here.get_by_label("Layer", exact=True).fill("2")
    here.get_by_label("Neuron", exact=True).fill("5")
    here.locator("lit-network [role=status].sr").get_by_text(said).wait_for()
    tip = here.locator("lit-network .tip")
    assert tip.is_visible()
    assert tip.locator("canvas").evaluate("(c) => [c.width, c.height]") == [28, 28]
    box = here.locator("lit-network .net canvas").first.bounding_box()
    place = here.evaluate(
        f"(() => {{ const b = {ELEMENT}.light.blocks[3]; return [b.x[2], b.y[2]]; }})()"
    )
    here.mouse.move(box["x"] + place[0], box["y"] + place[1])
    read(here)
    output = learner.forward(image).activations[3][2]
    assert f"Layer 4, neuron 3activation {output:.3f}" in tip.inner_text().replace("\n", "")
    here.mouse.move(5, 5)
    read(here)
    assert tip.is_hidden()


@needs_npm_packages
@pytest.mark.parametrize(("language", "scheme"), [("en", "light"), ("ko", "dark"), ("de", "dark")])
def test_axe_finds_nothing_in_any_way(
    new_page, serve, folder: Path, language: str, scheme: str
) -> None:
    page = new_page(viewport={"width": 390, "height": 800}, color_scheme=scheme)
    page.goto(f"{serve(folder)}/{language}.html")
    page.locator("lit-network canvas[role=img]").first.wait_for()
    page.evaluate((NODE_MODULES / "axe-core" / "axe.min.js").read_text(encoding="utf-8"))
    for way in WAYS:
        panel = go(page, way)
        if way == "teach":
            panel.locator(".option").first.click()
        read(page)
        found = page.evaluate(
            "() => axe.run().then((r) => r.violations.map((v) => v.id + v.nodes[0].html))"
        )
        assert found == [], way
        small = page.evaluate(
            f"""() => [...{ELEMENT}.shadowRoot.querySelectorAll("button, input:not(.sr), .option")]
                .filter((e) => e.checkVisibility())
                .map((e) => [e.outerHTML, e.getBoundingClientRect()])
                .filter(([, box]) => box.width < 44 || box.height < 44)
                .map(([html]) => html)"""
        )
        assert small == [], way
        assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_on_a_phone_the_answer_is_in_sight_while_one_draws(new_page, folder: Path) -> None:
    page = new_page(viewport={"width": 390, "height": 664}, has_touch=True, is_mobile=True)
    page.goto((folder / "en.html").as_uri())
    pad = page.locator("lit-network canvas[role=application]").bounding_box()
    stage = page.locator("lit-network .net canvas").first.bounding_box()
    outputs = page.evaluate(f"[...{ELEMENT}.light.blocks.at(-1).y]")
    seen = max(stage["y"] + y for y in outputs) - pad["y"]
    assert pad["width"] >= 200 and seen < 664
    assert pad["y"] + pad["height"] <= stage["y"]
