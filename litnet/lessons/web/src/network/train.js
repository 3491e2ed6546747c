// Train here: a network like the film's, from dice on, in a worker, while one watches.
import { aria, fact, field, make, row, two, write } from "./dom.js";
import { GREEN, paint, pixels, plot, sharp, signed, WHITE } from "./draw.js";
import { gate } from "./gate.js";
import { abs, ceil, min, range, round } from "./maths.js";
import { withWeights } from "./network.js";
import { learn } from "./worker.js";

const EPOCHS = 40;
const COLUMNS = 20; // of the gallery

export function train(element, panel) {
  const { say, number, percent, button, count, network, data } = element;
  const { sizes, names, side, rate, batch } = network;
  const own = {};
  const about = say("begin", { count: network.more.training.count, batch });
  gate(element, panel, about, ["unseen", "training"], () => {
    const { unseen, training } = data;
    const total = unseen.labels.length;
    let end = null;
    let moments = [];
    own.moments = () => moments;
    const [seed, seedField] = field(say("seed"), { min: 0, max: 2 ** 32 - 1, value: 1 });
    const roll = button("roll", () => (seed.value = crypto.getRandomValues(new Uint16Array(1))[0]));
    const go = button("start", () => (end ? stop() : start()), "button.main");
    const [epochSays, rightSays] = [say("epoch", { epochs: EPOCHS }), say("rightly", { total })];
    const [epoch, epochs] = fact(epochSays);
    const [cost, costs] = fact(say("mean"));
    const [right, rights] = fact(rightSays, "new");
    const curve = make("canvas", { role: "img" });
    const gallery = make("canvas", { role: "img" });
    const eyes = range(min(32, sizes[1]), () => make("canvas.eye"));
    const legend = (word) => make("p.legend", say(word));
    panel.append(
      make("p", about),
      row(go, seedField, roll),
      make("div.facts", epochs, costs, rights),
      two([curve, make("div.eyes", { role: "img", "aria-label": say("eyes") }, ...eyes), legend("eyes")], [gallery, legend("gallery")]),
    );
    const tiles = make("canvas");
    paint(tiles, unseen.pixels, side);
    const running = (word) => {
      write(go, say(word));
      roll.disabled = seed.disabled = word === "stop";
    };
    const stop = (own.close = () => {
      end?.();
      end = null;
      running("start");
    });
    const start = () => {
      moments = [];
      running("stop");
      const given = { sizes, names, rate, batch, epochs: EPOCHS, seed: abs(round(seed.value)) || 0, training, unseen };
      end = learn(given, (moment) => {
        if (moment) {
          moments.push(moment);
          own.net = withWeights(network, moment.weights);
        } else {
          stop();
          write(element.parts.live, curve.getAttribute("aria-label"));
        }
        element.changed();
      });
    };
    // The digits, those that were read wrongly with a red bar below.
    const look = (answers) => {
      const cell = gallery.clientWidth / COLUMNS;
      const room = sharp(gallery, cell * ceil(total / COLUMNS));
      if (!room) return;
      const { c } = room;
      c.fillStyle = "#ff4d4d";
      unseen.labels.forEach((label, k) => {
        const [x, y] = [(k % COLUMNS) * cell, ((k / COLUMNS) | 0) * cell];
        const wrong = answers && answers[k] !== label;
        c.globalAlpha = wrong ? 0.45 : 1;
        c.drawImage(tiles, 0, k * side, side, side, x + 1, y + 1, cell - 2, cell - 2);
        c.globalAlpha = 1;
        if (wrong) c.fillRect(x + 2, y + cell - 3, cell - 4, 2.5);
      });
    };
    own.update = () => {
      const last = moments.at(-1);
      const part = last && percent(last.right / total, 1);
      if (last) {
        write(epoch, number(last.epoch, Number.isInteger(last.epoch) ? 0 : 1));
        write(cost, number(last.cost, 3));
        write(right, part);
      }
      const most = moments[0]?.cost ?? 1;
      const points = (f) => moments.map((m) => [m.epoch / EPOCHS, f(m)]);
      plot(
        curve,
        [
          { points: points((m) => min(1, m.cost / most)), colour: WHITE },
          { points: points((m) => m.right / total), colour: GREEN, dash: [6, 4] },
        ],
        [[last ? number(most, 1) : "", null, 1, "right"], ["0", null, 0, "right"], ["0", 0, null], [count(EPOCHS), 1, null, "right"]],
      );
      const rightly = `${part} ${rightSays}`;
      const said = `${epoch.textContent} ${epochSays}; ${cost.textContent} ${say("mean")}; ${rightly}`;
      aria(curve, "label", last ? said : say("start"));
      aria(gallery, "label", last ? `${say("gallery")} ${rightly}` : say("gallery"));
      look(last?.answers);
      const { w } = (own.net ?? network).layers[0];
      eyes.forEach((eye, i) =>
        last ? signed(eye, w.subarray(i * sizes[0], (i + 1) * sizes[0]), side) : pixels(eye, side, side, () => {}),
      );
    };
  });
  return own;
}
