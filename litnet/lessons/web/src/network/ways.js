// What one can do: tabs, and a panel each, made when it is first shown.
import { make, row } from "./dom.js";
import { epochs } from "./epochs.js";
import { knob } from "./knob.js";
import { teach } from "./teach.js";
import { train } from "./train.js";

// Each way, and the data that it takes.
const WAYS = [
  ["drawing", () => ({}), []],
  ["epochs", epochs, ["history"]],
  ["teach", teach, []],
  ["knob", knob, ["unseen"]],
  ["train", train, ["unseen", "training"]],
];

// {tabs: none or one list of them, panels, show: a way by its name}; `draw` is in the panel of drawing.
export function ways(element, draw) {
  const { say, network } = element;
  const files = Object.keys(network.more);
  const all = WAYS.filter(([name, , wanted], k) => !k || (files.length && wanted.every((one) => files.includes(one)))).map(
    ([name, begin], k) => ({
      name,
      begin,
      tab: make("button", { role: "tab", id: `tab-${name}`, "aria-controls": name, onclick: () => show(name) }, say(name)),
      panel: make("div.panel", { id: name, ...(files.length && { role: "tabpanel", "aria-labelledby": `tab-${name}` }) }),
    }),
  );
  all[0].panel.append(...draw);
  const mark = (name) => {
    for (const way of all) {
      const here = way.name === name;
      way.tab.setAttribute("aria-selected", here);
      way.tab.tabIndex = here ? 0 : -1;
      way.panel.hidden = !here;
    }
  };
  const show = (name) => {
    const way = all.find((one) => one.name === name);
    if (!way) return;
    element.panel.close?.();
    mark(name);
    way.tab.scrollIntoView({ block: "nearest", inline: "nearest" });
    element.panel = way.own ??= way.begin(element, way.panel);
    const { length } = network.examples;
    if (name !== "drawing" && !element.reading && length) element.example(Math.min(3, length - 1));
    element.changed();
  };
  const turn = (event) => {
    const here = all.findIndex(({ tab }) => !tab.tabIndex);
    const last = all.length - 1;
    const next = { ArrowRight: here < last ? here + 1 : 0, ArrowLeft: here ? here - 1 : last, Home: 0, End: last }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    all[next].tab.focus();
    show(all[next].name);
  };
  mark("drawing");
  const tabs = make("div.tabs", { role: "tablist", "aria-label": say("ways"), onkeydown: turn }, ...all.map(({ tab }) => tab));
  return { tabs: files.length ? [tabs] : [], panels: all.map(({ panel }) => panel), show };
}
