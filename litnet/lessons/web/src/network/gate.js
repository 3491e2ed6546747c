// What is loaded only when somebody asks for it.
import { make } from "./dom.js";
import { digits, history, load } from "./network.js";

const READ = { history, unseen: digits, training: digits };

// A panel's part before its data are there: words about it and a button, and then `ready()`.
export function gate(element, panel, about, wanted, ready) {
  const { say, data, network } = element;
  const note = make("p", { class: "note", role: "status" });
  const fetchAll = async () => {
    button.disabled = true;
    note.textContent = say("loading");
    try {
      for (const name of wanted) {
        const { file } = network.more[name];
        const found = () => globalThis.litnetLearning?.[file.slice(0, -3)];
        if (!found()) await load(new URL(file, element.base).href);
        data[name] ??= await READ[name](found(), network);
      }
    } catch (error) {
      if (!Array.isArray(error)) throw error;
      const why = error[0] === "missing" ? "lost" : error[0];
      note.textContent = say("broken", { why: say(why, error[1]) });
      button.disabled = false;
      return;
    }
    panel.replaceChildren();
    ready();
    element.redraw();
  };
  const size = Math.ceil(wanted.reduce((sum, name) => sum + (data[name] ? 0 : network.more[name].bytes), 0) / 1000);
  const button = make("button", { type: "button", class: "main", onclick: fetchAll }, say("load", { size }));
  panel.replaceChildren(make("p", {}, about), button, note);
}
