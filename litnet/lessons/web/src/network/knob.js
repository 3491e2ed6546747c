// Turn a knob: any one weight, and the cost over digits that the network never learned from.
import { make, number, plot, signed } from "./dom.js";
import { forward } from "./forward.js";
import { gate } from "./gate.js";
import { withWeights } from "./network.js";

// The mean cost over digits {pixels, labels}.
export function costOver({ layers, sizes }, { pixels, labels }) {
  const n = sizes[0];
  let cost = 0;
  labels.forEach((label, k) => {
    const input = Float64Array.from(pixels.subarray(k * n, (k + 1) * n), (v) => v / 255);
    forward(layers, input).at(-1).forEach((a, i) => (cost += (a - (i === label)) ** 2));
  });
  return cost / labels.length;
}

const PLACES = 33; // of the knob, at which the curve is computed

export function knob(element, panel) {
  const { say, network, data, language } = element;
  const { sizes, side } = network;
  const own = { example: true, net: network };
  gate(element, panel, say("turn"), ["unseen"], () => {
    const net = withWeights(network);
    let [layer, to, from] = [1, 0, 0];
    let curve = [];
    let reach = 1;
    let timer = 0;
    const base = costOver(network, data.unseen);
    const field = (name, onchange) => {
      const input = make("input", { type: "number", min: 1, value: 1, onchange: () => onchange(Math.round(input.value) || 1) });
      return [input, make("label", {}, say(name), input)];
    };
    const [tier, tierLabel] = field("tier", (v) => choose(v - 1, to, from));
    const [unit, unitLabel] = field("unit", (v) => choose(layer, v - 1, from));
    const [source, sourceLabel] = field("source", (v) => choose(layer, to, v - 1));
    const eye = make("canvas", {
      class: "eye",
      "aria-hidden": "true",
      onpointerdown: ({ offsetX, offsetY }) => {
        const [w, h] = [eye.width, eye.height];
        const place = (v, size, count) => Math.min(count - 1, Math.max(0, Math.floor((v / size) * count)));
        choose(layer, to, place(offsetY, eye.clientHeight, h) * w + place(offsetX, eye.clientWidth, w));
      },
    });
    const cross = make("i", { class: "cross" });
    const where = make("p", { class: "legend" });
    const slider = make("input", { type: "range", step: "any", "aria-label": say("weight"), oninput: () => turned() });
    const value = make("output");
    const cost = make("b");
    const change = make("span");
    const plotted = make("canvas", { "aria-hidden": "true" });
    const reset = make("button", { type: "button", onclick: () => choose(layer, to, from) }, say("reset"));
    const weights = () => net.layers[layer - 1].w;
    const at = () => to * sizes[layer - 1] + from;
    const choose = (k, i, j) => {
      weights().set(network.layers[layer - 1].w); // one knob at a time
      const clip = (v, most) => Math.min(most, Math.max(0, v));
      layer = clip(k, sizes.length - 1) || 1;
      to = clip(i, sizes[layer] - 1);
      from = clip(j, sizes[layer - 1] - 1);
      [tier.value, unit.value, source.value] = [layer + 1, to + 1, from + 1];
      [tier.min, tier.max, unit.max, source.max] = [2, sizes.length, sizes[layer], sizes[layer - 1]];
      const row = weights().subarray(to * sizes[layer - 1], (to + 1) * sizes[layer - 1]);
      const most = row.reduce((m, w) => Math.max(m, Math.abs(w)), 0);
      reach = Math.max(2, Math.ceil(2 * most));
      slider.min = -reach;
      slider.max = reach;
      slider.value = weights()[at()];
      const width = layer === 1 ? side : sizes[layer - 1];
      signed(eye, row, width);
      eye.classList.toggle("flat", layer > 1);
      const rows = sizes[layer - 1] / width;
      cross.style.cssText = `left:${((from % width) / width) * 100}%;top:${(((from / width) | 0) / rows) * 100}%;width:${100 / width}%;height:${100 / rows}%`;
      const place = layer === 1 ? say("pixel", { row: ((from / side) | 0) + 1, column: (from % side) + 1 }) : say("neuron", { layer, number: from + 1 });
      where.textContent = `${place} → ${say("neuron", { layer: layer + 1, number: to + 1 })}`;
      curve = [];
      clearTimeout(timer);
      along();
      element.changed();
    };
    // The curve comes point by point, so that nothing waits for it.
    const along = () => {
      if (curve.length === PLACES) return;
      const own = weights()[at()];
      const end = performance.now() + 10;
      while (curve.length < PLACES && performance.now() < end) {
        weights()[at()] = reach * ((2 * curve.length) / (PLACES - 1) - 1);
        curve.push(costOver(net, data.unseen));
      }
      weights()[at()] = own;
      if (curve.length === PLACES) element.changed();
      else timer = setTimeout(along);
    };
    const turned = () => {
      weights()[at()] = +slider.value;
      element.changed();
    };
    own.close = () => clearTimeout(timer);
    own.pick = (k, i) => (k < layer && layer - 1 === k ? choose(layer, to, i) : k ? choose(k, i, 0) : choose(1, to, i));
    own.net = net;
    panel.append(
      make("p", {}, say("turn")),
      make(
        "div",
        { class: "two" },
        make("div", {}, make("div", { class: "frame" }, eye, cross), where, make("div", { class: "row" }, tierLabel, unitLabel, sourceLabel)),
        make(
          "div",
          {},
          make("label", { class: "slide" }, say("weight"), slider, value),
          make("div", { class: "facts" }, make("div", {}, cost, make("span", {}, say("over", { count: data.unseen.labels.length }), " ", change))),
          plotted,
          make("div", { class: "row" }, reset),
        ),
      ),
    );
    own.update = () => {
      const w = weights()[at()];
      const now = costOver(net, data.unseen);
      value.textContent = number(w, language, 3);
      slider.setAttribute("aria-valuetext", value.textContent);
      cost.textContent = number(now, language, 4);
      const sign = now > base ? "+" : "";
      change.textContent = `(${say("change", { value: sign + number(now - base, language, 4) })})`;
      reset.disabled = w === network.layers[layer - 1].w[at()];
      own.view = { marks: [[layer, to, "#ffd166"]], wire: [layer, to, from] };
      const low = Math.min(now, ...curve);
      const high = Math.max(now, ...curve);
      const up = (c) => (high > low ? 0.08 + (0.84 * (c - low)) / (high - low) : 0.5);
      const across = (v) => (v + reach) / (2 * reach);
      plot(plotted, 150, {
        left: 52,
        lines: [{ points: curve.map((c, k) => [k / (PLACES - 1), up(c)]), colour: "#f2f2f2" }],
        dots: [[across(network.layers[layer - 1].w[at()]), up(base), "#a6abb5"], [across(w), up(now), "#ffd166"]],
        words: [
          [number(high, language, 3), null, up(high), "right"],
          [number(low, language, 3), null, up(low), "right"],
          [number(-reach, language, 0), 0, null, "left"],
          [number(reach, language, 0), 1, null, "right"],
          ["0", 0.5, null, "center"],
        ],
      });
    };
    choose(1, 0, Math.floor(sizes[0] / 2) + (side >> 1));
  });
  return own;
}
