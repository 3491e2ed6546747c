// The few things that all parts of the player do with the page.

export const make = (tag, properties, ...children) => {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
};

/** Write a text where another one stands: called for every frame, it leaves alone what is right. */
export const write = (element, text = "") => {
  if (element.textContent !== text) element.textContent = text;
};

export const mark = (element, attributes) => {
  for (const [name, value] of Object.entries(attributes))
    if (element.getAttribute(name) !== `${value}`) element.setAttribute(name, value);
};

export const clamp = (number, most) => Math.min(Math.max(number, 0), most);

/** Give it the keys; the page stays where it is. */
export const focus = (element) => element.focus({ preventScroll: true });

const scripts = {}; // loaded once, whatever the number of elements
export const load = (src) => src && (scripts[src] ??= new Promise((done) => {
  document.head.append(make("script", { src, onload: done, onerror: done }));
}));

export const calm = matchMedia("(prefers-reduced-motion: reduce)");

/** What this browser remembers for every clip; nothing where a page may not. */
export const recall = (name) => {
  try {
    return localStorage.getItem(`litnet:${name}`);
  } catch {
    return null;
  }
};

export const remember = (name, value) => {
  try {
    localStorage.setItem(`litnet:${name}`, value);
  } catch {
    // then it is so for this clip only
  }
};

/** The clips that are in the page: what one of them remembers, all of them do. */
export const CLIPS = new Set();
