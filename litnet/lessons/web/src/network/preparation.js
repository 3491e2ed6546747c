// From a drawing to what the network reads: network/preparation.py, for a black page.
import { clip, floor, max, min, round } from "./maths.js";

const INKED = 0.3;

// Bright ink (bytes, width x height) on a page at least half of which is black.
// Gives {values, digits}; throws [word].
export function prepare(page, width, height, side) {
  let most = 0;
  for (let i = 0; i < page.length; i++) if (page[i] > most) most = page[i];
  if (most / 255 < 0.08) throw ["faint"];
  let least = 1; // from this byte on there is ink
  while (least / 255 / (most / 255) < INKED) least++;
  const found = pieces(page, width, height, least);
  const biggest = found.reduce((area, piece) => max(area, piece.area), 0);
  if (biggest < max(4, 1e-4 * page.length)) throw ["faint"];
  const kept = found.filter(({ area }) => area >= 0.02 * biggest);
  if (kept.length > 60) throw ["pieces"];

  // Pieces that are near one another make one digit.
  const gap = (p, q, k) => max(p[k], q[k]) - min(p[k + 1], q[k + 1]);
  const longer = (p) => max(p[1] - p[0], p[3] - p[2]);
  const near = ({ box: p }, { box: q }) => max(gap(p, q, 0), gap(p, q, 2)) < 0.15 * max(longer(p), longer(q));
  const groups = [];
  for (let group of kept) {
    for (let k; (k = groups.findIndex((g) => near(g, group))) >= 0; ) group = join(group, groups.splice(k, 1)[0]);
    groups.push(group);
  }
  const best = groups.reduce((a, b) => (b.area > a.area ? b : a));
  const digits = groups.filter((g) => g.area >= 0.25 * best.area).length;
  return { values: centred(...thickened(...cut(page, width, best), least), side), digits };
}

// Two pieces as one: the first one of the page, with the other's runs.
function join(p, q) {
  if (p === q) return p;
  if (q.order < p.order) [p, q] = [q, p];
  for (const run of q.runs) p.runs.push(run);
  p.area += q.area;
  p.box = p.box.map((v, k) => (k % 2 ? max : min)(v, q.box[k]));
  return (q.into = p);
}

// Pieces that touch, at corners too, in the order of their first pixels: {order, runs: of ink along a row [y,
// from, end], area, box: [top, bottom, left, right]}.
function pieces(page, width, height, least) {
  const found = [];
  let above = [];
  for (let y = 0; y < height; y++) {
    const here = [];
    const row = y * width;
    for (let x = 0; x < width; x++) {
      if (page[row + x] < least) continue;
      const from = x;
      while (x < width && page[row + x] >= least) x++;
      let piece = { order: found.length, runs: [[y, from, x]], area: x - from, box: [y, y + 1, from, x], into: null };
      found.push(piece);
      for (let [start, end, other] of above)
        if (start <= x && end >= from) {
          while (other.into) other = other.into;
          piece = join(other, piece);
        }
      here.push([from, x, piece]);
    }
    above = here;
  }
  return found.filter((piece) => !piece.into);
}

// A piece with what is within two pixels of it: [bytes, rows, columns].
function cut(page, width, { runs, box: [top, bottom, left, right] }) {
  const columns = right - left;
  const out = new Uint8Array((bottom - top) * columns);
  for (const [row, from, end] of runs) {
    const [first, last] = [max(left, from - 2), min(right, end + 2)];
    for (let y = max(top, row - 2); y < min(bottom, row + 3); y++)
      out.set(page.subarray(y * width + first, y * width + last), (y - top) * columns + first - left);
  }
  return [out, bottom - top, columns];
}

// A thin pen is made thicker: a stroke's width is twice its pixels over those at its edge.
function thickened(digit, rows, columns, least) {
  let area = 0;
  let edge = 0;
  for (let i = 0, y = 0; y < rows; y++)
    for (let x = 0; x < columns; x++, i++)
      if (digit[i] >= least) {
        area++;
        const inside = y && x && y < rows - 1 && x < columns - 1;
        if (!inside || min(digit[i - 1], digit[i + 1], digit[i - columns], digit[i + columns]) < least) edge++;
      }
  const pen = (2 * area) / max(1, edge);
  const longest = max(rows, columns);
  const reach = pen < 0.07 * longest ? floor((0.085 * longest - pen) / 2 + 0.5) : 0;
  if (!reach) return [digit, rows, columns];
  const [tall, wide] = [rows + 2 * reach, columns + 2 * reach];
  const padded = new Uint8Array(tall * wide);
  for (let y = 0; y < rows; y++) padded.set(digit.subarray(y * columns, (y + 1) * columns), (y + reach) * wide + reach);
  return [spread(padded, tall, wide, reach), tall, wide];
}

// Fitted into 20 of 28 pixels, made bright, and its mass moved to the middle.
function centred(digit, rows, columns, side) {
  const box = max(1, round((side * 20) / 28));
  const scaled = (n) => max(1, floor((n * box) / max(rows, columns) + 0.5));
  const [h, w] = [scaled(rows), scaled(columns)];
  const fitted = averaged(averaged(digit, rows, columns, h), columns, h, w);
  let bright = 0;
  const down = new Float64Array(h);
  const across = new Float64Array(w);
  fitted.forEach((v, i) => {
    bright = max(bright, v);
    down[(i / w) | 0] += v;
    across[i % w] += v;
  });
  const begin = (mass) => {
    const middle = mass.reduce((s, m, i) => s + m * i, 0) / mass.reduce((s, m) => s + m, 0);
    return clip(floor(side / 2 - middle + 0.5 + 1e-9), side - mass.length);
  };
  const [y0, x0] = [begin(down), begin(across)];
  const values = new Float64Array(side * side);
  fitted.forEach((v, i) => {
    values[(y0 + ((i / w) | 0)) * side + x0 + (i % w)] = v / bright;
  });
  return values;
}

// The brightest byte within `reach` pixels, along rows and columns.
function spread(image, rows, columns, reach) {
  for (const down of [0, 1]) {
    const out = new Uint8Array(image.length);
    const step = down ? columns : 1;
    const last = (down ? rows : columns) - 1;
    for (let i = 0; i < out.length; i++) {
      const v = image[i];
      if (!v) continue;
      const at = down ? (i / columns) | 0 : i % columns;
      const end = i + step * min(reach, last - at);
      for (let k = i - step * min(reach, at); k <= end; k += step) if (out[k] < v) out[k] = v;
    }
    image = out;
  }
  return image;
}

// Averages areas down the columns, from `old` rows to `rows`, and transposes.
function averaged(image, old, columns, rows) {
  const out = new Float64Array(columns * rows);
  const light = new Float64Array(old + 1);
  for (let x = 0; x < columns; x++) {
    for (let y = 0; y < old; y++) light[y + 1] = light[y] + image[y * columns + x];
    let before = 0;
    for (let i = 0; i < rows; i++) {
      const end = (i + 1) * (old / rows);
      const whole = min(floor(end), old - 1);
      const upTo = light[whole] + (end - whole) * image[whole * columns + x];
      out[x * rows + i] = max(0, upTo - before) * (rows / old);
      before = upTo;
    }
  }
  return out;
}
