// Elements, and what they say.

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
        else if (value !== false) node.setAttribute(key, value === true ? "" : value);
  return node;
}

// A text, where it is another than before: what stays the same is not laid out again.
export const write = (node, text) => {
  if (node.textContent !== text) node.textContent = text;
};

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

export const brightest = (a) => a.reduce((best, v, i) => (v > a[best] ? i : best), 0);

export const largest = (a) => a.reduce((most, v) => Math.max(most, Math.abs(v)), 0);

export const clip = (v, most = 1) => Math.min(most, Math.max(0, v));

const formats = {};
export const number = (v, language, digits = 2) => {
  if (Math.abs(v) >= 1e4) return v.toExponential(1);
  const places = Math.abs(v) < 100 ? digits : 0;
  const format = (formats[language + places] ??= new Intl.NumberFormat(language, {
    minimumFractionDigits: places,
    maximumFractionDigits: places,
    useGrouping: false,
  }));
  return format.format(+v.toFixed(places) || 0).replace("-", "−");
};
