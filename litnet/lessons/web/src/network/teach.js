// Teach it: what it should have said, ten arrows, the nudges as light, and one step.
import { backward, blank } from "./backward.js";
import { make, number, sharp } from "./dom.js";
import { forward } from "./forward.js";
import { withWeights } from "./network.js";

// What one step on one digit does: {cost, slopes: dC/da, gradient: {w, b} of each layer, square: |grad|^2}.
export function lesson({ layers, sizes }, values, label) {
  const target = Float64Array.from({ length: sizes.at(-1) }, (_, i) => +(i === label));
  const gradient = blank(layers);
  const sums = [];
  const found = backward(layers, forward(layers, values, sums), sums, target, gradient);
  let square = 0;
  for (const { w, b } of gradient) for (const part of [w, b]) for (const v of part) square += v * v;
  return { ...found, gradient, square };
}

// The network one step further: another one, its weights minus rate times the gradient.
export function stepped(net, gradient, rate) {
  const next = withWeights(net);
  next.layers.forEach((layer, k) => {
    for (const part of ["w", "b"]) layer[part].forEach((v, i) => (layer[part][i] = v - rate * gradient[k][part][i]));
  });
  return next;
}

export function teach(element, panel) {
  const { say, network, language } = element;
  const { classes } = network;
  const nets = [network]; // as it was, and after each step
  let label = null;
  let told = null; // of the last step: {before, predicted}
  const own = { example: true, net: network };
  const fact = (name) => {
    const value = make("b");
    facts.append(make("div", {}, value, make("span", {}, say(name).replace(/ ([−·]) /g, "\u00a0$1\u00a0"))));
    return value;
  };
  const options = classes.map((name, k) =>
    make("label", { class: "option" }, make("input", { type: "radio", name: "should", class: "sr", onchange: () => choose(k) }), make("bdi", {}, name)),
  );
  const arrows = make("canvas", { role: "img" });
  const rate = make("input", { type: "range", min: -3, max: 0.5, step: 0.01, value: Math.log10(network.rate), oninput: () => again() });
  const shownRate = make("output");
  const facts = make("div", { class: "facts", role: "status" });
  const [now, predicted, measured] = ["now", "predicted", "measured"].map(fact);
  const note = make("p", { class: "note" });
  const forth = make("button", { type: "button", class: "main", onclick: () => step() }, say("step"));
  const back = make("button", { type: "button", onclick: () => undo() }, say("unstep"));
  const about = make("p", { class: "legend" }, say("wishes"), ". ", say("nudges"));
  const more = make(
    "div",
    { class: "two", hidden: true },
    make("div", {}, arrows, about),
    make("div", {}, make("label", { class: "slide" }, say("rate"), rate, shownRate), make("div", { class: "row" }, forth, back), facts, note),
  );
  panel.append(make("fieldset", { class: "options" }, make("legend", {}, say("should")), ...options), more);
  const pace = () => {
    const value = 10 ** +rate.value;
    return +value.toPrecision(2);
  };
  const again = () => {
    told = null;
    element.changed();
  };
  const choose = (k) => {
    label = k;
    again();
  };
  const step = () => {
    const { gradient, cost, square } = own.found;
    told = { before: cost, predicted: cost - pace() * square };
    nets.push((own.net = stepped(own.net, gradient, pace())));
    element.changed();
  };
  const undo = () => {
    nets.pop();
    own.net = nets.at(-1);
    again();
  };
  own.update = (reading) => {
    own.view = {};
    forth.disabled = !reading || label === null;
    back.disabled = nets.length < 2;
    more.hidden = forth.disabled && back.disabled;
    own.found = null;
    if (forth.disabled) return;
    const found = (own.found = lesson(own.net, reading.values, label));
    own.view = {
      lines: found.gradient.map(({ w }) => w.map((v) => -v)),
      marks: [[network.sizes.length - 1, label, "#7bd88f"]],
    };
    const next = found.cost - pace() * found.square;
    const say3 = (v) => number(v, language, 3);
    shownRate.textContent = number(pace(), language, pace() < 0.01 ? 4 : pace() < 1 ? 3 : 2);
    rate.setAttribute("aria-valuetext", shownRate.textContent);
    now.textContent = say3(told ? told.before : found.cost);
    predicted.textContent = say3(told ? told.predicted : next);
    measured.textContent = told ? say3(found.cost) : "–";
    note.textContent = (told ? told.predicted : next) < 0 ? say("below") : "";
    const wishes = found.slopes.at(-1).map((v) => -v);
    const said = Array.from(wishes, (v, i) => say("wish", { name: classes[i], value: number(v, language) }));
    arrows.setAttribute("aria-label", `${say("wishes")}. ${said.slice(0, 64).join("; ")}`);
    draw(arrows, wishes, reading.activations.at(-1), label, classes, language);
  };
  return own;
}

// An arrow above or below each output, as long as its wish; +-2 is the most that there is.
function draw(canvas, wishes, outputs, label, classes, language) {
  const tall = 220;
  const room = sharp(canvas, tall);
  if (!room) return;
  const { c, width } = room;
  const pitch = width / wishes.length;
  const most = Math.max(0.5, ...Array.from(wishes, Math.abs));
  const radius = Math.min(12, pitch * 0.32);
  const low = Math.max(0, ...Array.from(wishes, (v) => -v)) / most;
  const high = Math.max(0, ...wishes) / most;
  const foot = 22; // room for a class's name, and below and above the arrows for a number
  const side = (v) => (v ? radius + 22 : radius + 6);
  const unit = (tall - foot - side(low) - side(high)) / (low + high || 1);
  const middle = side(high) + unit * high;
  c.textAlign = "center";
  c.textBaseline = "middle";
  c.lineCap = "round";
  wishes.forEach((v, i) => {
    const x = (i + 0.5) * pitch;
    const sign = Math.sign(v);
    const length = (Math.abs(v) / most) * unit;
    const [from, to] = [middle - sign * (radius + 4), middle - sign * (radius + 4 + length)];
    c.strokeStyle = c.fillStyle = v > 0 ? "#ffb547" : "#6c9bff";
    c.lineWidth = 3;
    if (length > 1) {
      const head = Math.min(7, length);
      c.beginPath();
      c.moveTo(x, from);
      c.lineTo(x, to);
      c.moveTo(x - head, to + sign * head);
      c.lineTo(x, to);
      c.lineTo(x + head, to + sign * head);
      c.stroke();
    }
    const grey = Math.round(255 * Math.max(0, Math.min(1, outputs[i])));
    c.fillStyle = `rgb(${grey},${grey},${grey})`;
    c.strokeStyle = i === label ? "#7bd88f" : "#5b6578";
    c.lineWidth = i === label ? 3 : 1.5;
    c.beginPath();
    c.arc(x, middle, radius, 0, 7);
    c.fill();
    c.stroke();
    c.font = c.font.replace(/[\d.]+px/, `${Math.min(13, pitch * 0.36)}px`);
    c.fillStyle = i === label ? "#7bd88f" : "#f2f2f2";
    c.fillText(classes[i], x, tall - 9);
    c.fillStyle = "#a6abb5";
    if (Math.abs(v) >= 0.005) c.fillText(number(v, language), x, to - sign * 11);
  });
}
