// Through the epochs: the drawing, read by every snapshot of the run.
import { aria, make, row, two, write } from "./dom.js";
import { GOLD, GREEN, grey, plot, sharp, WHITE, write as label } from "./draw.js";
import { forward } from "./engine.js";
import { gate } from "./gate.js";
import { brightest, clip, floor, max, min } from "./maths.js";

export function epochs(element, panel) {
  const { say, number, percent, count, network, data } = element;
  const own = {};
  gate(element, panel, say("kept", { count: network.more.history.count }), ["history"], () => {
    const run = data.history;
    const last = run.nets.length - 1;
    const moment = make("output");
    const facts = make("p.facts");
    const strip = make("canvas", { role: "img", "aria-label": say("strip") });
    const curve = make("canvas");
    const slider = make("input", { type: "range", max: last, value: 0, "aria-label": say("snapshot"), oninput: () => show() });
    const play = element.button("play", () => (timer ? stop() : start()), "button.main");
    let timer = 0;
    const stop = (own.close = () => {
      clearInterval(timer);
      timer = 0;
      write(play, say("play"));
    });
    const start = () => {
      if (+slider.value === last) slider.value = 0;
      write(play, say("pause"));
      timer = setInterval(() => {
        slider.value++;
        show(true);
        if (+slider.value === last) stop();
      }, 550);
      show(true);
    };
    const show = (going) => {
      if (!going) stop();
      own.net = run.nets[slider.value];
      element.changed();
    };
    strip.onpointerdown = ({ offsetX }) => {
      slider.value = floor((offsetX / strip.clientWidth) * (last + 1));
      show();
    };
    panel.append(row(play, make("label.grow", slider), moment), two([strip, make("p.legend", say("strip"))], [curve, facts]));
    own.net = run.nets[0];
    own.update = (reading) => {
      const { costs, unseen } = run;
      const k = +slider.value;
      const epoch = run.epochs[k];
      const whole = run.steps[k] === epoch * run.batches;
      write(moment, say("moment", { epoch, step: run.steps[k] }));
      aria(slider, "valuetext", moment.textContent);
      facts.replaceChildren(
        make("b", number(costs[epoch])),
        ` ${say("mean")} `,
        make("b.new", percent(unseen[epoch], 0)),
        ` ${say("unseen")} `,
      );
      facts.style.visibility = whole ? "" : "hidden";
      const across = (e) => e / (costs.length - 1);
      const most = max(...costs);
      plot(
        curve,
        [
          { points: costs.map((c, e) => [across(e), c / most]), colour: WHITE },
          { points: unseen.map((a, e) => [across(e), a]), colour: GREEN, dash: [6, 4] },
        ],
        [[number(most, 1), null, 1, "right"], ["0", null, 0, "right"], ["0", 0, null], [count(costs.length - 1), 1, null, "right"]],
        whole ? [[across(epoch), costs[epoch] / most, GOLD]] : [],
      );
      answers(strip, run, reading, k, network.classes);
    };
  });
  return own;
}

// The outputs, a row each, of each snapshot, a column each: how bright they are for what is drawn.
function answers(canvas, { nets }, reading, chosen, classes) {
  const rows = classes.length;
  const room = rows <= 32 && sharp(canvas, 198);
  if (!room) return;
  const { c, width, font } = room;
  const [w, h] = [width / nets.length, 198 / rows];
  font(min(15, h * 0.8, w * 0.9));
  nets.forEach(({ layers }, k) => {
    const out = reading ? forward(layers, reading.values).at(-1) : [];
    const best = reading ? brightest(out) : -1;
    classes.forEach((name, i) => {
      const v = clip(out[i] ?? 0);
      c.fillStyle = grey(0.1 + 0.9 * v);
      c.beginPath();
      c.roundRect(k * w + 1, i * h + 1, w - 2, h - 2, 3);
      c.fill();
      const colour = i === best ? (v > 0.5 ? "#6b4000" : GOLD) : v > 0.46 ? "#000" : v > 0.2 ? "#fff" : "#8a92a0";
      label(c, name, (k + 0.5) * w, (i + 0.54) * h, colour);
    });
  });
  c.strokeStyle = GOLD;
  c.lineWidth = 2;
  c.strokeRect(chosen * w, 1, w, 196);
}
