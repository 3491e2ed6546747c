// The element's parts, and what happens once a frame: prepare what is drawn, run the network, draw it all.
import { answer } from "./answer.js";
import { make, row } from "./dom.js";
import { GOLD, paint } from "./draw.js";
import { forward } from "./engine.js";
import { film } from "./film.js";
import { PAGE } from "./ink.js";
import { light, MOST_LINES } from "./light.js";
import { brightest, max, min, round } from "./maths.js";
import { pointer } from "./neuron.js";
import { drawing } from "./pad.js";
import { ways } from "./ways.js";

// Gives the element `pointer`, `light`, `pad`, `net`: the network that is shown; `reading`; and the methods
// of a page: redraw, show, example, undo, clear, png.
export function build(element) {
  const { network, say, button, parts, card } = element;
  const { layers, side, classes } = network;
  const stage = (parts.stage = make("canvas", { role: "img" }));
  const glow = make("canvas.glow");
  const words = answer(element);
  const picture = (element.light = light(element, glow, stage));
  const finger = (element.pointer = pointer(element, stage));
  const total = layers.reduce((sum, { w }) => sum + w.length, 0);
  const drawn = layers.reduce((sum, { w }) => sum + min(w.length, MOST_LINES), 0);
  const lines = drawn < total ? say("strongest", { drawn, total }) : say("lines", { count: total });
  const legend = make("p.legend", lines, " ", make("span.up", say("raises")), " ", make("span.low", say("lowers")));
  const net = make("div.net", glow, stage, legend, finger.card);
  const saved = make("p", { role: "status", hidden: true });
  const hint = make("span.hint", { "aria-hidden": true }, say("draw"));
  const save = button("film", () => film(element, saved), "button.main");
  const pad = side && drawing(element);

  const read = () => {
    element.net = element.panel.net ?? network;
    if (!pad) return;
    const empty = pad.empty();
    let note = "";
    element.reading = null;
    try {
      if (!empty) {
        const shown = pad.shown();
        const { values, digits } = shown
          ? { values: Float64Array.from(shown.pixels, (v) => v / 255) }
          : element.prepare(pad.page, PAGE, PAGE);
        const activations = forward(element.net.layers, values);
        const out = activations.at(-1);
        const prediction = brightest(out);
        element.reading = { values, activations, prediction, name: classes[prediction], confidence: out[prediction] };
        if (digits > 1) note = say("many", { count: digits });
      }
    } catch (error) {
      note = element.refused(error);
    }
    words.show(note, empty);
    hint.hidden = !empty;
    save.disabled = !element.reading;
  };

  element.redraw = () => {
    read();
    const { panel, reading } = element;
    panel.update?.(reading);
    if (picture.width) {
      const { marks = [], ...shows } = panel.shows ?? {};
      const { at } = finger;
      picture.draw(reading?.activations, { ...shows, marks: at ? [...marks, [...at, GOLD]] : marks });
      if (at) finger.show(at);
    }
    if (pad) pad.draw();
  };
  let asked = false; // for a frame
  element.soon = () => {
    if (!asked)
      requestAnimationFrame(() => {
        asked = false;
        element.redraw();
      });
    asked = true;
  };
  const announce = () => {
    if (!pad || !pad.open()) words.announce();
  };
  element.later = () => {
    clearTimeout(element.timer);
    element.timer = setTimeout(announce, 600);
  };
  // The ink is another.
  element.drawn = () => {
    saved.hidden = true;
    element.changed();
  };

  if (pad) {
    parts.pad = pad.canvas;
    const examples = network.examples.map(({ label, pixels }, k) => {
      const title = say("example", { digit: label });
      const canvas = make("canvas");
      paint(canvas, pixels, side);
      return make("button.eg", { "aria-label": title, title, onclick: () => pad.example(k) }, canvas);
    });
    const { tabs, panels, show } = ways(element, [
      row(save, finger.fields),
      saved,
      make("p.keys", { id: "keys" }, say("keys")),
      make("details", make("summary", say("numbers")), words.list),
    ]);
    const { page, example, undo, clear, png } = pad;
    Object.assign(element, { page, example, undo: undo.onclick, clear: clear.onclick, png, show });
    card.replaceChildren(
      ...tabs,
      make("div.pad", pad.canvas, hint),
      make("div.side", words.box, undo, clear),
      net,
      make("div.tools", pad.pen, pad.eraser, ...examples),
      ...panels,
      parts.live,
    );
  } else card.replaceChildren(make("p.error", say("vector", { count: network.sizes[0] })), net);
  let ratio = 0;
  element.observer = new ResizeObserver(() => {
    const width = stage.clientWidth;
    if (!width || (width === picture.width && devicePixelRatio === ratio)) return;
    ratio = devicePixelRatio;
    picture.resize(width, max(216, min(460, round(width * 0.62))), getComputedStyle(stage).fontFamily);
    if (pad) pad.resize();
    element.redraw();
  });
  element.observer.observe(stage);
  read();
  announce();
}
