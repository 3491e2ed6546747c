// <lit-network src="vanilla.weights.js" name="vanilla">: draw a digit, and watch a network read it.
// What it computes is what `network` computes in NumPy; tests/lessons/test_lit_network.py compares.

const WORDS = {
  en: {
    draw: "Draw a digit here",
    pad: "Drawing pad",
    pen: "Pen",
    eraser: "Eraser",
    undo: "Undo",
    clear: "Clear",
    film: "Film this",
    examples: "Examples",
    keys: "Keyboard: arrow keys move (with Shift, slowly); Space puts the pen down and lifts it; E pen or eraser; Z undo; Delete clear.",
    down: "Pen down",
    up: "Pen up",
    nothing: "Nothing drawn yet",
    activation: (a) => `activation ${a}`,
    reads: (name, a) => `The network reads ${name}, with an activation of ${a}.`,
    network: (sizes) => `The network, layer by layer: ${sizes} neurons.`,
    numbers: "All numbers",
    inputs: (n, all) => `Input: ${n} of ${all} neurons are lit.`,
    layer: (n) => `Layer ${n}`,
    outputs: "Outputs",
    brightest: (n, all) => `The brightest ${n} of ${all} outputs`,
    lines: (n) => `${n} connections: `,
    strongest: (n, all) => `The strongest ${n} of ${all} connections: `,
    raises: "orange raises, ",
    lowers: "blue dashes lower",
    saved: (file) => `Saved as ${file}. To film it:`,
    vector: (n) => `This network reads a list of ${n} numbers, not a picture, so there is nothing to draw.`,
    many: (n) => `There seem to be ${n} digits; the largest is read.`,
    pieces: "Too many pieces of ink; draw one digit.",
    faint: "No digit yet; draw a little more.",
    huge: "Numbers in this network become too large to show.",
    bad: (why) => `This network cannot be shown: ${why}.`,
    missing: "its file of weights is missing or holds no such network",
    format: "its file of weights has another format",
    size: (found, wanted) => `its file holds ${found} bytes of weights instead of ${wanted}`,
    sum: "its file of weights is damaged",
    finite: "one of its weights is not a number",
    unknown: (name) => `it has an unknown activation, ${name}`,
  },
  ko: {
    draw: "여기에 숫자를 그려 보세요",
    pad: "그림판",
    pen: "펜",
    eraser: "지우개",
    undo: "되돌리기",
    clear: "모두 지우기",
    film: "이것을 영화로",
    examples: "보기",
    keys: "키보드: 화살표로 움직이고(Shift와 함께 천천히), 스페이스로 펜을 내리고 올립니다. E 펜이나 지우개, Z 되돌리기, Delete 모두 지우기.",
    down: "펜 내림",
    up: "펜 올림",
    nothing: "아직 그림이 없습니다",
    activation: (a) => `활성값 ${a}`,
    reads: (name, a) => `신경망의 답: ${name}, 활성값 ${a}.`,
    network: (sizes) => `신경망, 층마다 뉴런 ${sizes}개.`,
    numbers: "모든 수",
    inputs: (n, all) => `입력: 뉴런 ${all}개 가운데 ${n}개가 켜져 있습니다.`,
    layer: (n) => `${n}번째 층`,
    outputs: "출력",
    brightest: (n, all) => `출력 ${all}개 가운데 가장 밝은 ${n}개`,
    lines: (n) => `연결 ${n}개: `,
    strongest: (n, all) => `연결 ${all}개 가운데 가장 강한 ${n}개: `,
    raises: "주황은 높이고, ",
    lowers: "파란 점선은 낮춥니다",
    saved: (file) => `${file}로 저장했습니다. 영화로 만들려면:`,
    vector: (n) => `이 신경망은 그림이 아니라 수 ${n}개를 읽습니다. 그릴 것이 없습니다.`,
    many: (n) => `숫자가 ${n}개 있는 것 같습니다. 가장 큰 것을 읽습니다.`,
    pieces: "조각이 너무 많습니다. 숫자 하나를 그려 주세요.",
    faint: "아직 숫자가 없습니다. 조금 더 그려 보세요.",
    huge: "이 신경망의 수가 너무 커서 보여 줄 수 없습니다.",
    bad: (why) => `이 신경망을 보여 줄 수 없습니다: ${why}.`,
    missing: "가중치 파일이 없거나 그런 신경망이 들어 있지 않습니다",
    format: "가중치 파일의 형식이 다릅니다",
    size: (found, wanted) => `가중치가 ${wanted}바이트가 아니라 ${found}바이트입니다`,
    sum: "가중치 파일이 손상되었습니다",
    finite: "가중치 가운데 수가 아닌 것이 있습니다",
    unknown: (name) => `모르는 활성화 함수 ${name}이(가) 있습니다`,
  },
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
.legend,.keys,.note{margin:0;font-size:.85rem;color:var(--litnet-quiet,#a6abb5)}
.up{color:#ffb547}.low{color:#6c9bff}
.tools{display:flex;flex-wrap:wrap;gap:.5rem;align-content:start;justify-content:center}
button{font:inherit;font-size:.95rem;color:inherit;background:#1a1e27;border:1px solid #7d879b;border-radius:8px;min-height:2.75rem;min-width:2.75rem;padding:.3rem .8rem;cursor:pointer}
button:hover{background:#2a303d}
button[aria-pressed=true]{background:#f2f2f2;color:#000;border-color:#f2f2f2}
button:disabled{color:#8a92a0;border-color:#454c5a;cursor:default;background:none}
.film{border-color:var(--litnet-accent,#ffd166);color:var(--litnet-accent,#ffd166)}
.film:disabled{color:#8a92a0;border-color:#454c5a}
.eg{padding:2px;line-height:0}.eg canvas{width:2.4rem;height:2.4rem;image-rendering:pixelated;border-radius:5px}
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
.pad{grid-area:1/1}.net{grid-area:1/2;align-self:center}.tools{grid-area:2/1}.answer{grid-area:2/2;grid-row:2}
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

// Checks all that a file says; throws [word, ...its arguments].
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
    if (f === undefined) throw ["unknown", plain(name)];
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
  if (raw.length !== wanted) throw ["size", raw.length, wanted];
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
    if (labels[start] || ink[page[start]] < INKED) continue;
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
  const mask = spread(Float64Array.from({ length: rows * columns }, (_, i) => chosen[labels[(top + ((i / columns) | 0)) * width + left + (i % columns)]]), rows, columns, 2);
  let digit = mask.map((m, i) => m && ink[page[(top + ((i / columns) | 0)) * width + left + (i % columns)]]);

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
        for (let k = Math.max(0, i - reach); k < Math.min(n, i + reach + 1); k++)
          most = Math.max(most, image[line * next + k * step]);
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
