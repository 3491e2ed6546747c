// Through the epochs: the drawing, read by every snapshot of the run.
import { brightest, make, number, plot, sharp } from "./dom.js";
import { forward } from "./forward.js";
import { gate } from "./gate.js";

export function epochs(element, panel) {
  const { say, network, data, language } = element;
  const own = { example: true };
  let update = () => {};
  gate(element, panel, say("kept", { count: network.more.history.count }), ["history"], () => {
    const run = data.history;
    const last = run.nets.length - 1;
    const moment = make("output", { class: "big" });
    const facts = make("p", { class: "facts" });
    const strip = make("canvas", { role: "img", "aria-label": say("strip"), onpointerdown: (event) => point(event) });
    const curve = make("canvas", { "aria-hidden": "true" });
    const slider = make("input", { type: "range", min: 0, max: last, value: 0, "aria-label": say("snapshot"), oninput: () => show() });
    const play = make("button", { type: "button", class: "main", onclick: () => toggle() }, say("play"));
    let timer = 0;
    const stop = () => {
      clearInterval(timer);
      timer = 0;
      play.textContent = say("play");
    };
    const toggle = () => {
      if (timer) return stop();
      if (+slider.value === last) slider.value = 0;
      play.textContent = say("pause");
      timer = setInterval(() => {
        slider.value++;
        show(true);
        if (+slider.value === last) stop();
      }, 550);
      return show(true);
    };
    own.close = stop;
    const show = (going) => {
      if (!going) stop();
      own.net = run.nets[slider.value];
      element.changed();
    };
    const point = ({ offsetX }) => {
      slider.value = Math.floor((offsetX / strip.clientWidth) * (last + 1));
      show();
    };
    panel.append(
      make("div", { class: "row" }, play, make("label", { class: "grow" }, slider), moment),
      make("div", { class: "two" }, make("div", {}, strip, make("p", { class: "legend" }, say("strip"))), make("div", {}, curve, facts)),
    );
    own.net = run.nets[0];
    update = (reading) => {
      const k = +slider.value;
      const epoch = run.epochs[k];
      const whole = run.steps[k] === epoch * run.batches;
      moment.textContent = say("moment", { epoch, step: run.steps[k] });
      slider.setAttribute("aria-valuetext", moment.textContent);
      facts.replaceChildren(
        ...[
          ["own", number(run.costs[epoch], language), say("mean")],
          ["new", `${number(100 * run.unseen[epoch], language, 0)} %`, say("unseen")],
        ].flatMap(([kind, value, text]) => [make("b", { class: kind }, value), ` ${text} `]),
      );
      facts.style.visibility = whole ? "" : "hidden";
      const across = (e) => e / (run.costs.length - 1);
      const most = Math.max(...run.costs);
      plot(curve, 150, {
        lines: [
          { points: run.costs.map((c, e) => [across(e), c / most]), colour: "#f2f2f2" },
          { points: run.unseen.map((a, e) => [across(e), a]), colour: "#7bd88f", dash: [6, 4] },
        ],
        dots: [[across(run.steps[k] / run.batches), run.costs[epoch] / most, "#ffd166"]].filter(() => whole),
        words: [
          [number(most, language, 1), null, 1, "right"],
          ["0", null, 0, "right"],
          ["0", 0, null, "center"],
          [(run.costs.length - 1).toLocaleString(language), 1, null, "right"],
        ],
      });
      answers(strip, run, reading, k, element);
    };
  });
  own.update = (reading) => update(reading);
  return own;
}

// Ten outputs, a row each, of each snapshot, a column each: how bright they are for what is drawn.
function answers(canvas, { nets }, reading, chosen, { network }) {
  const rows = network.classes.length;
  const room = rows <= 32 && sharp(canvas, 198);
  if (!room) return;
  const { c, width } = room;
  const [w, h] = [width / nets.length, 198 / rows];
  c.textAlign = "center";
  c.textBaseline = "middle";
  c.font = c.font.replace("13px", `${Math.min(15, h * 0.8, w * 0.9)}px`);
  nets.forEach(({ layers }, k) => {
    const out = reading ? forward(layers, reading.values).at(-1) : [];
    const best = reading ? brightest(out) : -1;
    for (let i = 0; i < rows; i++) {
      const v = Math.max(0, Math.min(1, out[i] ?? 0));
      const grey = Math.round(26 + 229 * v);
      c.fillStyle = `rgb(${grey},${grey},${grey})`;
      c.beginPath();
      c.roundRect(k * w + 1, i * h + 1, w - 2, h - 2, 3);
      c.fill();
      c.fillStyle = i === best ? (v > 0.5 ? "#6b4000" : "#ffd166") : v > 0.46 ? "#000" : v > 0.2 ? "#fff" : "#8a92a0";
      c.fillText(network.classes[i], (k + 0.5) * w, (i + 0.54) * h);
    }
  });
  c.strokeStyle = "#ffd166";
  c.lineWidth = 2;
  c.strokeRect(chosen * w, 1, w, 196);
}
