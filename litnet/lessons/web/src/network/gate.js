// What is loaded only when somebody asks for it.
import { make, write } from "./dom.js";
import { digits, history, load } from "./network.js";

// A panel's part before its data are there: words about it and a button, and then `ready()`.
export function gate(element, panel, about, wanted, ready) {
  const { say, data, network } = element;
  const note = make("p.note", { role: "status" });
  const fetchAll = async () => {
    button.disabled = true;
    write(note, say("loading"));
    try {
      for (const name of wanted) {
        const { file } = network.more[name];
        const found = () => globalThis.litnetLearning?.[file.slice(0, -3)];
        if (!found()) await load(new URL(file, element.base).href);
        data[name] ??= await (name === "history" ? history : digits)(found(), network);
      }
    } catch (error) {
      if (!Array.isArray(error)) throw error;
      const [word, parts] = error;
      write(note, say("broken", { why: say(word === "missing" ? "lost" : word, parts) }));
      button.disabled = false;
      return;
    }
    panel.replaceChildren();
    ready();
    element.redraw();
  };
  const size = Math.ceil(wanted.reduce((sum, name) => sum + (data[name] ? 0 : network.more[name].bytes), 0) / 1000);
  const button = make("button.main", { onclick: fetchAll }, say("load", { size }));
  panel.replaceChildren(make("p", about), button, note);
}
