// Drawing on canvases.
import { abs, max, min, round } from "./maths.js";

export const GOLD = "#ffd166";
export const GREEN = "#7bd88f";
export const ORANGE = "#ffb547";
export const BLUE = "#6c9bff";
export const WHITE = "#f2f2f2";
export const QUIET = "#a6abb5";

export const grey = (v) => {
  const level = round(255 * v);
  return `rgb(${level},${level},${level})`;
};

// A part of a colour, from 0 to 1, as 0xbbggrr.
export const tint = (r, g, b, part) => (round(b * part) << 16) | (round(g * part) << 8) | round(r * part);

// The outline of a disc.
export const disc = (c, x, y, radius) => {
  c.beginPath();
  c.arc(x, y, radius, 0, 7);
};

export const ring = (c, x, y, radius, colour, wide) => {
  disc(c, x, y, radius);
  c.strokeStyle = colour;
  c.lineWidth = wide;
  c.stroke();
};

// A line through points, [x, y] each.
export const line = (c, points, colour, wide) => {
  c.strokeStyle = colour;
  c.lineWidth = wide;
  c.beginPath();
  for (const [x, y] of points) c.lineTo(x, y);
  c.stroke();
};

export const write = (c, text, x, y, colour, align = "center") => {
  c.textAlign = align;
  c.textBaseline = "middle";
  c.fillStyle = colour;
  c.fillText(text, x, y);
};

// A context for CSS pixels, sharp on any screen.
export function context(canvas, width, height) {
  const ratio = min(3, devicePixelRatio);
  canvas.width = round(width * ratio);
  canvas.height = round(height * ratio);
  const c = canvas.getContext("2d");
  c.scale(ratio, ratio);
  return c;
}

// The same for a canvas of a panel, as wide as it stands in the page: {c, width, font: sets a size}, or
// nothing while it is not shown.
export function sharp(canvas, height) {
  const width = canvas.clientWidth;
  if (!width) return null;
  canvas.style.height = `${height}px`;
  const c = context(canvas, width, height);
  const font = (size) => (c.font = `${size}px ${getComputedStyle(canvas).fontFamily}`);
  font(13);
  return { c, width, font };
}

const images = new WeakMap(); // of canvases

// A picture of width x height pixels; `fill` gives them their colours (0xffbbggrr).
export function pixels(canvas, width, height, fill) {
  const c = canvas.getContext("2d");
  let image = images.get(canvas);
  if (image?.width !== width || image.height !== height) {
    Object.assign(canvas, { width, height });
    images.set(canvas, (image = c.createImageData(width, height)));
  }
  fill(new Uint32Array(image.data.buffer));
  c.putImageData(image, 0, 0);
}

// Grey bytes, as they are.
export const paint = (canvas, bytes, side) =>
  pixels(canvas, side, bytes.length / side, (data) => {
    for (let i = 0; i < data.length; i++) data[i] = 0xff000000 | (bytes[i] * 0x010101);
  });

// Weights: orange raises, blue lowers, the largest is the brightest.
export function signed(canvas, weights, width) {
  const most = weights.reduce((m, w) => max(m, abs(w)), 1e-12);
  pixels(canvas, width, weights.length / width, (data) =>
    weights.forEach((w, i) => {
      const v = (abs(w) / most) ** 0.7;
      const [r, g, b] = w > 0 ? [255, 181, 71] : [70, 122, 255];
      data[i] = 0xff000000 | tint(r, g, b, v);
    }),
  );
}

// Curves over one another: each {points: [[x, y]], colour, dash}, x and y from 0 to 1; dots [[x, y,
// colour]]; words [[text, x, y, align]], where x or y is null beside the axis.
export function plot(canvas, curves, words, dots = [], left = 34) {
  const height = 150;
  const room = sharp(canvas, height);
  if (!room) return;
  const { c, width } = room;
  const at = ([x, y]) => [left + x * (width - left - 12), height - 24 - y * (height - 36)];
  for (const y of [0, 0.5, 1]) line(c, [at([0, y]), at([1, y])], "#343a46", 1);
  c.lineJoin = "round";
  for (const { points, colour, dash = [] } of curves) {
    c.setLineDash(dash);
    line(c, points.map(at), colour, 2.5);
  }
  for (const [x, y, colour] of dots) {
    disc(c, ...at([x, y]), 5);
    c.fillStyle = colour;
    c.fill();
  }
  for (const [text, x, y, align] of words) {
    const [u, v] = at([x, y]);
    write(c, text, x === null ? left - 6 : u, y === null ? height - 9 : v, QUIET, align);
  }
}
