// <lit-network src="vanilla.weights.js" name="vanilla">: draw a digit, and watch a network read it.
// What it computes is what `network` computes in NumPy; tests/lessons/test_lit_network.py compares.

// Its English; in another language the page hands it the words (docs/languages.md).
const WORDS = { // Drawing
  draw: "Draw a digit here",
  pad: "Drawing pad",
  pen: "Pen",
  eraser: "Eraser",
  undo: "Undo",
  clear: "Clear",
  film: "Film this",
  example: "Example: {digit}",
  keys: "Keyboard: arrow keys move (with Shift, slowly); Space puts the pen down and lifts it; E pen or eraser; Z undo; Delete clear.",
  down: "Pen down",
  up: "Pen up",
  nothing: "Nothing drawn yet",
  activation: "activation {activation}",
  reads: "The network reads {answer}, with an activation of {activation}.",
  network: "The network, layer by layer: {sizes} neurons.",
  numbers: "All numbers",
  inputs: { one: "Input: {count} of {total} neurons is lit.", other: "Input: {count} of {total} neurons are lit." },
  layer: "Layer {layer}",
  outputs: "Outputs",
  brightest: "The brightest {shown} of {total} outputs",
  lines: { one: "{count} connection:", other: "{count} connections:" },
  strongest: "The strongest {drawn} of {total} connections:",
  raises: "orange raises,",
  lowers: "blue dashes lower",
  saved: "Saved as {file}. To film it:",
  vector: { one: "This network reads {count} number, not a picture, so there is nothing to draw.", other: "This network reads a list of {count} numbers, not a picture, so there is nothing to draw." },
  many: { one: "There seems to be {count} digit.", other: "There seem to be {count} digits; the largest is read." },
  pieces: "Too many pieces of ink; draw one digit.",
  faint: "No digit yet; draw a little more.",
  huge: "Numbers in this network become too large to show.",
  bad: "This network cannot be shown: {why}.",
  missing: "its file of weights is missing or holds no such network",
  format: "its file of weights has another format",
  size: "its file holds {found} bytes of weights instead of {wanted}",
  sum: "its file of weights is damaged",
  finite: "one of its weights is not a number",
  unknown: "it has an unknown activation, {name}",
};

const STYLE = `
:host{display:block;container-type:inline-size;color-scheme:dark;
font-family:var(--litnet-font,"Litnet Sans","Litnet Sans KR",system-ui,sans-serif);line-height:1.4;text-align:start}
:host([hidden]),[hidden]{display:none!important}
*{box-sizing:border-box}
.card{display:grid;gap:.9rem 1.5rem;padding:1rem;border-radius:12px;border:1px solid #343a46;
background:var(--litnet-stage,#000);color:var(--litnet-text,#f2f2f2);forced-color-adjust:none}
.pad{position:relative;width:100%;max-width:320px;aspect-ratio:1;justify-self:center}
.pad canvas{width:100%;height:100%;border-radius:8px;background:#000;border:1px solid #5b6578;
touch-action:none;cursor:crosshair;display:block;user-select:none;-webkit-user-select:none}
.hint{position:absolute;inset:0;display:grid;place-content:center;text-align:center;pointer-events:none;color:var(--litnet-quiet,#a6abb5);padding:1rem}
:focus-visible{outline:3px solid var(--litnet-accent,#ffd166);outline-offset:2px}
.net canvas{display:block;width:100%}
.legend,.keys,.note{unicode-bidi:plaintext;margin:0;font-size:.85rem;color:var(--litnet-quiet,#a6abb5)}
.up{color:#ffb547}.low{color:#6c9bff}
.tools{display:flex;flex-wrap:wrap;gap:.5rem;align-content:start;justify-content:center}
button{font:inherit;font-size:.95rem;color:inherit;background:#1a1e27;border:1px solid #7d879b;border-radius:8px;min-height:2.75rem;min-width:2.75rem;padding:.3rem .8rem;cursor:pointer}
button:hover{background:#2a303d}
button[aria-pressed=true]{background:#f2f2f2;color:#000;border-color:#f2f2f2}
button:disabled{color:#8a92a0;border-color:#454c5a;cursor:default;background:none}
.film{border-color:var(--litnet-accent,#ffd166);color:var(--litnet-accent,#ffd166)}
.film:disabled{color:#8a92a0;border-color:#454c5a}
.all{flex-basis:100%}.eg{padding:2px;line-height:0}.eg canvas{width:2.4rem;height:2.4rem;image-rendering:pixelated;border-radius:5px}
.answer{display:flex;align-items:center;gap:1rem;min-height:4.5rem;justify-content:center}
.name{font-size:4rem;line-height:1;color:var(--litnet-accent,#ffd166);overflow-wrap:anywhere}
.name.long{font-size:2rem}
.note{color:#ffd166}.error{margin:0}
code{display:block;margin-top:.3rem;padding:.5rem .7rem;border-radius:6px;background:#1a1e27;color:#f2f2f2;overflow-wrap:anywhere;user-select:all;font-size:.9rem}
.saved{margin:0}
details{font-size:.9rem;font-variant-numeric:tabular-nums}summary{cursor:pointer;min-height:1.8rem}
dl{margin:.3rem 0;color:var(--litnet-quiet,#a6abb5)}dt{color:#f2f2f2}dd{margin:0 0 .5rem;overflow-wrap:anywhere}
.sr{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
@container (min-width:620px){
.card{grid-template-columns:minmax(240px,30%) 1fr;padding:1.25rem}
.card{grid-template-rows:auto auto 1fr}.pad{grid-area:1/1;max-width:none}.net{grid-area:1/2/3/3}.tools{grid-area:2/1/4/2}.answer{grid-area:3/2}
.wide{grid-column:1/-1}}
@media (forced-colors:active){.card{border-color:CanvasText}}
`;

// --- The network ------------------------------------------------------------------------------

const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));

let crcTable;
function crc32(data) {
  crcTable ??= Uint32Array.from({ length: 256 }, (_, n) => {
    for (let k = 0; k < 8; k++) n = n & 1 ? (n >>> 1) ^ 0xedb88320 : n >>> 1;
    return n;
  });
  let crc = -1;
  for (const byte of data) crc = (crc >>> 8) ^ crcTable[(crc ^ byte) & 255];
  return ~crc >>> 0;
}

// The share of a normal distribution below z: (1 + erf(z / sqrt 2)) / 2, erf by its series
// 2/sqrt(pi) e^(-x^2) sum 2^n x^(2n+1) / (1 3 5 ... (2n+1)), whose terms are all positive.
function normal(z) {
  const x = Math.abs(z) * Math.SQRT1_2;
  let half = 0.5;
  if (x < 6) {
    let term = x;
    let sum = x;
    for (let n = 1; term > sum * 1e-17; n++) sum += term *= (2 * x * x) / (2 * n + 1);
    half = (Math.exp(-x * x) * sum) / Math.sqrt(Math.PI);
  }
  return z < 0 ? 0.5 - half : 0.5 + half;
}

const leaky = (slope) => (z) => (z > 0 ? z : slope * z);
const ACTIVATIONS = {
  sigmoid: (z) => {
    const e = Math.exp(-Math.abs(z));
    return (z >= 0 ? 1 : e) / (1 + e);
  },
  tanh: Math.tanh,
  relu: (z) => Math.max(0, z),
  leaky_relu: leaky(0.01),
  gelu: (z) => z * normal(z),
  identity: (z) => z,
  softmax: null, // along the whole layer, in forward()
};

function activation(name) {
  if (Object.hasOwn(ACTIVATIONS, name)) return ACTIVATIONS[name];
  const slope = /^leaky_relu:(\d{1,3}(?:\.\d{1,9})?|\d(?:\.\d{1,9})?e-\d{1,2})$/.exec(name);
  if (slope && +slope[1] < 1) return leaky(+slope[1]);
  return undefined;
}

// What a person may be shown: no controls, and nothing that turns the direction of the text.
const plain = (text) =>
  String(text)
    .replace(/[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g, "")
    .slice(0, 40);

// Checks all that a file says; throws [word, what stands in it].
function network(data) {
  if (!data) throw ["missing"];
  const { sizes, activations, classes, dtype } = data;
  const list = Array.isArray;
  if (
    data.schema !== 1 ||
    ![sizes, activations, classes].every(list) ||
    sizes.length < 2 ||
    sizes.length > 33 ||
    !sizes.every((n) => Number.isInteger(n) && n > 0 && n <= 16384) ||
    activations.length !== sizes.length - 1 ||
    classes.length !== sizes.at(-1) ||
    !["float32", "float64"].includes(dtype)
  )
    throw ["format"];
  const functions = activations.map((name) => {
    const f = activation(String(name));
    if (f === undefined) throw ["unknown", { name: plain(name) }];
    return f;
  });
  let raw;
  let examples = [];
  try {
    raw = bytes(data.weights);
    examples = (data.examples ?? []).map((e) => ({ label: plain(e.label), pixels: bytes(e.pixels) }));
  } catch {
    throw ["sum"];
  }
  const kind = dtype === "float32" ? Float32Array : Float64Array;
  const count = functions.reduce((sum, _, k) => sum + (sizes[k] + 1) * sizes[k + 1], 0);
  const wanted = count * kind.BYTES_PER_ELEMENT;
  if (raw.length !== wanted) throw ["size", { found: raw.length, wanted }];
  const numbers = new kind(raw.buffer);
  if (!numbers.every(Number.isFinite)) throw ["finite"];
  if (crc32(raw) !== data.crc32 || examples.some((e) => e.pixels.length !== sizes[0])) throw ["sum"];
  let at = 0;
  const take = (n) => numbers.subarray(at, (at += n));
  const layers = functions.map((f, k) => ({ w: take(sizes[k] * sizes[k + 1]), b: take(sizes[k + 1]), f }));
  const root = Math.sqrt(sizes[0]);
  const side = Number.isInteger(root) && root >= 8 && root <= 64 ? root : null;
  return { sizes, layers, side, examples, classes: classes.map((c, k) => plain(c) || String(k)) };
}

// The activations of all layers, the input first.
function forward(net, input) {
  const all = [Float64Array.from(input)];
  for (const { w, b, f } of net.layers) {
    const before = all.at(-1);
    const n = before.length;
    let a = Float64Array.from(b, (bias, i) => {
      let z = 0;
      for (let j = 0, k = i * n; j < n; j++, k++) z += w[k] * before[j];
      return z + bias;
    });
    if (f) a = a.map(f);
    else {
      const most = a.reduce((m, z) => Math.max(m, z), -Infinity);
      a = a.map((z) => Math.exp(z - most));
      const sum = a.reduce((s, e) => s + e, 0);
      a = a.map((e) => e / sum);
    }
    if (!a.every(Number.isFinite)) throw ["huge"];
    all.push(a);
  }
  return all;
}

// --- From a drawing to what the network reads: network/preparation.py, for a black page -------

const INKED = 0.3;

// Bright ink (bytes, width x height) on a page at least half of which is black.
// Gives {values, digits}; throws [word].
function prepare(page, width, height, side) {
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

// --- Ink --------------------------------------------------------------------------------------

// The page is larger than the pad, so that black is always its most frequent level: then
// network.digits takes black for paper, however much is drawn.
const PAGE = 400;
const PAD = 280;
const EDGE = (PAGE - PAD) / 2;

// A round pen from one point of the pad to another; what it covers of a pixel is its distance.
function stroke(page, ax, ay, bx, by, radius, erase) {
  const [dx, dy] = [bx - ax, by - ay];
  const square = dx * dx + dy * dy;
  const clip = (v) => Math.min(PAD, Math.max(0, v));
  for (let y = clip(Math.floor(Math.min(ay, by) - radius - 1)); y < clip(Math.max(ay, by) + radius + 1); y++)
    for (let x = clip(Math.floor(Math.min(ax, bx) - radius - 1)); x < clip(Math.max(ax, bx) + radius + 1); x++) {
      const [px, py] = [x + 0.5 - ax, y + 0.5 - ay];
      const t = square ? Math.min(1, Math.max(0, (px * dx + py * dy) / square)) : 0;
      const cover = Math.round(255 * Math.min(1, Math.max(0, radius + 0.5 - Math.hypot(px - t * dx, py - t * dy))));
      const i = (y + EDGE) * PAGE + x + EDGE;
      page[i] = erase ? Math.min(page[i], 255 - cover) : Math.max(page[i], cover);
    }
}

// Grey bytes as a PNG, without a canvas, which some browsers add noise to.
async function png(grey, width) {
  const height = grey.length / width;
  const rows = new Uint8Array(grey.length + height);
  for (let y = 0; y < height; y++) rows.set(grey.subarray(y * width, (y + 1) * width), y * (width + 1) + 1);
  const stream = new Blob([rows]).stream().pipeThrough(new CompressionStream("deflate"));
  const chunk = (kind, data) => {
    const out = new Uint8Array(data.length + 12);
    const view = new DataView(out.buffer);
    view.setUint32(0, data.length);
    out.set([...kind].map((c) => c.charCodeAt(0)), 4);
    out.set(data, 8);
    view.setUint32(data.length + 8, crc32(out.subarray(4, data.length + 8)));
    return out;
  };
  const head = new Uint8Array(13);
  new DataView(head.buffer).setUint32(0, width);
  new DataView(head.buffer).setUint32(4, height);
  head[8] = 8;
  return new Blob(
    [
      new Uint8Array([137, 80, 78, 71, 13, 10, 26, 10]),
      chunk("IHDR", head),
      chunk("IDAT", new Uint8Array(await new Response(stream).arrayBuffer())),
      chunk("IEND", new Uint8Array()),
    ],
    { type: "image/png" },
  );
}

// --- Light: the rules of litnet/style.py -------------------------------------------------------

const MOST_LINES = 16384;
const [STRUCTURE, POSITIVE, NEGATIVE] = [[91, 107, 140], [255, 181, 71], [42, 92, 245]];
const EXPOSED = Float32Array.from({ length: 2049 }, (_, i) => 1 - Math.exp(-i / 256));
const exposed = (x) => EXPOSED[Math.min(2048, (x * 256) | 0)];

// Blocks of neurons beside each other: {x, y: places, radius, pitch, left, right}.
function layout(net, width, height, labels) {
  const { side } = net;
  const top = 26;
  const tall = height - top - 6;
  const grid = side ? Math.min(tall, width * 0.4) : 0;
  const sizes = side ? net.sizes.slice(1) : net.sizes;
  const free = width - labels - grid - 6;
  const most = 34;
  const least = 7;
  const crowd = (n) => tall / n < least;
  const single = sizes.filter((n) => !crowd(n)).reduce((s, n) => s + Math.min(tall / n, most), 0);
  const crowds = sizes.filter(crowd);
  const room = Math.max(0.5 * free - single, 0.25 * free);
  let pitch = 0;
  for (let rows = 1; crowds.length && rows <= Math.max(...crowds); rows++) {
    const columns = crowds.reduce((s, n) => s + Math.ceil(n / rows), 0);
    pitch = Math.max(pitch, Math.min(least, tall / rows, room / columns));
  }
  const shapes = sizes.map((n) => {
    if (!crowd(n)) return [n, Math.min(tall / n, most), n, 1];
    const columns = Math.ceil(n / Math.max(1, Math.floor(tall / pitch + 1e-9)));
    return [n, pitch, Math.ceil(n / columns), columns];
  });
  if (side) shapes.unshift([net.sizes[0], grid / side, side, side]);
  const taken = shapes.reduce((s, [, p, , c]) => s + p * c, 0);
  const gap = (width - labels - taken - 4) / Math.max(1, shapes.length - 1);
  let left = 2;
  return shapes.map(([n, p, rows, columns]) => {
    const x = new Float32Array(n);
    const y = new Float32Array(n);
    for (let i = 0; i < n; i++) {
      x[i] = left + p * ((i % columns) + 0.5);
      y[i] = top + tall / 2 + p * (((i / columns) | 0) - (rows - 1) / 2);
    }
    const block = { x, y, radius: p * 0.4, pitch: p, columns, top: y[0] - p / 2, left, right: left + p * columns };
    left = block.right + gap;
    return block;
  });
}

// Adds a line to a plane of sums; what lowers is dashed, so that it differs in form, too.
function line(plane, width, height, ax, ay, bx, by, weight, dashed) {
  const steep = Math.abs(by - ay) > Math.abs(bx - ax);
  if (steep) [ax, ay, bx, by] = [ay, ax, by, bx];
  if (ax > bx) [ax, ay, bx, by] = [bx, by, ax, ay];
  const slope = bx > ax ? (by - ay) / (bx - ax) : 0;
  const light = weight * Math.sqrt(1 + slope * slope) * (dashed ? 1.5 : 1);
  const [along, aside] = steep ? [width, 1] : [1, width];
  const breadth = (steep ? width : height) - 1;
  const end = Math.min(bx, (steep ? height : width) - 1);
  if (Math.min(ay, by) < 0 || Math.max(ay, by) >= breadth) return; // all neurons are inside
  let u = Math.max(0, Math.ceil(ax));
  let v = ay + slope * (u - ax);
  let at = u * along;
  let phase = u % 9;
  for (; u <= end; u++, v += slope, at += along) {
    if (++phase > 8) phase = 0;
    if (dashed && phase > 5) continue;
    const low = v | 0;
    const part = (v - low) * light;
    const i = at + low * aside;
    plane[i] += light - part;
    plane[i + aside] += part;
  }
}

// The connections of a bundle that are drawn: all, or the strongest MOST_LINES by |weight x activation|.
function strongest(w, a) {
  const n = a.length;
  let largest = 0;
  for (let k = 0, j = 0; k < w.length; k++, j = j + 1 === n ? 0 : j + 1) {
    const c = Math.abs(w[k] * a[j]);
    if (c > largest) largest = c;
  }
  if (w.length <= MOST_LINES) return [largest, 0];
  const counts = new Uint32Array(4097);
  for (let k = 0, j = 0; k < w.length; k++, j = j + 1 === n ? 0 : j + 1)
    counts[Math.abs((w[k] * a[j]) / largest) * 4096 | 0]++;
  let bin = 4097;
  for (let sum = 0; bin > 0 && sum + counts[bin - 1] <= MOST_LINES; ) sum += counts[--bin];
  return [largest, bin / 4096];
}

class Light {
  constructor(net, canvas, language) {
    Object.assign(this, { net, canvas, language, context: canvas.getContext("2d") });
    this.plane = document.createElement("canvas");
  }

  // Everything that depends on the size alone.
  resize(width, height, font) {
    const { net, canvas, plane } = this;
    const ratio = Math.min(3, devicePixelRatio || 1);
    Object.assign(this, { width, height, ratio, font });
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    const c = this.context;
    c.font = `16px ${font}`;
    const longest = Math.max(...net.classes.slice(0, 64).map((name) => c.measureText(name).width));
    this.label = Math.min(longest, width * 0.2);
    const named = (height - 32) / net.classes.length >= 11;
    this.blocks = layout(net, width, height, named ? this.label + 58 : 8);
    this.named = named;
    plane.width = Math.round(width);
    plane.height = Math.round(height);
    this.image = plane.getContext("2d").createImageData(plane.width, plane.height);
    const size = plane.width * plane.height;
    this.up = new Float32Array(size);
    this.down = new Float32Array(size);
    this.scale = (0.55 + width / 1750) * 0.8;
    this.bare = new Uint8ClampedArray(size * 4);
    net.layers.forEach(({ w }, k) => {
      const [from, to] = [this.blocks[k], this.blocks[k + 1]];
      const n = from.x.length;
      const every = Math.ceil(w.length / MOST_LINES);
      const light = (0.11 * 12 * this.scale * every) / n ** 0.65;
      for (let i = 0; i < w.length; i += every) {
        const [s, t] = [i % n, (i / n) | 0];
        line(this.up, plane.width, plane.height, from.x[s] - 0.5, from.y[s] - 0.5, to.x[t] - 0.5, to.y[t] - 0.5, light);
      }
    });
    for (let i = 0; i < size; i++) {
      const e = exposed(this.up[i]);
      for (let q = 0; q < 3; q++) this.bare[i * 4 + q] = e * STRUCTURE[q];
      this.bare[i * 4 + 3] = 255;
    }
    // The dark neurons: a rim each.
    this.cells = document.createElement("canvas");
    this.cells.width = canvas.width;
    this.cells.height = canvas.height;
    const d = this.cells.getContext("2d");
    d.scale(ratio, ratio);
    for (const { x, y, radius } of this.blocks) {
      d.beginPath();
      for (let i = 0; i < x.length; i++) {
        d.moveTo(x[i] + radius, y[i]);
        d.arc(x[i], y[i], radius, 0, 7);
      }
      d.fillStyle = "#666";
      d.fill();
      d.beginPath();
      for (let i = 0; i < x.length; i++) {
        d.moveTo(x[i] + radius, y[i]);
        d.arc(x[i], y[i], Math.max(radius * 0.87 - (radius < 5 ? 0.25 : 0), 0.5), 0, 7);
      }
      d.fillStyle = "#000";
      d.fill();
    }
    this.halo = document.createElement("canvas");
    this.halo.width = this.halo.height = 64;
    const h = this.halo.getContext("2d");
    const glow = h.createRadialGradient(32, 32, 0, 32, 32, 32);
    for (let t = 0; t <= 1; t += 0.125) glow.addColorStop(t, `rgba(191,212,255,${Math.exp(-4.5 * t * t) * (1 - t)})`);
    h.fillStyle = glow;
    h.fillRect(0, 0, 64, 64);
  }

  // Draws the activations of all layers, or with null the dark network. Gives how many lines are lit at most.
  draw(all) {
    const { net, blocks, context: c, plane, image, up, down, width, height, ratio } = this;
    image.data.set(this.bare);
    if (all) {
      up.fill(0);
      down.fill(0);
      net.layers.forEach(({ w }, k) => {
        const a = all[k];
        const n = a.length;
        const [from, to] = [blocks[k], blocks[k + 1]];
        const [largest, least] = strongest(w, a);
        if (!largest) return;
        const gain = (4.2 / Math.sqrt(1 + n / 48)) * this.scale * 0.75;
        for (let j = 0; j < n; j++)
          if (a[j])
            for (let i = 0; i < to.x.length; i++) {
              const s = (w[i * n + j] * a[j]) / largest;
              const weight = Math.abs(s);
              if (weight < least || weight < 0.015) continue;
              line(s > 0 ? up : down, plane.width, plane.height, from.x[j] - 0.5, from.y[j] - 0.5, to.x[i] - 0.5, to.y[i] - 0.5, weight * gain, s < 0);
            }
      });
      const { data } = image;
      for (let i = 0, p = 0; i < up.length; i++, p += 4) {
        const total = up[i] + down[i];
        if (total < 0.002) continue;
        const share = exposed(total) / total;
        const [a, b] = [share * up[i], share * down[i]];
        for (let q = 0; q < 3; q++) data[p + q] += a * POSITIVE[q] + b * NEGATIVE[q];
      }
    }
    plane.getContext("2d").putImageData(image, 0, 0);
    c.setTransform(1, 0, 0, 1, 0, 0);
    c.drawImage(plane, 0, 0, this.canvas.width, this.canvas.height);
    c.setTransform(ratio, 0, 0, ratio, 0, 0);
    const lit = all?.map((a) => {
      const low = a.reduce((m, v) => Math.min(m, v), 0);
      const high = a.reduce((m, v) => Math.max(m, v), 1);
      return Array.from(a, (v) => (v - low) / (high - low));
    });
    c.globalCompositeOperation = "lighter";
    lit?.forEach((light, k) => {
      const { x, y, radius } = blocks[k];
      const reach = radius * 1.25 * 3;
      light.forEach((v, i) => {
        if (v < 0.06) return;
        c.globalAlpha = v * (radius < 8 ? 0.45 : 0.6);
        c.drawImage(this.halo, x[i] - reach, y[i] - reach, 2 * reach, 2 * reach);
      });
    });
    c.globalAlpha = 1;
    c.globalCompositeOperation = "source-over";
    c.drawImage(this.cells, 0, 0, width, height);
    lit?.forEach((light, k) => {
      const { x, y, radius } = blocks[k];
      light.forEach((v, i) => {
        const grey = Math.round(v * 255);
        if (grey < 2) return;
        c.fillStyle = `rgb(${grey},${grey},${grey})`;
        c.beginPath();
        c.arc(x[i], y[i], radius * 0.87, 0, 7);
        c.fill();
      });
    });
    const write = (text, x, y, color, size, align) => {
      c.font = `${size}px ${this.font}`;
      c.fillStyle = color;
      c.textAlign = align;
      c.fillText(text, x, y);
    };
    c.direction = "ltr";
    c.textBaseline = "middle";
    blocks.forEach((b, k) => write(net.sizes[k].toLocaleString(this.language), (b.left + b.right) / 2, 12, "#a6abb5", 14, "center"));
    const out = blocks.at(-1);
    const answer = all ? brightest(all.at(-1)) : -1;
    if (answer >= 0) {
      c.strokeStyle = "#ffd166";
      c.lineWidth = Math.max(1.5, out.radius * 0.18);
      c.beginPath();
      c.arc(out.x[answer], out.y[answer], out.radius * 1.18 + 1, 0, 7);
      c.stroke();
    }
    if (!this.named) return;
    const size = Math.min(16, out.pitch * 0.85);
    net.classes.forEach((name, i) => {
      const x = out.right + 4;
      c.font = `${size}px ${this.font}`;
      let shown = name;
      while (shown && c.measureText(shown).width > this.label) shown = shown.replace(/.…?$/u, shown.length > 2 ? "…" : "");
      write(shown, x, out.y[i], i === answer ? "#ffd166" : "#f2f2f2", size, "left");
      if (all) write(number(all.at(-1)[i], this.language), width - 2, out.y[i], i === answer ? "#ffd166" : "#a6abb5", size, "right");
    });
  }
}

const brightest = (a) => a.reduce((best, v, i) => (v > a[best] ? i : best), 0);
const number = (v, language) => {
  if (Math.abs(v) >= 1e4) return v.toExponential(1);
  const places = Math.abs(v) < 100 ? 2 : 0;
  const options = { minimumFractionDigits: places, maximumFractionDigits: places, useGrouping: false };
  return (+v.toFixed(places) || 0).toLocaleString(language, options).replace("-", "−");
};

// --- The element ------------------------------------------------------------------------------

let sheet;

function make(kind, attributes = {}, ...children) {
  const node = document.createElement(kind);
  for (const [key, value] of Object.entries(attributes))
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (value === true) node.setAttribute(key, "");
    else if (value !== false && value != null) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

const scripts = new Map();

// Loads a classic script once; settles when it has run, or could not.
function load(address) {
  if (!scripts.has(address))
    scripts.set(
      address,
      new Promise((done) => document.head.append(make("script", { src: address, onload: done, onerror: done }))),
    );
  return scripts.get(address);
}

class LitNetwork extends HTMLElement {
  #started = false;
  #ops = []; // strokes, examples and clearings; undo takes the last one off
  #undrawn = true; // a frame is not asked for yet
  #at = [PAD / 2, PAD / 2]; // the keyboard's place on the pad
  #open = null; // the stroke that is being drawn
  #erase = false;

  connectedCallback() {
    if (this.#started) {
      if (this.light) this.observer.observe(this.parts.stage);
      return;
    }
    this.#started = true;
    const root = this.attachShadow({ mode: "open" });
    if (!sheet) {
      sheet = new CSSStyleSheet();
      sheet.replaceSync(STYLE);
    }
    root.adoptedStyleSheets = [sheet];
    this.language = this.closest("[lang]")?.lang || "en";
    try {
      Intl.getCanonicalLocales(this.language);
    } catch {
      this.language = "en";
    }
    root.append(make("div", { class: "card" }, make("p", { class: "error" }, "…")));
    const near = new IntersectionObserver(
      (entries) => {
        if (!entries.some((entry) => entry.isIntersecting)) return;
        near.disconnect();
        this.#load();
      },
      { rootMargin: "400px" },
    );
    near.observe(this);
  }

  disconnectedCallback() {
    this.observer?.disconnect();
    clearTimeout(this.timer);
  }

  async #load() {
    const name = this.getAttribute("name") ?? "";
    const known = () => Object.hasOwn(globalThis.litnetNetworks ?? {}, name);
    for (const source of [this.getAttribute("words"), known() ? null : this.getAttribute("src")])
      if (source) await load(new URL(source, document.baseURI).href);
    try {
      this.network = network(known() ? globalThis.litnetNetworks[name] : null);
    } catch (error) {
      if (!Array.isArray(error)) throw error;
      this.#refuse(error);
      return;
    }
    this.#build();
    this.dispatchEvent(new CustomEvent("litnet:ready", { bubbles: true, composed: true }));
  }

  // A text, by its word; `count` chooses between plural forms.
  #say(word, parts = {}) {
    const table = globalThis.litnetWords;
    const own = (table?.[this.language] ?? table?.[this.language.split("-")[0]])?.Drawing;
    let text = own?.[word] ?? WORDS[word];
    if (typeof text === "object") text = text[new Intl.PluralRules(this.language).select(parts.count)] ?? text.other;
    return text.replace(/\{(\w+)\}/g, (_, name) => parts[name].toLocaleString(this.language));
  }

  #refuse(error) {
    const why = this.#say("bad", { why: this.#say(...error) });
    this.shadowRoot.firstChild.replaceChildren(make("p", { class: "error", role: "alert" }, why));
    this.dispatchEvent(new CustomEvent("litnet:error", { bubbles: true, composed: true, detail: why }));
  }

  #build() {
    const { network: net } = this;
    const say = (word, parts) => this.#say(word, parts);
    const p = (this.parts = {});
    const button = (name, onclick, extra = {}) =>
      (p[name] = make("button", { type: "button", onclick, ...extra }, say(name)));
    p.pad = make("canvas", {
      tabindex: 0,
      role: "application",
      "aria-label": say("pad"),
      "aria-describedby": "keys",
      onkeydown: (event) => this.#key(event),
      onpointerdown: (event) => this.#down(event),
      onpointermove: (event) => this.#move(event),
      onpointerup: () => this.#up(),
      onpointercancel: () => this.#up(),
      onfocus: () => this.#soon(),
      onblur: () => this.#up(),
    });
    p.hint = make("span", { class: "hint", "aria-hidden": "true" }, say("draw"));
    p.stage = make("canvas", { role: "img" });
    p.count = document.createTextNode("");
    p.name = make("bdi", { class: "name" });
    p.value = make("span");
    p.note = make("p", { class: "note", hidden: true });
    p.live = make("p", { class: "sr", role: "status", "aria-live": "polite" });
    p.list = make("dl");
    p.saved = make("p", { class: "saved wide", role: "status", hidden: true });
    this.page = new Uint8Array(PAGE * PAGE);
    const tools = make(
      "div",
      { class: "tools" },
      button("pen", () => this.#tool(false)),
      button("eraser", () => this.#tool(true)),
      button("undo", () => this.undo()),
      button("clear", () => this.clear()),
      button("film", () => this.#film(), { class: "film" }),
      make("div", { class: "tools all" }, ...net.examples.map((example, k) => {
        const label = say("example", { digit: example.label });
        const canvas = make("canvas", { "aria-hidden": "true" });
        if (net.side) paint(canvas, example.pixels, net.side);
        return make("button", { type: "button", class: "eg", "aria-label": label, title: label, onclick: () => this.example(k) }, canvas);
      })),
    );
    const legend = make("p", { class: "legend" }, p.count, make("span", { class: "up" }, say("raises")), " ", make("span", { class: "low" }, say("lowers")));
    const total = net.layers.reduce((sum, { w }) => sum + w.length, 0);
    const drawn = net.layers.reduce((sum, { w }) => sum + Math.min(w.length, MOST_LINES), 0);
    p.count.data = `${drawn < total ? say("strongest", { drawn, total }) : say("lines", { count: total })} `;
    const numbers = make("details", { class: "wide" }, make("summary", {}, say("numbers")), p.list);
    const card = this.shadowRoot.firstChild;
    if (net.side)
      card.replaceChildren(
        make("div", { class: "pad" }, p.pad, p.hint),
        tools,
        make("div", { class: "answer" }, p.name, make("div", {}, p.value, p.note)),
        make("div", { class: "net" }, p.stage, legend),
        p.saved,
        make("p", { class: "keys wide", id: "keys" }, say("keys")),
        numbers,
        p.live,
      );
    else
      card.replaceChildren(
        make("p", { class: "error wide" }, say("vector", { count: net.sizes[0] })),
        make("div", { class: "net wide" }, p.stage, legend),
      );
    this.light = new Light(net, p.stage, this.language);
    this.observer = new ResizeObserver(() => {
      const width = p.stage.clientWidth;
      if (!width || (width === this.light.width && devicePixelRatio === this.seen)) return;
      this.seen = devicePixelRatio;
      const height = Math.round(Math.min(460, Math.max(230, width * 0.62)));
      this.light.resize(width, height, getComputedStyle(p.stage).fontFamily);
      p.pad.width = p.pad.height = Math.round(p.pad.clientWidth * Math.min(3, devicePixelRatio)) || 1;
      this.redraw();
    });
    this.observer.observe(p.stage);
    this.#tool(false);
    this.#read();
    this.#announce();
  }

  /** The activations of all layers for an input: an array of Float64Arrays, the input first. */
  forward(values) {
    return forward(this.network, values);
  }

  /** Ink (bytes, bright, on a mostly black page) as the network's input: {values, digits}. */
  prepare(page, width, height) {
    return prepare(page, width, height, this.network.side);
  }

  /** What is drawn as a PNG that `litnet render --digit` takes. */
  png() {
    const { side, examples } = this.network;
    const shown = this.#shown();
    return shown ? png(examples[shown.example].pixels, side) : png(this.page, PAGE);
  }

  #shown() {
    const last = this.#ops.at(-1);
    return last?.example === undefined ? null : last;
  }

  // --- Drawing ---

  #tool(erase) {
    this.#erase = erase;
    this.parts.pen.setAttribute("aria-pressed", !erase);
    this.parts.eraser.setAttribute("aria-pressed", erase);
  }

  get #radius() {
    const pen = parseFloat(this.getAttribute("pen"));
    return ((pen > 0.005 && pen <= 0.3 ? pen : 0.08) * PAD) / 2;
  }

  #begin(x, y, erase) {
    this.#up();
    this.#open = { erase, points: [x, y], radius: this.#radius * (erase ? 1.8 : 1) };
    this.#ops.push(this.#open);
    this.#segment(x, y, x, y, this.#open);
    this.#changed();
  }

  #segment(ax, ay, bx, by, { radius, erase }) {
    stroke(this.page, ax, ay, bx, by, radius, erase);
  }

  #extend(x, y) {
    const { points } = this.#open;
    const [ax, ay] = points.slice(-2);
    if (ax === x && ay === y) return;
    points.push(x, y);
    this.#segment(ax, ay, x, y, this.#open);
    this.#changed();
  }

  #up() {
    if (!this.#open) return;
    this.#open = null;
    this.#later();
  }

  #place(event) {
    const box = this.parts.pad.getBoundingClientRect();
    const clip = (v) => Math.min(PAD, Math.max(0, v * PAD));
    return [clip((event.clientX - box.left) / box.width), clip((event.clientY - box.top) / box.height)];
  }

  #down(event) {
    if (!event.isPrimary || (event.button !== 0 && event.button !== 5)) return;
    this.parts.pad.setPointerCapture(event.pointerId);
    this.pointer = event.pointerId;
    this.#begin(...this.#place(event), this.#erase || event.button === 5);
  }

  #move(event) {
    if (!this.#open || event.pointerId !== this.pointer || !event.buttons) return;
    const events = event.getCoalescedEvents?.() ?? [];
    for (const one of events.length ? events : [event]) this.#extend(...this.#place(one));
  }

  #key(event) {
    const { key } = event;
    const arrow = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[key];
    const control = event.ctrlKey || event.metaKey;
    const low = key.toLowerCase();
    if (event.altKey || (control && low !== "z")) return;
    if (arrow) {
      const step = event.shiftKey ? 2.5 : 10;
      this.#at = this.#at.map((v, k) => Math.min(PAD, Math.max(0, v + step * arrow[k])));
      if (this.#open) this.#extend(...this.#at);
    } else if (key === " " || key === "Enter") {
      if (this.#open) this.#up();
      else this.#begin(...this.#at, this.#erase);
      this.parts.live.textContent = this.#say(this.#open ? "down" : "up");
    } else if (low === "e") this.#tool(!this.#erase);
    else if (low === "z") this.undo();
    else if (key === "Delete" || key === "Backspace") this.clear();
    else return;
    event.preventDefault();
    this.keyed = true;
    this.#soon();
  }

  #replay() {
    this.#open = null;
    const { page } = this;
    page.fill(0);
    const start = this.#ops.findLastIndex((op) => !op.points);
    for (const op of this.#ops.slice(Math.max(0, start))) {
      if (op.example !== undefined) {
        const { side, examples } = this.network;
        const { pixels } = examples[op.example];
        for (let i = 0; i < PAD * PAD; i++) {
          const [y, x] = [(i / PAD) | 0, i % PAD];
          page[(y + EDGE) * PAGE + x + EDGE] = pixels[((y * side) / PAD | 0) * side + ((x * side) / PAD | 0)];
        }
      } else if (op.points) {
        const q = op.points;
        for (let i = 0; i < q.length; i += 2) {
          const k = Math.max(0, i - 2);
          this.#segment(q[k], q[k + 1], q[i], q[i + 1], op);
        }
      }
    }
    this.#changed();
    this.#later();
  }

  undo() {
    this.#ops.pop();
    this.#replay();
  }

  clear() {
    if (this.#ops.length && !this.#ops.at(-1).clear) this.#ops.push({ clear: true });
    this.#replay();
  }

  example(k) {
    this.#ops.push({ example: k });
    this.#replay();
  }

  async #film() {
    const blob = await this.png();
    const sum = crc32(this.page).toString(16).padStart(8, "0").slice(0, 4);
    const file = `digit-${sum}.png`;
    const link = make("a", { href: URL.createObjectURL(blob), download: file });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
    const model = this.getAttribute("model");
    const quoted = model && (/^[\w./-]+$/.test(model) ? model : `'${plain(model).replaceAll("'", "'\\''")}'`);
    const command = `litnet render LayerIntro --digit ${file}${quoted ? ` --model ${quoted}` : ""}`;
    this.parts.saved.replaceChildren(this.#say("saved", { file }), make("code", { translate: "no" }, command));
    this.parts.saved.hidden = false;
  }

  // --- Reading ---

  #changed() {
    this.parts.saved.hidden = true;
    this.#later();
    this.#soon();
  }

  #soon() {
    if (!this.#undrawn) return;
    this.#undrawn = false;
    requestAnimationFrame(() => {
      this.#undrawn = true;
      this.redraw();
    });
  }

  // Says and tells once the drawing has rested.
  #later() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.#announce(), 600);
  }

  /** Prepare what is drawn, run the network, and draw it all: what happens once a frame. */
  redraw() {
    this.#read();
    if (this.light?.width) this.light.draw(this.reading?.activations ?? null);
    if (this.network.side) this.#paint();
  }

  #read() {
    const { network: net, parts: p } = this;
    if (!net.side) return;
    const blank = !this.#ops.length || !!this.#ops.at(-1).clear;
    let note = "";
    this.reading = null;
    try {
      if (!blank) {
        const shown = this.#shown();
        const { values, digits } = shown
          ? { values: Float64Array.from(net.examples[shown.example].pixels, (v) => v / 255), digits: 1 }
          : this.prepare(this.page, PAGE, PAGE);
        const activations = forward(net, values);
        const out = activations.at(-1);
        const prediction = brightest(out);
        this.reading = { values, activations, prediction, name: net.classes[prediction], confidence: out[prediction] };
        if (digits > 1) note = this.#say("many", { count: digits });
      }
    } catch (error) {
      if (!Array.isArray(error)) throw error;
      note = this.#say(...error);
    }
    const { name, confidence } = this.reading ?? {};
    p.name.textContent = name ?? "";
    p.name.classList.toggle("long", name?.length > 3);
    p.value.textContent = name === undefined ? (blank ? this.#say("nothing") : "") : this.#say("activation", { activation: number(confidence, this.language) });
    p.note.textContent = note;
    p.note.hidden = !note;
    p.hint.hidden = !blank;
    p.undo.disabled = !this.#ops.length;
    p.clear.disabled = blank;
    p.film.disabled = !this.reading;
  }

  #paint() {
    const { pad } = this.parts;
    const c = pad.getContext("2d");
    const grey = new Uint8Array(PAD * PAD);
    for (let y = 0; y < PAD; y++) grey.set(this.page.subarray((y + EDGE) * PAGE + EDGE, (y + EDGE) * PAGE + EDGE + PAD), y * PAD);
    this.sketch ??= document.createElement("canvas");
    paint(this.sketch, grey, PAD);
    c.drawImage(this.sketch, 0, 0, pad.width, pad.height);
    if (this.keyed && this.shadowRoot.activeElement === pad) {
      const [x, y] = this.#at.map((v) => (v / PAD) * pad.width);
      const r = (this.#radius * pad.width) / PAD;
      for (const [style, wide] of [["#000", 5], ["#ffd166", 2.5]]) {
        c.strokeStyle = style;
        c.lineWidth = (wide * pad.width) / PAD;
        c.setLineDash(this.#open ? [] : [c.lineWidth * 2, c.lineWidth * 2]);
        c.beginPath();
        c.arc(x, y, r, 0, 7);
        c.stroke();
      }
    }
  }

  #announce() {
    const { network: net, parts: p, reading, language } = this;
    if (!net.side || this.#open) return;
    const text = reading
      ? this.#say("reads", { answer: reading.name, activation: number(reading.confidence, language) })
      : p.note.textContent || this.#say("nothing");
    p.live.textContent = reading && p.note.textContent ? `${text} ${p.note.textContent}` : text;
    const label = this.#say("network", { sizes: net.sizes.map((n) => n.toLocaleString(language)).join(", ") });
    p.stage.setAttribute("aria-label", reading ? `${label} ${text}` : label);
    p.list.replaceChildren();
    if (!reading) return;
    const { activations, values } = reading;
    const out = activations.at(-1);
    p.list.append(make("dt", {}, this.#say("inputs", { count: values.reduce((n, v) => n + (v > 0), 0), total: values.length })));
    activations.slice(1, -1).forEach((a, k) => p.list.append(make("dt", {}, this.#say("layer", { layer: k + 2 })), make("dd", {}, Array.from(a, (v) => number(v, language)).join("  "))));
    const order = [...out.keys()];
    if (out.length > 20) order.sort((i, j) => out[j] - out[i]).splice(10);
    const outputs = make("dd");
    for (const i of order) outputs.append(make("bdi", {}, net.classes[i]), ` ${number(out[i], language)}   `);
    p.list.append(make("dt", {}, out.length > 20 ? this.#say("brightest", { shown: 10, total: out.length }) : this.#say("outputs")), outputs);
    this.dispatchEvent(new CustomEvent("litnet:read", { bubbles: true, composed: true, detail: reading }));
  }
}

// Grey bytes, as they are, on a canvas of as many pixels.
function paint(canvas, grey, side) {
  if (canvas.width !== side) canvas.width = canvas.height = side;
  const c = canvas.getContext("2d");
  const image = c.createImageData(side, side);
  const packed = new Uint32Array(image.data.buffer);
  grey.forEach((v, i) => (packed[i] = 0xff000000 | (v * 0x010101)));
  c.putImageData(image, 0, 0);
}

if (!customElements.get("lit-network")) customElements.define("lit-network", LitNetwork);
