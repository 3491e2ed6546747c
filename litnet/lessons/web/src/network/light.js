// Light: the rules of litnet/style.py. Lines and halos are sums of light, laid in a picture of CSS pixels;
// the neurons and what they say are drawn sharply above it.
import { make } from "./dom.js";
import { BLUE, context, disc, GOLD, grey, line, ORANGE, QUIET, ring, WHITE, write } from "./draw.js";
import { layout } from "./layout.js";
import { abs, brightest, ceil, max, min, range, round, sqrt } from "./maths.js";

export const MOST_LINES = 16384;
// A line's light, and a halo's, in whole numbers: sums of them are fast.
const LINE = 16384;
const HALO = 65536;
const EXPOSED = range(2049, (i) => 1 - Math.exp(-i / 256));
const exposed = (sum) => EXPOSED[min(2048, sum >> 6)]; // 64 = LINE / 256
// A neuron's halo, by the square of the distance; 1024 is where it ends.
const FADING = range(1025, (i) => HALO * Math.exp((-4.5 * i) / 1024) * (1 - sqrt(i / 1024)));

// Adds a line to a plane of sums, in steps of a pixel along its longer side; what lowers is dashed, so that
// it differs in form, too. Its other place is kept in 65536th of a pixel.
function shine(plane, width, height, ax, ay, bx, by, weight, dashed) {
  const steep = abs(by - ay) > abs(bx - ax);
  if (steep) [ax, ay, bx, by] = [ay, ax, by, bx];
  if (ax > bx) [ax, ay, bx, by] = [bx, by, ax, ay];
  const [long, broad] = steep ? [height, width] : [width, height];
  if (min(ay, by) < 0 || max(ay, by) >= broad - 1) return; // all neurons are inside
  const slope = bx > ax ? (by - ay) / (bx - ax) : 0;
  const light = (LINE * weight * sqrt(1 + slope * slope) * (dashed ? 1.5 : 1)) | 0;
  const along = steep ? width : 1;
  const aside = steep ? 1 : width;
  const last = min(bx, long - 1) | 0;
  const fine = (slope * 65536) | 0;
  let u = max(0, ceil(ax));
  let v = ((ay + slope * (u - ax)) * 65536) | 0;
  let at = u * along;
  while (u <= last) {
    const end = dashed ? min(last, u - ((u + 1) % 9) + 5) : last; // six pixels, and three that stay dark
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
  for (const v of values) if (abs(v) > most) most = abs(v);
  if (values.length <= MOST_LINES || !most) return [most, 0];
  const counts = new Uint32Array(4097);
  for (const v of values) counts[(abs(v / most) * 4096) | 0]++;
  let bin = 4097;
  for (let sum = 0; bin > 0 && sum + counts[bin - 1] <= MOST_LINES; ) sum += counts[--bin];
  return [most, bin / 4096];
}

// The picture of the element's network, on two canvases: {blocks, width, height, resize, draw, at}.
export function light(element, glow, canvas) {
  const { network, number, count } = element;
  const { sizes, classes, layers } = network;
  const own = {};
  const cells = make("canvas");
  // Of the size that it has: contexts, places, sums of light (that raises, that lowers, halos), what is
  // drawn again each time.
  let c, width, height, blocks, names, font, scale, image, colours, bare, up, down, halos;

  // A line from neuron j of layer k to neuron i of the next.
  const connect = (plane, k, i, j, weight, dashed) => {
    const [from, to] = [blocks[k], blocks[k + 1]];
    shine(plane, width, height, from.x[j] - 0.5, from.y[j] - 0.5, to.x[i] - 0.5, to.y[i] - 0.5, weight, dashed);
  };

  // Everything that depends on the size alone.
  own.resize = (wide, high, family) => {
    own.width = width = wide;
    own.height = height = high;
    c = context(canvas, width, height);
    const fits = (name) => c.measureText(name).width;
    c.font = `16px ${family}`;
    const label = min(max(...classes.slice(0, 64).map(fits)), width * 0.2);
    const named = (height - 32) / classes.length >= 11;
    own.blocks = blocks = layout(network, width, height, named ? label + 58 : 8);
    c.font = font = `${min(16, blocks.at(-1).pitch * 0.85)}px ${family}`;
    // What the outputs are called, as far as there is room.
    names = (named ? classes : []).map((name) => {
      while (name && fits(name) > label) name = name.replace(/.…?$/u, name.length > 2 ? "…" : "");
      return name;
    });
    glow.width = width;
    glow.height = height;
    image = glow.getContext("2d").createImageData(width, height);
    colours = new Uint32Array(image.data.buffer);
    [up, down, halos] = range(3, () => new Int32Array(width * height));
    scale = (0.55 + width / 1750) * 0.8;
    // The bare network.
    layers.forEach(({ w }, k) => {
      const n = sizes[k];
      const every = ceil(w.length / MOST_LINES);
      for (let i = 0; i < w.length; i += every) connect(up, k, (i / n) | 0, i % n, (1.32 * scale * every) / n ** 0.65);
    });
    bare = colours.map((_, i) => {
      const e = exposed(up[i]);
      up[i] = 0;
      return 0xff000000 | (round(140 * e) << 16) | (round(107 * e) << 8) | round(91 * e);
    });
    // The dark neurons, a rim each, and how many they are.
    const d = context(cells, width, height);
    d.font = `14px ${family}`;
    blocks.forEach(({ x, y, radius, left, right }, k) => {
      for (const [colour, reach] of [["#666", radius], ["#000", max(radius * 0.87 - (radius < 5 ? 0.25 : 0), 0.5)]]) {
        d.beginPath();
        x.forEach((at, i) => {
          d.moveTo(at + reach, y[i]);
          d.arc(at, y[i], reach, 0, 7);
        });
        d.fillStyle = colour;
        d.fill();
      }
      write(d, count(sizes[k]), (left + right) / 2, 12, QUIET);
    });
  };

  // A neuron's halo, as bright as the neuron: along each row as far as it reaches.
  const shineAround = (x, y, radius, bright) => {
    const reach = radius * 3.75;
    const unit = 32 / reach; // 32^2 = 1024
    const most = bright * (radius < 8 ? 0.45 : 0.6);
    for (let v = max(0, ceil(y - reach)); v <= min(height - 1, y + reach); v++) {
      const far = ((v - y) * unit) ** 2;
      const side = sqrt(1024 - far) / unit;
      const start = max(0, ceil(x - side));
      const end = v * width + min(width - 1, x + side);
      for (let at = v * width + start, u = (start - x) * unit; at <= end; at++, u += unit)
        halos[at] += most * FADING[(u * u + far) | 0];
    }
  };

  // The sums of light as colours, on the bare network; after it they are dark again.
  const expose = () => {
    for (let i = 0; i < colours.length; i++) {
      const u = up[i];
      const d = down[i];
      const h = halos[i];
      let colour = bare[i];
      if (u | d | h) {
        const share = (HALO * exposed(u + d)) / (u + d + 1e-9);
        const a = (share * u) | 0;
        const b = (share * d) | 0;
        const red = (((colour & 0xff) << 16) + 255 * a + 42 * b + 191 * h) >> 16;
        const green = (((colour & 0xff00) << 8) + 181 * a + 92 * b + 212 * h) >> 16;
        const blue = ((colour & 0xff0000) + 71 * a + 245 * b + 255 * h) >> 16;
        colour = 0xff000000 | (min(255, blue) << 16) | (min(255, green) << 8) | min(255, red);
        up[i] = down[i] = halos[i] = 0;
      }
      colours[i] = colour;
    }
    glow.getContext("2d").putImageData(image, 0, 0);
  };

  // Draws the activations of all layers, or without them the dark network. `more`: {lines: of each layer
  // what its connections show, if not what they carry; marks: [[layer, neuron, colour]]; wire: [layer,
  // to, from], one connection}.
  own.draw = (all, { lines, marks, wire }) => {
    const { net } = element;
    const outputs = all?.at(-1);
    const answer = all ? brightest(outputs) : -1;
    if (all) marks = [[sizes.length - 1, answer, GOLD], ...marks];
    c.globalCompositeOperation = "copy";
    c.drawImage(cells, 0, 0, width, height);
    c.globalCompositeOperation = "source-over";
    all?.forEach((a, k) => {
      const low = min(0, ...a);
      const high = max(1, ...a);
      const { x, y, radius } = blocks[k];
      a.forEach((activation, i) => {
        const v = (activation - low) / (high - low);
        if (v >= 0.06) shineAround(x[i] - 0.5, y[i] - 0.5, radius, v);
        if (v < 0.006) return;
        c.fillStyle = grey(v);
        disc(c, x[i], y[i], radius * 0.87);
        c.fill();
      });
      if (!net.layers[k]) return;
      const values = lines?.[k] ?? carried(net.layers[k], a);
      const n = sizes[k];
      const [most, least] = strongest(values);
      if (!most) return;
      const gain = (3.15 / sqrt(1 + n / 48)) * scale / most;
      const faint = max(least, 0.015) * most;
      for (let i = 0, at = 0; at < values.length; i++)
        for (let j = 0; j < n; j++, at++) {
          const s = values[at];
          if (abs(s) >= faint) connect(s > 0 ? up : down, k, i, j, abs(s) * gain, s < 0);
        }
    });
    expose();
    if (wire && all) {
      const [k, i, j] = wire;
      const [from, to] = [blocks[k - 1], blocks[k]];
      const colour = net.layers[k - 1].w[i * sizes[k - 1] + j] < 0 ? BLUE : ORANGE;
      line(c, [[from.x[j], from.y[j]], [to.x[i], to.y[i]]], colour, 2.5);
    }
    for (const [k, i, colour] of marks) {
      const { x, y, radius } = blocks[k];
      ring(c, x[i], y[i], radius * 1.18 + 1, colour, max(1.5, radius * 0.18));
    }
    c.font = font;
    c.direction = "ltr";
    const { y, right } = blocks.at(-1);
    names.forEach((name, i) => {
      const gold = i === answer && GOLD;
      write(c, name, right + 4, y[i], gold || WHITE, "left");
      if (all) write(c, number(outputs[i]), width - 2, y[i], gold || QUIET, "right");
    });
  };

  // The neuron at a place of the picture, [layer, number], or null.
  own.at = (x, y) => {
    let best = null;
    let least = Infinity;
    blocks?.forEach((b, k) => {
      const reach = max(b.pitch * 0.75, k ? 12 : 0);
      b.x.forEach((at, i) => {
        const far = Math.hypot(at - x, b.y[i] - y);
        if (far < min(reach, least)) [least, best] = [far, [k, i]];
      });
    });
    return best;
  };
  return own;
}
