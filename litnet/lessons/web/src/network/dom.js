// Elements, numbers, and pictures of numbers.

export function make(kind, attributes = {}, ...children) {
  const node = document.createElement(kind);
  for (const [key, value] of Object.entries(attributes))
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (value === true) node.setAttribute(key, "");
    else if (value !== false && value != null) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

export const brightest = (a) => a.reduce((best, v, i) => (v > a[best] ? i : best), 0);

export const number = (v, language, digits = 2) => {
  if (Math.abs(v) >= 1e4) return v.toExponential(1);
  const places = Math.abs(v) < 100 ? digits : 0;
  const options = { minimumFractionDigits: places, maximumFractionDigits: places, useGrouping: false };
  return (+v.toFixed(places) || 0).toLocaleString(language, options).replace("-", "−");
};

// Grey bytes, as they are, on a canvas of as many pixels.
export function paint(canvas, grey, side) {
  pixels(canvas, side, grey.length / side, (data) => grey.forEach((v, i) => (data[i] = 0xff000000 | (v * 0x010101))));
}

function pixels(canvas, width, height, fill) {
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  const c = canvas.getContext("2d");
  const image = c.createImageData(width, height);
  fill(new Uint32Array(image.data.buffer));
  c.putImageData(image, 0, 0);
}

// Weights on a canvas of as many pixels: orange raises, blue lowers, the largest is the brightest.
export function signed(canvas, weights, width) {
  let most = 1e-12;
  for (const w of weights) most = Math.max(most, Math.abs(w));
  pixels(canvas, width, weights.length / width, (data) =>
    weights.forEach((w, i) => {
      const v = (Math.abs(w) / most) ** 0.7;
      const [r, g, b] = (w > 0 ? [255, 181, 71] : [70, 122, 255]).map((part) => Math.round(part * v));
      data[i] = 0xff000000 | (b << 16) | (g << 8) | r;
    }),
  );
}

// A canvas of sharp pixels, as wide as it stands in the page: {c, width}, or nothing while it is not shown.
export function sharp(canvas, height) {
  const width = canvas.clientWidth;
  if (!width) return null;
  const ratio = Math.min(3, devicePixelRatio || 1);
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  canvas.style.height = `${height}px`;
  const c = canvas.getContext("2d");
  c.scale(ratio, ratio);
  c.font = `13px ${getComputedStyle(canvas).fontFamily}`;
  return { c, width };
}

// Curves over one another: `lines` are {points: [[x, y]], colour, dash}, x and y from 0 to 1; `dots`
// [[x, y, colour]]; words stand [[text, x, y, align, colour]].
export function plot(canvas, height, { lines, dots = [], words = [], left = 34 }) {
  const room = sharp(canvas, height);
  if (!room) return;
  const { c, width } = room;
  const [top, bottom, right] = [12, 24, 12];
  const at = ([x, y]) => [left + x * (width - left - right), height - bottom - y * (height - bottom - top)];
  c.lineWidth = 1;
  c.strokeStyle = "#343a46";
  for (const y of [0, 0.5, 1]) {
    c.beginPath();
    c.moveTo(...at([0, y]));
    c.lineTo(...at([1, y]));
    c.stroke();
  }
  c.lineWidth = 2.5;
  c.lineJoin = "round";
  for (const { points, colour, dash = [] } of lines) {
    c.strokeStyle = colour;
    c.setLineDash(dash);
    c.beginPath();
    points.forEach((p) => c.lineTo(...at(p)));
    c.stroke();
  }
  c.setLineDash([]);
  for (const [x, y, colour] of dots) {
    c.fillStyle = colour;
    c.beginPath();
    c.arc(...at([x, y]), 5, 0, 7);
    c.fill();
  }
  c.textBaseline = "middle";
  for (const [text, x, y, align, colour = "#a6abb5"] of words) {
    c.textAlign = align;
    c.fillStyle = colour;
    const [u, v] = at([x, y]);
    c.fillText(text, x === null ? left - 6 : u, y === null ? height - 9 : v);
  }
}
