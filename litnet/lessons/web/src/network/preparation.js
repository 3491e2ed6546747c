// From a drawing to what the network reads: network/preparation.py, for a black page.

const INKED = 0.3;

// Bright ink (bytes, width x height) on a page at least half of which is black.
// Gives {values, digits}; throws [word].
export function prepare(page, width, height, side) {
  const size = width * height;
  let most = 0;
  for (let i = 0; i < size; i++) if (page[i] > most) most = page[i];
  if (most / 255 < 0.08) throw ["faint"];
  const ink = Float64Array.from({ length: 256 }, (_, v) => v / 255 / (most / 255));

  // Pieces that touch, at corners too: number, area, box (top, bottom, left, right).
  const labels = new Uint16Array(size);
  const found = [];
  const stack = new Int32Array(size);
  for (let start = 0; start < size; start++) {
    if (!page[start] || labels[start] || ink[page[start]] < INKED) continue;
    const label = found.length + 1;
    if (label > 60000) throw ["pieces"];
    const piece = { label, area: 0, box: [height, 0, width, 0] };
    const { box } = piece;
    let top = 0;
    stack[top++] = start;
    labels[start] = label;
    while (top) {
      const i = stack[--top];
      const y = (i / width) | 0;
      const x = i - y * width;
      piece.area++;
      if (y < box[0]) box[0] = y;
      if (y >= box[1]) box[1] = y + 1;
      if (x < box[2]) box[2] = x;
      if (x >= box[3]) box[3] = x + 1;
      for (let v = Math.max(0, y - 1); v < Math.min(height, y + 2); v++)
        for (let u = Math.max(0, x - 1); u < Math.min(width, x + 2); u++) {
          const k = v * width + u;
          if (!labels[k] && ink[page[k]] >= INKED) {
            labels[k] = label;
            stack[top++] = k;
          }
        }
    }
    found.push(piece);
  }
  const largest = found.reduce((m, p) => Math.max(m, p.area), 0);
  if (largest < Math.max(4, 1e-4 * size)) throw ["faint"];
  const kept = found.filter((p) => p.area >= 0.02 * largest);
  if (kept.length > 60) throw ["pieces"];

  // Pieces that are near one another make one digit.
  const union = (p, q) => [Math.min(p[0], q[0]), Math.max(p[1], q[1]), Math.min(p[2], q[2]), Math.max(p[3], q[3])];
  const near = ({ box: p }, { box: q }) =>
    Math.max(Math.max(p[0], q[0]) - Math.min(p[1], q[1]), Math.max(p[2], q[2]) - Math.min(p[3], q[3])) <
    0.15 * Math.max(p[1] - p[0], p[3] - p[2], q[1] - q[0], q[3] - q[2]);
  let groups = [];
  for (const { label, area, box } of kept) {
    let group = { labels: [label], area, box };
    for (;;) {
      const close = groups.filter((g) => near(g, group));
      if (!close.length) break;
      groups = groups.filter((g) => !close.includes(g));
      for (const g of close)
        group = { labels: [...group.labels, ...g.labels], area: group.area + g.area, box: union(group.box, g.box) };
    }
    groups.push(group);
  }
  const best = groups.reduce((a, b) => (b.area > a.area ? b : a));
  const digits = groups.filter((g) => g.area >= 0.25 * best.area).length;
  const [top, bottom, left, right] = best.box;
  let rows = bottom - top;
  let columns = right - left;
  const chosen = new Uint8Array(found.length + 1);
  for (const label of best.labels) chosen[label] = 1;
  let digit = new Float64Array(rows * columns);
  const each = (f) => {
    for (let y = 0, i = 0; y < rows; y++)
      for (let k = (top + y) * width + left, end = k + columns; k < end; k++, i++) digit[i] = f(k, i);
  };
  each((k) => chosen[labels[k]]);
  digit = spread(digit, rows, columns, 2);
  each((k, i) => digit[i] && ink[page[k]]);

  // A thin pen is made thicker: a stroke's width is twice its pixels over those at its edge.
  const inked = (y, x) => y >= 0 && x >= 0 && y < rows && x < columns && digit[y * columns + x] >= INKED;
  let area = 0;
  let edge = 0;
  for (let y = 0; y < rows; y++)
    for (let x = 0; x < columns; x++)
      if (inked(y, x)) {
        area++;
        if (!(inked(y - 1, x) && inked(y + 1, x) && inked(y, x - 1) && inked(y, x + 1))) edge++;
      }
  const pen = (2 * area) / Math.max(1, edge);
  const longest = Math.max(rows, columns);
  const reach = pen < 0.07 * longest ? Math.trunc((0.085 * longest - pen) / 2 + 0.5) : 0;
  if (reach) {
    const wide = columns + 2 * reach;
    const padded = new Float64Array((rows + 2 * reach) * wide);
    for (let y = 0; y < rows; y++)
      padded.set(digit.subarray(y * columns, (y + 1) * columns), (y + reach) * wide + reach);
    rows += 2 * reach;
    columns = wide;
    digit = spread(padded, rows, columns, reach);
  }

  // Fitted into 20 of 28 pixels, made bright, and its mass moved to the middle.
  const box = Math.max(1, Math.round((side * 20) / 28));
  const scaled = (n) => Math.max(1, Math.trunc((n * box) / Math.max(rows, columns) + 0.5));
  const [h, w] = [scaled(rows), scaled(columns)];
  const fitted = averaged(averaged(digit, rows, columns, h), columns, h, w);
  let bright = 0;
  const down = new Float64Array(h);
  const across = new Float64Array(w);
  fitted.forEach((v, i) => {
    v = fitted[i] = Math.min(1, Math.max(0, v));
    bright = Math.max(bright, v);
    down[(i / w) | 0] += v;
    across[i % w] += v;
  });
  const begin = (mass) => {
    const middle = mass.reduce((s, m, i) => s + m * i, 0) / mass.reduce((s, m) => s + m, 0);
    return Math.min(Math.max(Math.floor(side / 2 - middle + 0.5 + 1e-9), 0), side - mass.length);
  };
  const [y0, x0] = [begin(down), begin(across)];
  const values = new Float64Array(side * side);
  fitted.forEach((v, i) => {
    values[(y0 + ((i / w) | 0)) * side + x0 + (i % w)] = v / bright;
  });
  return { values, digits };
}

// The brightest value within `reach` pixels, along rows and columns.
function spread(image, rows, columns, reach) {
  for (const [step, lines, n, next] of [
    [1, rows, columns, columns],
    [columns, columns, rows, 1],
  ]) {
    const out = new Float64Array(image.length);
    for (let line = 0; line < lines; line++)
      for (let i = 0; i < n; i++) {
        let most = 0;
        const end = Math.min(n, i + reach + 1);
        for (let k = Math.max(0, i - reach); k < end; k++) {
          const v = image[line * next + k * step];
          if (v > most) most = v;
        }
        out[line * next + i * step] = most;
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
      const whole = Math.min(Math.trunc(end), old - 1);
      const upTo = light[whole] + (end - whole) * image[whole * columns + x];
      out[x * rows + i] = (upTo - before) * (rows / old);
      before = upTo;
    }
  }
  return out;
}
