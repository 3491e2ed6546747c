// Light: the rules of litnet/style.py. Lines and halos are sums of light, laid in a picture of CSS pixels;
// the neurons and what they say are drawn sharply above it.
import { brightest, clip } from "./dom.js";
import { BLUE, context, disc, GOLD, grey, line, ORANGE, QUIET, ring, WHITE, write } from "./draw.js";

export const MOST_LINES = 16384;
const ONE = 16384; // a line's light is whole numbers of this part: sums of them are fast
const EXPOSED = Float32Array.from({ length: 2049 }, (_, i) => 1 - Math.exp(-i / 256));
const exposed = (sum) => EXPOSED[Math.min(2048, sum >> 6)]; // 64 = ONE / 256
// A neuron's halo, by the square of the distance.
const HALO = Float32Array.from({ length: 1025 }, (_, i) => 65536 * Math.exp((-4.5 * i) / 1024) * (1 - Math.sqrt(i / 1024)));

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
  const single = sizes.reduce((s, n) => s + (crowd(n) ? 0 : Math.min(tall / n, most)), 0);
  const crowds = sizes.filter(crowd);
  const room = Math.max(0.5 * free - single, 0.25 * free);
  let pitch = 0;
  for (let rows = 1; rows <= Math.max(...crowds); rows++) {
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
    const place = (f) => Float32Array.from({ length: n }, (_, i) => f(i));
    const x = place((i) => left + p * ((i % columns) + 0.5));
    const y = place((i) => top + tall / 2 + p * (((i / columns) | 0) - (rows - 1) / 2));
    const block = { x, y, radius: p * 0.4, pitch: p, left, right: left + p * columns };
    left = block.right + gap;
    return block;
  });
}

// Adds a line to a plane of sums, in steps of a pixel along its longer side; what lowers is dashed, so that
// it differs in form, too. Its other place is kept in 65536th of a pixel.
function shine(plane, width, height, ax, ay, bx, by, weight, dashed) {
  const steep = Math.abs(by - ay) > Math.abs(bx - ax);
  if (steep) [ax, ay, bx, by] = [ay, ax, by, bx];
  if (ax > bx) [ax, ay, bx, by] = [bx, by, ax, ay];
  const breadth = steep ? width : height;
  if (Math.min(ay, by) < 0 || Math.max(ay, by) >= breadth - 1) return; // all neurons are inside
  const slope = bx > ax ? (by - ay) / (bx - ax) : 0;
  const light = (ONE * weight * Math.sqrt(1 + slope * slope) * (dashed ? 1.5 : 1)) | 0;
  const along = steep ? width : 1;
  const aside = steep ? 1 : width;
  const last = Math.min(bx, (steep ? height : width) - 1) | 0;
  const fine = (slope * 65536) | 0;
  let u = Math.max(0, Math.ceil(ax));
  let v = ((ay + slope * (u - ax)) * 65536) | 0;
  let at = u * along;
  while (u <= last) {
    const end = dashed ? Math.min(last, u - ((u + 1) % 9) + 5) : last; // six pixels, and three that stay dark
    for (; u <= end; u++, v += fine, at += along) {
      const i = at + (v >> 16) * aside;
      const part = Math.imul((v >> 8) & 255, light) >> 8;
      plane[i] += light - part;
      plane[i + aside] += part;
    }
    u += 3;
    v += 3 * fine;
    at += 3 * along;
  }
}

// What each connection carries, a row a neuron.
function carried({ w }, a) {
  const values = new Float32Array(w.length);
  for (let k = 0, j = 0; k < w.length; k++, j = j + 1 === a.length ? 0 : j + 1) values[k] = w[k] * a[j];
  return values;
}

// The largest of them, and from which part of it on connections are drawn: all, or MOST_LINES.
function strongest(values) {
  let most = 0;
  for (const v of values) if (Math.abs(v) > most) most = Math.abs(v);
  if (values.length <= MOST_LINES || !most) return [most, 0];
  const counts = new Uint32Array(4097);
  for (const v of values) counts[(Math.abs(v / most) * 4096) | 0]++;
  let bin = 4097;
  for (let sum = 0; bin > 0 && sum + counts[bin - 1] <= MOST_LINES; ) sum += counts[--bin];
  return [most, bin / 4096];
}

export class Light {
  constructor(net, glow, canvas, number, count) {
    Object.assign(this, { net, glow, canvas, number, count });
  }

  // Everything that depends on the size alone.
  resize(width, height, font) {
    const { net, canvas, glow } = this;
    const c = context(canvas, width, height);
    Object.assign(this, { width, height, font, c });
    const { classes } = net;
    c.font = `16px ${font}`;
    const longest = Math.max(...classes.slice(0, 64).map((name) => c.measureText(name).width));
    const label = Math.min(longest, width * 0.2);
    const named = (height - 32) / classes.length >= 11;
    const blocks = (this.blocks = layout(net, width, height, named ? label + 58 : 8));
    const out = blocks.at(-1);
    const size = (this.size = Math.min(16, out.pitch * 0.85));
    c.font = `${size}px ${font}`;
    // What the outputs are called, as far as there is room.
    this.names = (named ? classes : []).map((name) => {
      while (name && c.measureText(name).width > label) name = name.replace(/.…?$/u, name.length > 2 ? "…" : "");
      return name;
    });
    glow.width = width;
    glow.height = height;
    this.image = glow.getContext("2d").createImageData(width, height);
    const { data } = this.image;
    const [up] = (this.planes = [0, 1, 2].map(() => new Int32Array(width * height)));
    this.scale = (0.55 + width / 1750) * 0.8;
    net.layers.forEach(({ w }, k) => {
      const n = net.sizes[k];
      const every = Math.ceil(w.length / MOST_LINES);
      const light = (0.11 * 12 * this.scale * every) / n ** 0.65;
      for (let i = 0; i < w.length; i += every) this.#connect(up, k, (i / n) | 0, i % n, light);
    });
    for (let i = 0, p = 0; i < up.length; i++) {
      const light = exposed(up[i]);
      for (const part of [91, 107, 140]) data[p++] = light * part;
      data[p++] = 255;
      up[i] = 0;
    }
    this.bare = new Uint32Array(data.slice().buffer);
    // The dark neurons, a rim each, and how many they are.
    this.cells = document.createElement("canvas");
    const d = context(this.cells, width, height);
    blocks.forEach(({ x, y, radius, left, right }, k) => {
      for (const [colour, reach] of [["#666", radius], ["#000", Math.max(radius * 0.87 - (radius < 5 ? 0.25 : 0), 0.5)]]) {
        d.beginPath();
        x.forEach((at, i) => {
          d.moveTo(at + reach, y[i]);
          d.arc(at, y[i], reach, 0, 7);
        });
        d.fillStyle = colour;
        d.fill();
      }
      d.font = `14px ${font}`;
      write(d, this.count(net.sizes[k]), (left + right) / 2, 12, QUIET);
    });
  }

  // A line from neuron j of layer k to neuron i of the next.
  #connect(plane, k, i, j, light, dashed) {
    const [from, to] = [this.blocks[k], this.blocks[k + 1]];
    shine(plane, this.width, this.height, from.x[j] - 0.5, from.y[j] - 0.5, to.x[i] - 0.5, to.y[i] - 0.5, light, dashed);
  }

  #halo(k, i, light) {
    const { width, height, planes, blocks } = this;
    const { x, y, radius } = blocks[k];
    const plane = planes[2];
    const reach = radius * 1.25 * 3;
    const unit = 32 / reach; // 32^2 = 1024 places of the table
    const bright = light * (radius < 8 ? 0.45 : 0.6);
    const [ax, ay] = [x[i] - 0.5, y[i] - 0.5];
    const bottom = Math.min(height - 1, ay + reach);
    for (let v = Math.max(0, Math.ceil(ay - reach)); v <= bottom; v++) {
      const down = ((v - ay) * unit) ** 2;
      const side = Math.sqrt(1024 - down) / unit;
      const end = v * width + Math.min(width - 1, ax + side);
      const u = Math.max(0, Math.ceil(ax - side));
      let at = v * width + u;
      for (let far = (u - ax) * unit; at <= end; at++, far += unit) plane[at] += bright * HALO[(far * far + down) | 0];
    }
  }

  // The lines and halos of activations, as light on the bare network.
  #glow(all, lit, lines) {
    const { net, image, glow, planes, bare } = this;
    const [up, down, halos] = planes;
    if (all)
      net.layers.forEach((layer, k) => {
        const values = lines?.[k] ?? carried(layer, all[k]);
        const n = all[k].length;
        const [most, least] = strongest(values);
        if (!most) return;
        const gain = ((4.2 / Math.sqrt(1 + n / 48)) * this.scale * 0.75) / most;
        const faint = Math.max(least, 0.015) * most;
        for (let i = 0, at = 0; i < all[k + 1].length; i++)
          for (let j = 0; j < n; j++, at++) {
            const s = values[at];
            if (Math.abs(s) >= faint) this.#connect(s > 0 ? up : down, k, i, j, Math.abs(s) * gain, s < 0);
          }
      });
    lit.forEach((light, k) => light.forEach((v, i) => v >= 0.06 && this.#halo(k, i, v)));
    const data = new Uint32Array(image.data.buffer);
    for (let i = 0; i < data.length; i++) {
      const u = up[i];
      const d = down[i];
      const h = halos[i];
      let colour = bare[i];
      if (u | d | h) {
        const share = (65536 * exposed(u + d)) / (u + d + 1e-9);
        const a = (share * u) | 0;
        const b = (share * d) | 0;
        const red = Math.min(255, (((colour & 0xff) << 16) + 255 * a + 42 * b + 191 * h) >> 16);
        const green = Math.min(255, (((colour & 0xff00) << 8) + 181 * a + 92 * b + 212 * h) >> 16);
        const blue = Math.min(255, ((colour & 0xff0000) + 71 * a + 245 * b + 255 * h) >> 16);
        colour = 0xff000000 | (blue << 16) | (green << 8) | red;
        up[i] = down[i] = halos[i] = 0;
      }
      data[i] = colour;
    }
    glow.getContext("2d").putImageData(image, 0, 0);
  }

  // Draws the activations of all layers, or with null the dark network. `more`: {lines: of each layer
  // what its connections show, if not what they carry; marks: [[layer, neuron, colour]]; wire: [layer,
  // to, from], one connection}.
  draw(all, { lines, marks, wire }) {
    const { net, blocks, c, width, height, names, number } = this;
    const lit = (all ?? []).map((a) => {
      const low = Math.min(0, ...a);
      const high = Math.max(1, ...a);
      return a.map((v) => (v - low) / (high - low));
    });
    this.#glow(all, lit, lines);
    c.globalCompositeOperation = "copy";
    c.drawImage(this.cells, 0, 0, width, height);
    c.globalCompositeOperation = "source-over";
    lit.forEach((light, k) => {
      const { x, y, radius } = blocks[k];
      light.forEach((v, i) => {
        if (v < 0.006) return;
        c.fillStyle = grey(v);
        disc(c, x[i], y[i], radius * 0.87);
        c.fill();
      });
    });
    const last = blocks.length - 1;
    const outputs = all?.at(-1);
    const answer = all ? brightest(outputs) : -1;
    if (wire && all) {
      const [k, i, j] = wire;
      const [from, to] = [blocks[k - 1], blocks[k]];
      const colour = net.layers[k - 1].w[i * from.x.length + j] < 0 ? BLUE : ORANGE;
      line(c, [[from.x[j], from.y[j]], [to.x[i], to.y[i]]], colour, 2.5);
    }
    for (const [k, i, colour] of all ? [[last, answer, GOLD], ...marks] : marks) {
      const { x, y, radius } = blocks[k];
      ring(c, x[i], y[i], radius * 1.18 + 1, colour, Math.max(1.5, radius * 0.18));
    }
    c.font = `${this.size}px ${this.font}`;
    c.direction = "ltr";
    const { y, right } = blocks[last];
    names.forEach((name, i) => {
      write(c, name, right + 4, y[i], i === answer ? GOLD : WHITE, "left");
      if (all) write(c, number(outputs[i]), width - 2, y[i], i === answer ? GOLD : QUIET, "right");
    });
  }

  // The neuron at a place of the picture, [layer, number], or null.
  at(x, y) {
    let best = null;
    let least = Infinity;
    this.blocks?.forEach((b, k) => {
      const reach = Math.max(b.pitch * 0.75, k ? 12 : 0);
      for (let i = 0; i < b.x.length; i++) {
        const far = Math.hypot(b.x[i] - x, b.y[i] - y);
        if (far < Math.min(reach, least)) [least, best] = [far, [k, i]];
      }
    });
    return best;
  }
}
