// Train here: a network like the film's, from dice on, in a worker, while one watches.
import { make, number, paint, plot, signed, sharp } from "./dom.js";
import { gate } from "./gate.js";
import { withWeights } from "./network.js";
import { learn } from "./worker.js";

const EPOCHS = 40;
const COLUMNS = 20; // of the gallery

export function train(element, panel) {
  const { say, network, data, language } = element;
  const { sizes, names, side, rate, batch } = network;
  const own = { example: true };
  const about = say("begin", { count: network.more.training.count, batch });
  gate(element, panel, about, ["unseen", "training"], () => {
    const { unseen, training } = data;
    const total = unseen.labels.length;
    let end = null;
    let moments = [];
    const seed = make("input", { type: "number", min: 0, max: 4294967295, value: 1, "aria-label": say("seed") });
    const roll = make("button", { type: "button", onclick: () => (seed.value = crypto.getRandomValues(new Uint16Array(1))[0]) }, say("roll"));
    const go = make("button", { type: "button", class: "main", onclick: () => (end ? stop() : start()) }, say("start"));
    const fact = (name, parts) => {
      const value = make("b", {}, "–");
      facts.append(make("div", {}, value, make("span", {}, say(name, parts))));
      return value;
    };
    const facts = make("div", { class: "facts" });
    const [epoch, cost, right] = [fact("epoch", { epochs: EPOCHS }), fact("mean"), fact("rightly", { total })];
    cost.className = "own";
    right.className = "new";
    const curve = make("canvas", { role: "img" });
    const gallery = make("canvas", { role: "img", class: "gallery" });
    const eyes = Array.from({ length: Math.min(32, sizes[1]) }, () => make("canvas", { class: "eye" }));
    const named = (canvases, text) => make("figure", {}, ...canvases, make("figcaption", { class: "legend" }, text));
    panel.append(
      make("p", {}, about),
      make("div", { class: "row" }, go, make("label", {}, say("seed"), seed), roll),
      facts,
      make(
        "div",
        { class: "two" },
        named([curve, make("div", { class: "eyes", role: "img", "aria-label": say("eyes") }, ...eyes)], say("eyes")),
        named([gallery], say("gallery")),
      ),
    );
    const tiles = make("canvas");
    paint(tiles, unseen.pixels, side);
    const stop = () => {
      end?.();
      end = null;
      go.textContent = say("start");
      roll.disabled = seed.disabled = false;
    };
    const start = () => {
      moments = [];
      go.textContent = say("stop");
      roll.disabled = seed.disabled = true;
      const given = { sizes, names, rate, batch, epochs: EPOCHS, seed: Math.abs(Math.round(seed.value)) || 0, training, unseen };
      end = learn(given, (moment) => {
        if (moment) {
          moments.push(moment);
          own.net = withWeights(network, moment.weights);
        } else {
          stop();
          element.parts.live.textContent = curve.getAttribute("aria-label");
        }
        element.changed();
      });
    };
    own.close = stop;
    own.moments = () => moments;
    const look = (canvas, height, answers) => {
      const room = sharp(canvas, height);
      if (!room) return;
      const { c, width } = room;
      const cell = width / COLUMNS;
      c.imageSmoothingEnabled = true;
      unseen.labels.forEach((label, k) => {
        const [x, y] = [(k % COLUMNS) * cell, ((k / COLUMNS) | 0) * cell];
        const wrong = answers && answers[k] !== label;
        c.globalAlpha = wrong ? 0.45 : 1;
        c.drawImage(tiles, 0, k * side, side, side, x + 1, y + 1, cell - 2, cell - 2);
        c.globalAlpha = 1;
        c.fillStyle = "#ff4d4d";
        if (wrong) c.fillRect(x + 2, y + cell - 3, cell - 4, 2.5);
      });
    };
    own.update = () => {
      const last = moments.at(-1);
      if (last) {
        epoch.textContent = number(last.epoch, language, Number.isInteger(last.epoch) ? 0 : 1);
        cost.textContent = number(last.cost, language, 3);
        right.textContent = `${number((100 * last.right) / total, language, 1)} %`;
      }
      const most = moments[0]?.cost ?? 1;
      const points = (f) => moments.map((m) => [m.epoch / EPOCHS, f(m)]);
      plot(curve, 150, {
        lines: [
          { points: points((m) => Math.min(1, m.cost / most)), colour: "#f2f2f2" },
          { points: points((m) => m.right / total), colour: "#7bd88f", dash: [6, 4] },
        ],
        words: [
          [moments.length ? number(most, language, 1) : "", null, 1, "right"],
          ["0", null, 0, "right"],
          ["0", 0, null, "center"],
          [EPOCHS.toLocaleString(language), 1, null, "right"],
        ],
      });
      const said = last ? `${epoch.textContent} ${say("epoch", { epochs: EPOCHS })}; ${cost.textContent} ${say("mean")}; ${right.textContent} ${say("rightly", { total })}` : say("start");
      curve.setAttribute("aria-label", said);
      gallery.setAttribute("aria-label", last ? `${say("gallery")} ${right.textContent} ${say("rightly", { total })}` : say("gallery"));
      look(gallery, (gallery.clientWidth / COLUMNS) * Math.ceil(total / COLUMNS), last?.answers);
      const { w } = (own.net ?? network).layers[0];
      eyes.forEach((eye, i) => (last ? signed(eye, w.subarray(i * sizes[0], (i + 1) * sizes[0]), side) : (eye.width = eye.height = side)));
    };
  });
  return own;
}
