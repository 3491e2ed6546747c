// Light: the rules of litnet/style.py.
import { brightest, number } from "./dom.js";

export const MOST_LINES = 16384;
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

// What each connection carries, a row a neuron.
function carried({ w }, a) {
  const n = a.length;
  const values = new Float32Array(w.length);
  for (let k = 0, j = 0; k < w.length; k++, j = j + 1 === n ? 0 : j + 1) values[k] = w[k] * a[j];
  return values;
}

// The largest of them, and from which part of it on connections are drawn: all, or MOST_LINES.
function strongest(values) {
  let largest = 0;
  for (const v of values) if (Math.abs(v) > largest) largest = Math.abs(v);
  if (values.length <= MOST_LINES || !largest) return [largest, 0];
  const counts = new Uint32Array(4097);
  for (const v of values) counts[(Math.abs(v / largest) * 4096) | 0]++;
  let bin = 4097;
  for (let sum = 0; bin > 0 && sum + counts[bin - 1] <= MOST_LINES; ) sum += counts[--bin];
  return [largest, bin / 4096];
}

export class Light {
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

  // Draws the activations of all layers, or with null the dark network. `more`: {lines: of each layer
  // what its connections show, if not what they carry; marks: [[layer, neuron, colour]]; wire: [layer,
  // to, from], one connection}.
  draw(all, { lines, marks = [], wire } = {}) {
    const { net, blocks, context: c, plane, image, up, down, width, height, ratio } = this;
    image.data.set(this.bare);
    if (all) {
      up.fill(0);
      down.fill(0);
      net.layers.forEach((layer, k) => {
        const values = lines?.[k] ?? carried(layer, all[k]);
        const n = all[k].length;
        const [from, to] = [blocks[k], blocks[k + 1]];
        const [largest, least] = strongest(values);
        if (!largest) return;
        const gain = ((4.2 / Math.sqrt(1 + n / 48)) * this.scale * 0.75) / largest;
        const faint = Math.max(least, 0.015) * largest;
        for (let j = 0; j < n; j++)
          for (let i = 0; i < to.x.length; i++) {
            const s = values[i * n + j];
            if (Math.abs(s) < faint) continue;
            line(s > 0 ? up : down, plane.width, plane.height, from.x[j] - 0.5, from.y[j] - 0.5, to.x[i] - 0.5, to.y[i] - 0.5, Math.abs(s) * gain, s < 0);
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
    if (wire && all) {
      const [k, i, j] = wire;
      const [from, to] = [blocks[k - 1], blocks[k]];
      c.strokeStyle = net.layers[k - 1].w[i * from.x.length + j] < 0 ? "#6c9bff" : "#ffb547";
      c.lineWidth = 2.5;
      c.beginPath();
      c.moveTo(from.x[j], from.y[j]);
      c.lineTo(to.x[i], to.y[i]);
      c.stroke();
    }
    const last = blocks.length - 1;
    for (const [k, i, colour] of answer < 0 ? marks : [[last, answer, "#ffd166"], ...marks]) {
      const { x, y, radius } = blocks[k];
      c.strokeStyle = colour;
      c.lineWidth = Math.max(1.5, radius * 0.18);
      c.beginPath();
      c.arc(x[i], y[i], radius * 1.18 + 1, 0, 7);
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

  // The neuron at a place of the picture, [layer, number], or null.
  at(x, y) {
    let best = null;
    let least = Infinity;
    this.blocks.forEach((b, k) => {
      const reach = Math.max(b.pitch * 0.75, k ? 12 : 0);
      for (let i = 0; i < b.x.length; i++) {
        const far = Math.hypot(b.x[i] - x, b.y[i] - y);
        if (far < Math.min(reach, least)) [least, best] = [far, [k, i]];
      }
    });
    return best;
  }
}
