// Teach it: what it should have said, ten arrows, the nudges as light, and one step.
import { aria, fact, make, row, two, write } from "./dom.js";
import { BLUE, disc, GREEN, grey, line, ORANGE, QUIET, ring, sharp, WHITE, write as label } from "./draw.js";
import { backward, blank, oneHot, step } from "./engine.js";
import { abs, clip, largest, max, min } from "./maths.js";
import { withWeights } from "./network.js";

export function teach(element, panel) {
  const { say, number, button, network } = element;
  const { classes } = network;
  const nets = [network]; // as it was, and after each step
  let chosen = null;
  let values = null; // what is drawn
  let told = null; // of the last step: {before, predicted}
  let found = null; // one lesson: {cost, slopes: dC/da, square: |gradient|^2}
  const target = () => oneHot(chosen, classes.length);
  const own = { net: network };
  const facts = make("div.facts", { role: "status" });
  const [now, predicted, measured] = ["now", "predicted", "measured"].map((name) => {
    const [value, both] = fact(say(name).replace(/ ([−·]) /g, "\u00a0$1\u00a0").replaceAll("|", "\u2060|\u2060"));
    facts.append(both);
    return value;
  });
  const options = classes.map((name, k) => {
    const onchange = () => {
      chosen = k;
      again();
    };
    return make("label.option", make("input.sr", { type: "radio", name: "should", onchange }), make("bdi", name));
  });
  const arrows = make("canvas", { role: "img" });
  const slider = make("input", { type: "range", min: -3, max: 0.5, step: 0.01, value: Math.log10(network.rate), oninput: () => again() });
  const rate = () => +(10 ** slider.value).toPrecision(2);
  const shownRate = make("output");
  const note = make("p.note");
  const again = () => {
    told = null;
    own.net = nets.at(-1);
    element.changed();
  };
  const forth = button(
    "step",
    () => {
      told = { before: found.cost, predicted: found.cost - rate() * found.square };
      nets.push((own.net = withWeights(own.net)));
      step(own.net.layers, [values], [target()], rate());
      element.changed();
    },
    "button.main",
  );
  const back = button("unstep", () => {
    nets.pop();
    again();
  });
  const more = two(
    [arrows, make("p.legend", say("wishes"), ". ", say("nudges"))],
    [make("label.slide", say("rate"), slider, shownRate), row(forth, back), facts, note],
  );
  panel.append(make("fieldset.options", make("legend", say("should")), ...options), more);
  own.update = (reading) => {
    own.shows = {};
    forth.disabled = !reading || chosen === null;
    back.disabled = !nets[1];
    more.hidden = forth.disabled && back.disabled;
    if (forth.disabled) return;
    values = reading.values;
    const { layers } = own.net;
    const gradient = blank(layers);
    const square = (part) => part.reduce((s, v) => s + v * v, 0);
    found = backward(layers, values, target(), gradient);
    found.square = gradient.reduce((s, { w, b }) => s + square(w) + square(b), 0);
    own.shows = {
      lines: gradient.map(({ w }) => w.map((v) => -v)),
      marks: [[network.sizes.length - 1, chosen, GREEN]],
    };
    const pace = rate();
    const { before, predicted: next } = told ?? { before: found.cost, predicted: found.cost - pace * found.square };
    write(shownRate, number(pace, pace < 0.01 ? 4 : pace < 1 ? 3 : 2));
    aria(slider, "valuetext", shownRate.textContent);
    write(now, number(before, 3));
    write(predicted, number(next, 3));
    write(measured, told ? number(found.cost, 3) : "–");
    write(note, next < 0 ? say("below") : "");
    const wishes = Array.from(found.slopes.at(-1), (v) => -v);
    const said = wishes.slice(0, 64).map((v, i) => say("wish", { name: classes[i], value: number(v) }));
    aria(arrows, "label", `${say("wishes")}. ${said.join("; ")}`);
    draw(arrows, wishes, reading.activations.at(-1), chosen, classes, number);
  };
  return own;
}

// An arrow above or below each output, as long as its wish; +-2 is the most that there is.
function draw(canvas, wishes, outputs, chosen, classes, number) {
  const tall = 220;
  const room = sharp(canvas, tall);
  if (!room) return;
  const { c, width, font } = room;
  const pitch = width / wishes.length;
  const most = max(0.5, largest(wishes));
  const radius = min(12, pitch * 0.32);
  const low = max(0, ...wishes.map((v) => -v)) / most;
  const high = max(0, ...wishes) / most;
  const foot = 22; // room for a class's name, and below and above the arrows for a number
  const side = (v) => (v ? radius + 22 : radius + 6);
  const unit = (tall - foot - side(low) - side(high)) / (low + high || 1);
  const middle = side(high) + unit * high;
  c.lineCap = "round";
  font(min(13, pitch * 0.36));
  wishes.forEach((v, i) => {
    const x = (i + 0.5) * pitch;
    const sign = Math.sign(v);
    const length = (abs(v) / most) * unit;
    const from = middle - sign * (radius + 4);
    const to = from - sign * length;
    const head = min(7, length);
    const colour = v > 0 ? ORANGE : BLUE;
    if (length > 1) {
      line(c, [[x, from], [x, to]], colour, 3);
      line(c, [[x - head, to + sign * head], [x, to], [x + head, to + sign * head]], colour, 3);
    }
    const right = i === chosen;
    disc(c, x, middle, radius);
    c.fillStyle = grey(clip(outputs[i]));
    c.fill();
    ring(c, x, middle, radius, right ? GREEN : "#5b6578", right ? 3 : 1.5);
    label(c, classes[i], x, tall - 9, right ? GREEN : WHITE);
    if (abs(v) >= 0.005) label(c, number(v), x, to - sign * 11, QUIET);
  });
}
