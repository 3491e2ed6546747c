// Elements, and what they say.
import { abs } from "./maths.js";

// An element of a kind ("button.main" is a tag and its class), with its attributes and children.
export function make(kind, ...parts) {
  const [tag, name] = kind.split(".");
  const node = document.createElement(tag);
  if (name) node.className = name;
  if (tag === "button") node.type = tag;
  for (const part of parts)
    if (part.constructor !== Object) node.append(part);
    else
      for (const [key, value] of Object.entries(part))
        if (key.startsWith("on")) node[key] = value;
        else if (value !== false) node.setAttribute(key, value);
  // A picture that does not say what it is says nothing.
  if (tag === "canvas" && !node.hasAttribute("role")) aria(node, "hidden", true);
  return node;
}

// A text, where it is another than before: what stays the same is not laid out again.
export const write = (node, text) => {
  if (node.textContent !== text) node.textContent = text;
};

export const aria = (node, name, value) => node.setAttribute(`aria-${name}`, value);

// A field for a whole number from 1 on, beside its name: [input, label].
export function field(name, attributes) {
  const input = make("input", { type: "number", min: 1, ...attributes });
  return [input, make("label", name, input)];
}

// A number above what it says: [the number, both].
export function fact(text, kind = "") {
  const value = make(`b.${kind}`, "–");
  return [value, make("div", value, make("span", text))];
}

// Beside each other where there is room.
export const two = (left, right) => make("div.two", make("div", ...left), make("div", ...right));

export const row = (...parts) => make("div.row", ...parts);

const formats = {};
const format = (v, language, places, style) =>
  (formats[[language, places, style]] ??= new Intl.NumberFormat(language, {
    style,
    minimumFractionDigits: places,
    maximumFractionDigits: places,
    useGrouping: false,
  })).format(v);

export const percent = (v, language, places) => format(v, language, places, "percent");

export const number = (v, language, digits = 2) => {
  if (abs(v) >= 1e4) return v.toExponential(1);
  const places = abs(v) < 100 ? digits : 0;
  return format(+v.toFixed(places) || 0, language, places).replace("-", "−");
};
