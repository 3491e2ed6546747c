// Point at a neuron: its number, and its incoming weights as a picture.
import { clip, field, largest, make, row, write } from "./dom.js";
import { signed } from "./draw.js";

// The card beside a neuron, in the stage's frame: {card, at: [layer, number] or null, show, fields to choose
// one without a pointer; named, eye: what a neuron is called, and its weights as a picture}.
export function pointer(element, stage) {
  const { say, number, network } = element;
  const { side, sizes } = network;
  const picture = make("canvas.eye");
  const [name, value, more] = ["b", "span", "span"].map((kind) => make(kind));
  const card = make("div.tip", { hidden: true, "aria-hidden": true }, picture, make("div", name, value, more));
  const named = (k, i) =>
    k || !side ? say("neuron", { layer: k + 1, number: i + 1 }) : say("pixel", { row: ((i / side) | 0) + 1, column: (i % side) + 1 });
  // Draws a row of weights into layer k; gives how many stand beside each other.
  const eye = (canvas, k, weights) => {
    const flat = k > 1 || !side;
    const width = flat ? weights.length : side;
    signed(canvas, weights, width);
    canvas.classList.toggle("flat", flat);
    return width;
  };
  // Shows a neuron, or with null none. Gives what there is to say of it.
  const show = (at) => {
    own.at = at;
    card.hidden = !at;
    if (!at) return "";
    const [k, i] = at;
    const { net, reading, light } = element;
    write(name, named(k, i));
    write(value, reading ? say("activation", { activation: number(reading.activations[k][i], 3) }) : "");
    picture.hidden = !k;
    if (k) {
      const { w, b } = net.layers[k - 1];
      const row = w.subarray(i * sizes[k - 1], (i + 1) * sizes[k - 1]);
      eye(picture, k, row);
      write(more, say("bias", { bias: number(b[i]), most: number(largest(row)) }));
    } else write(more, "");
    const { x, y } = light.blocks[k];
    const { offsetWidth, offsetHeight } = card;
    const left = x[i] > light.width / 2 ? x[i] - 18 - offsetWidth : x[i] + 18; // not over the outputs
    card.style.left = `${Math.max(0, left)}px`;
    card.style.top = `${clip(y[i] - 30, light.height - offsetHeight)}px`;
    return [name, value, more].map((part) => part.textContent).filter(Boolean).join(", ");
  };
  const point = ({ clientX, clientY, type }) => {
    const box = stage.getBoundingClientRect();
    const at = element.light.at(clientX - box.left, clientY - box.top);
    if (`${at}` !== `${own.at}`) {
      show(at);
      element.changed();
    }
    if (at && type === "pointerdown") element.panel.pick?.(...at);
  };
  Object.assign(stage, {
    onpointermove: point,
    onpointerdown: point,
    onpointerleave: ({ pointerType }) => {
      if (pointerType !== "mouse") return;
      show(null);
      element.changed();
    },
  });
  const [[tier, tierLabel], [unit, unitLabel]] = ["tier", "unit"].map((word) =>
    field(say(word), {
      oninput: () => {
        const [k, i] = [tier.value - 1, unit.value - 1];
        tier.max = sizes.length;
        unit.max = sizes[k] ?? 1;
        const there = Number.isInteger(i) && i >= 0 && i < sizes[k];
        write(element.parts.live, show(there ? [k, i] : null));
        element.changed();
      },
    }),
  );
  const fields = row(make("span.keys", say("point")), tierLabel, unitLabel);
  const own = { card, at: null, show, fields, named, eye };
  return own;
}
