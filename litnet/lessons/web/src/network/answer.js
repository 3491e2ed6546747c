// What the network says of a drawing, in words.
import { make, write } from "./dom.js";

// {box: the answer, large; live: what is read out; list: all numbers; show, announce}
export function answer(element) {
  const { say, number, count, network: net, parts } = element;
  const name = make("bdi.name");
  const value = make("span");
  const note = make("p.note");
  const live = (parts.live = make("p.sr", { role: "status", "aria-live": "polite" }));
  const list = make("dl");
  const box = make("div.answer", name, value, note);

  // At once; `said` is what there is to note.
  const show = (said, empty) => {
    const { reading } = element;
    write(name, reading?.name ?? "");
    name.classList.toggle("long", reading?.name.length > 3);
    write(value, reading ? say("activation", { activation: number(reading.confidence) }) : empty ? say("nothing") : "");
    write(note, said);
    note.hidden = !said;
  };

  // Once the drawing has rested.
  const announce = () => {
    const { reading } = element;
    const said = note.textContent;
    const text = reading ? say("reads", { answer: reading.name, activation: number(reading.confidence) }) : said || say("nothing");
    write(live, reading && said ? `${text} ${said}` : text);
    const label = say("network", { sizes: net.sizes.map(count).join(", ") });
    parts.stage.setAttribute("aria-label", reading ? `${label} ${text}` : label);
    list.replaceChildren();
    if (!reading) return;
    const entry = (term, ...parts) => list.append(make("dt", term), make("dd", ...parts));
    const { activations, values } = reading;
    const out = activations.at(-1);
    entry(say("inputs", { count: values.filter((v) => v > 0).length, total: values.length }));
    activations.slice(1, -1).forEach((a, k) => entry(say("layer", { layer: k + 2 }), Array.from(a, (v) => number(v)).join("  ")));
    const order = [...out.keys()];
    const many = order.length > 20;
    if (many) order.sort((i, j) => out[j] - out[i]).splice(10);
    entry(
      many ? say("brightest", { shown: 10, total: out.length }) : say("outputs"),
      ...order.flatMap((i) => [make("bdi", net.classes[i]), ` ${number(out[i])}   `]),
    );
    element.tell("read", reading);
  };
  return { box, live, list, show, announce };
}
