// From a drawing to what the network reads: network/preparation.py, for a black page.

const INKED = 0.3;

// Bright ink (bytes, width x height) on a page at least half of which is black.
// Gives {values, digits}; throws [word].
export function prepare(page, width, height, side) {
  let most = 0;
  for (let i = 0; i < page.length; i++) if (page[i] > most) most = page[i];
  if (most / 255 < 0.08) throw ["faint"];
  let least = 1; // from this byte on there is ink
  while (least / 255 / (most / 255) < INKED) least++;

  // Pieces that touch, at corners too: numbers, area, box (top, bottom, left, right).
  const labels = new Uint16Array(page.length);
  const found = [];
  const stack = [];
  for (let start = 0; start < page.length; start++) {
    if (page[start] < least || labels[start]) continue;
    const label = found.length + 1;
    if (label > 60000) throw ["pieces"];
    let area = 0;
    let [top, bottom, left, right] = [height, 0, width, 0];
    stack.push(start);
    labels[start] = label;
    while (stack.length) {
      const i = stack.pop();
      const y = (i / width) | 0;
      const x = i - y * width;
      area++;
      top = Math.min(top, y);
      bottom = Math.max(bottom, y + 1);
      left = Math.min(left, x);
      right = Math.max(right, x + 1);
      for (let v = Math.max(0, y - 1); v < Math.min(height, y + 2); v++)
        for (let u = Math.max(0, x - 1); u < Math.min(width, x + 2); u++) {
          const k = v * width + u;
          if (!labels[k] && page[k] >= least) {
            labels[k] = label;
            stack.push(k);
          }
        }
    }
    found.push({ labels: [label], area, box: [top, bottom, left, right] });
  }
  const largest = found.reduce((m, p) => Math.max(m, p.area), 0);
  if (largest < Math.max(4, 1e-4 * page.length)) throw ["faint"];
  const kept = found.filter((p) => p.area >= 0.02 * largest);
  if (kept.length > 60) throw ["pieces"];

  // Pieces that are near one another make one digit.
  const union = (p, q) => p.map((v, k) => (k % 2 ? Math.max : Math.min)(v, q[k]));
  const gap = (p, q, k) => Math.max(p[k], q[k]) - Math.min(p[k + 1], q[k + 1]);
  const longer = (p) => Math.max(p[1] - p[0], p[3] - p[2]);
  const near = ({ box: p }, { box: q }) => Math.max(gap(p, q, 0), gap(p, q, 2)) < 0.15 * Math.max(longer(p), longer(q));
  let groups = [];
  for (let group of kept) {
    for (;;) {
      const close = groups.filter((g) => near(g, group));
      if (!close.length) break;
      groups = groups.filter((g) => !close.includes(g));
      for (const g of close)
        group = { labels: group.labels.concat(g.labels), area: group.area + g.area, box: union(group.box, g.box) };
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
  const cut = (f) => {
    const out = new Uint8Array(rows * columns);
    for (let i = 0, y = top; y < bottom; y++) for (let x = left; x < right; x++, i++) out[i] = f(y * width + x, i);
    return out;
  };
  const around = spread(cut((k) => chosen[labels[k]]), rows, columns, 2);
  let digit = cut((k, i) => around[i] * page[k]);

  // A thin pen is made thicker: a stroke's width is twice its pixels over those at its edge.
  let area = 0;
  let edge = 0;
  for (let i = 0, y = 0; y < rows; y++)
    for (let x = 0; x < columns; x++, i++)
      if (digit[i] >= least) {
        area++;
        const inside = y && x && y < rows - 1 && x < columns - 1;
        if (!inside || Math.min(digit[i - 1], digit[i + 1], digit[i - columns], digit[i + columns]) < least) edge++;
      }
  const pen = (2 * area) / Math.max(1, edge);
  const longest = Math.max(rows, columns);
  const reach = pen < 0.07 * longest ? Math.trunc((0.085 * longest - pen) / 2 + 0.5) : 0;
  if (reach) {
    const wide = columns + 2 * reach;
    const padded = new Uint8Array((rows + 2 * reach) * wide);
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
      const end = i + step * Math.min(reach, last - at);
      for (let k = i - step * Math.min(reach, at); k <= end; k += step) if (out[k] < v) out[k] = v;
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
      out[x * rows + i] = Math.max(0, upTo - before) * (rows / old);
      before = upTo;
    }
  }
  return out;
}
