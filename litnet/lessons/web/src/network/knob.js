// Turn a knob: any one weight, and the cost over digits that the network never learned from.
import { aria, fact, field, make, row, two, write } from "./dom.js";
import { GOLD, plot, QUIET, WHITE } from "./draw.js";
import { costOver, inputsOf } from "./engine.js";
import { gate } from "./gate.js";
import { ceil, clip, floor, largest, max, min, round } from "./maths.js";
import { withWeights } from "./network.js";

const PLACES = 33; // of the knob, at which the curve is computed

export function knob(element, panel) {
  const { say, number, network, data } = element;
  const { sizes } = network;
  const own = { net: network };
  gate(element, panel, say("turn"), ["unseen"], () => {
    const net = (own.net = withWeights(network));
    const { labels } = data.unseen;
    const inputs = inputsOf(data.unseen, sizes[0]);
    const costNow = () => costOver(net.layers, inputs, labels);
    const base = costNow();
    let [layer, to, from] = [1, 0, 0];
    let curve = [];
    let reach = 1;
    let timer = 0;
    const fields = [
      ["tier", (v) => choose(v - 1, to, from)],
      ["unit", (v) => choose(layer, v - 1, from)],
      ["source", (v) => choose(layer, to, v - 1)],
    ].map(([name, chosen]) => field(say(name), { onchange: ({ target }) => chosen(round(target.value) || 1) }));
    const eye = make("canvas.eye", {
      onpointerdown: ({ offsetX, offsetY }) => {
        const { width, height, clientWidth, clientHeight } = eye;
        const place = (part, n) => clip(floor(part * n), n - 1);
        choose(layer, to, place(offsetY / clientHeight, height) * width + place(offsetX / clientWidth, width));
      },
    });
    const cross = make("i.cross");
    const where = make("p.legend");
    const slider = make("input", {
      type: "range",
      step: "any",
      "aria-label": say("weight"),
      oninput: () => {
        turn(+slider.value);
        element.changed();
      },
    });
    const value = make("output");
    const change = make("span");
    const [cost, costs] = fact(say("over", { count: labels.length }));
    costs.lastChild.append(" ", change);
    const plotted = make("canvas");
    const reset = element.button("reset", () => choose(layer, to, from));
    const weights = (one = net) => one.layers[layer - 1].w;
    const at = () => to * sizes[layer - 1] + from;
    const turn = (v) => (weights()[at()] = v);
    const choose = (k, i, j) => {
      turn(weights(network)[at()]); // one knob at a time
      layer = clip(k, sizes.length - 1) || 1;
      const n = sizes[layer - 1];
      to = clip(i, sizes[layer] - 1);
      from = clip(j, n - 1);
      [[layer + 1, sizes.length], [to + 1, sizes[layer]], [from + 1, n]].forEach(([value, most], k) =>
        Object.assign(fields[k][0], { max: most, min: k ? 1 : 2, value }),
      );
      const all = weights().subarray(to * n, (to + 1) * n);
      reach = max(2, ceil(2 * largest(all)));
      Object.assign(slider, { min: -reach, max: reach, value: all[from] });
      const width = element.pointer.eye(eye, layer, all);
      const high = (100 * width) / n;
      cross.style.cssText = `left:${((from % width) / width) * 100}%;top:${((from / width) | 0) * high}%;width:${100 / width}%;height:${high}%`;
      write(where, `${element.pointer.named(layer - 1, from)} → ${element.pointer.named(layer, to)}`);
      curve = [];
      clearTimeout(timer);
      along();
      element.changed();
    };
    // The curve comes point by point, so that nothing waits for it.
    const along = () => {
      const held = weights()[at()];
      const end = performance.now() + 10;
      while (curve.length < PLACES && performance.now() < end) {
        turn(reach * ((2 * curve.length) / (PLACES - 1) - 1));
        curve.push(costNow());
      }
      turn(held);
      if (curve.length < PLACES) timer = setTimeout(along);
      else element.changed();
    };
    own.close = () => clearTimeout(timer);
    own.pick = (k, i) => (k === layer - 1 ? choose(layer, to, i) : k ? choose(k, i, 0) : choose(1, to, i));
    panel.append(
      make("p", say("turn")),
      two(
        [make("div.frame", eye, cross), where, row(...fields.map(([, label]) => label))],
        [make("label.slide", say("weight"), slider, value), make("div.facts", costs), plotted, row(reset)],
      ),
    );
    own.update = () => {
      const w = weights()[at()];
      const was = weights(network)[at()];
      const now = costNow();
      write(value, number(w, 3));
      aria(slider, "valuetext", value.textContent);
      write(cost, number(now, 4));
      write(change, `(${say("change", { value: (now > base ? "+" : "") + number(now - base, 4) })})`);
      reset.disabled = w === was;
      own.shows = { marks: [[layer, to, GOLD]], wire: [layer, to, from] };
      const low = min(now, ...curve);
      const high = max(now, ...curve);
      const up = (c) => (high > low ? 0.08 + (0.84 * (c - low)) / (high - low) : 0.5);
      const across = (v) => (v + reach) / (2 * reach);
      plot(
        plotted,
        [{ points: curve.map((c, k) => [k / (PLACES - 1), up(c)]), colour: WHITE }],
        [
          [number(high, 3), null, up(high), "right"],
          [number(low, 3), null, up(low), "right"],
          [number(-reach, 0), 0, null, "left"],
          [number(reach, 0), 1, null, "right"],
          ["0", 0.5, null],
        ],
        [[across(was), up(base), QUIET], [across(w), up(now), GOLD]],
        52,
      );
    };
    choose(1, 0, (sizes[0] + network.side) >> 1);
  });
  return own;
}
