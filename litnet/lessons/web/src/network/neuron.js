// Point at a neuron: its number, and its incoming weights as a picture.
import { make, number, signed } from "./dom.js";

// The card beside a neuron, in the stage's frame.
export function pointer(element, stage) {
  const { say, language } = element;
  const picture = make("canvas", { class: "eye" });
  const name = make("b");
  const value = make("span");
  const more = make("span");
  const card = make("div", { class: "tip", hidden: true, "aria-hidden": "true" }, picture, make("div", {}, name, value, more));
  const own = { card, at: null };
  // Shows a neuron, [layer, number], or with null none. Gives what there is to say of it.
  own.show = (at) => {
    own.at = at;
    card.hidden = !at;
    if (!at) return "";
    const [k, i] = at;
    const { network, light } = element;
    const net = element.net ?? network;
    const { side, sizes } = network;
    name.textContent = k || !side ? say("neuron", { layer: k + 1, number: i + 1 }) : say("pixel", { row: ((i / side) | 0) + 1, column: (i % side) + 1 });
    const a = element.reading?.activations[k][i];
    value.textContent = a === undefined ? "" : say("activation", { activation: number(a, language, 3) });
    more.textContent = "";
    picture.hidden = !k;
    if (k) {
      const n = sizes[k - 1];
      const { w, b } = net.layers[k - 1];
      const row = w.subarray(i * n, (i + 1) * n);
      signed(picture, row, k === 1 && side ? side : n);
      picture.classList.toggle("flat", k > 1 || !side);
      const most = row.reduce((m, v) => Math.max(m, Math.abs(v)), 0);
      more.textContent = say("bias", { bias: number(b[i], language), most: number(most, language) });
    }
    const { x, y } = light.blocks[k];
    const wide = card.offsetWidth;
    const left = x[i] > light.width / 2 ? x[i] - 18 - wide : x[i] + 18; // not over the outputs
    card.style.left = `${Math.max(0, left)}px`;
    card.style.top = `${Math.max(0, Math.min(light.height - card.offsetHeight, y[i] - 30))}px`;
    return [name, value, more].map((part) => part.textContent).filter(Boolean).join(", ");
  };
  const find = ({ clientX, clientY }) => {
    const box = stage.getBoundingClientRect();
    return element.light?.blocks ? element.light.at(clientX - box.left, clientY - box.top) : null;
  };
  const point = (event) => {
    const at = find(event);
    if (`${at}` === `${own.at}`) return;
    own.show(at);
    element.changed();
  };
  stage.addEventListener("pointermove", point);
  stage.addEventListener("pointerdown", (event) => {
    const at = find(event);
    point(event);
    if (at) element.panel.pick?.(...at);
  });
  stage.addEventListener("pointerleave", (event) => {
    if (event.pointerType !== "mouse") return;
    own.show(null);
    element.changed();
  });
  // The same without a pointer: two numbers.
  const field = (word) => {
    const input = make("input", { type: "number", min: 1, value: "", oninput: () => choose() });
    return [input, make("label", {}, say(word), input)];
  };
  const [tier, tierLabel] = field("tier");
  const [unit, unitLabel] = field("unit");
  const choose = () => {
    const { sizes } = element.network;
    const [k, i] = [tier.value - 1, unit.value - 1];
    tier.max = sizes.length;
    unit.max = sizes[k] ?? 1;
    const at = Number.isInteger(k) && Number.isInteger(i) && k >= 0 && i >= 0 && i < sizes[k] ? [k, i] : null;
    element.parts.live.textContent = own.show(at);
    element.changed();
  };
  own.fields = make("div", { class: "row" }, make("span", { class: "keys" }, say("point")), tierLabel, unitLabel);
  return own;
}
