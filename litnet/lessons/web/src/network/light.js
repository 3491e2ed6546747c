// Light: the rules of litnet/style.py. Lines and halos are sums of light, laid in a picture of CSS pixels;
// the neurons and what they say are drawn sharply above it.
import { make } from "./dom.js";
import { BLUE, context, disc, GOLD, grey, line, ORANGE, QUIET, ring, tint, WHITE, write } from "./draw.js";
import { layout } from "./layout.js";
import { abs, brightest, ceil, max, min, round, sqrt } from "./maths.js";

export const MOST_LINES = 16384;
// Light is summed in whole numbers, which is fast: in one plane lines, those that raise above and those that lower
// below its 16th bit, in 512ths, so that only what lies under a neuron could be more than its room; in another halos,
// in 1024ths. Lines together are exposed as 1 - exp(-sum); what part of a sum that is stands here, up to 8.
const LINE = 512;
const MOST = 8 * LINE - 1;
const SHARE = Int32Array.from({ length: MOST + 1 }, (_, i) => ((1 << 23) * (1 - Math.exp(-i / LINE))) / max(1, i));

// Colours from black on, as 0xbbggrr, in 1024 steps.
const ramp = (r, g, b) => Int32Array.from({ length: 1025 }, (_, i) => tint(r, g, b, i / 1024));
const BARE = ramp(91, 107, 140);
const RAISES = ramp(255, 181, 71);
const LOWERS = ramp(42, 92, 245);
const HALO = ramp(191, 212, 255);
// The sum of two colours, each of its parts 255 at most: bits that two bytes carry over fill the byte.
const add = (x, y) => {
  const sum = x + y;
  const over = ((x & y) | ((x | y) & ~sum)) & 0x808080;
  return (sum - (over << 1)) | ((over << 1) - (over >> 7));
};

// Adds a line to the plane of lines, in steps of a pixel along its longer side; what lowers is dashed, so that
// it differs in form, too. Its other place is kept in 65536th of a pixel.
function shine(plane, width, height, ax, ay, bx, by, weight, dashed) {
  const steep = abs(by - ay) > abs(bx - ax);
  if (steep) [ax, ay, bx, by] = [ay, ax, by, bx];
  if (ax > bx) [ax, ay, bx, by] = [bx, by, ax, ay];
  const [long, broad] = steep ? [height, width] : [width, height];
  if (min(ay, by) < 0 || max(ay, by) >= broad - 1) return; // all neurons are inside
  const slope = bx > ax ? (by - ay) / (bx - ax) : 0;
  const light = round(LINE * weight * sqrt(1 + slope * slope) * (dashed ? 1.5 : 1));
  const kind = dashed ? 0 : 16;
  const along = steep ? width : 1;
  const aside = steep ? 1 : width;
  const last = min(bx, long - 1) | 0;
  const fine = (slope * 65536) | 0;
  const phase = (ax * 7 + ay * 5 + by * 3) | 0; // lines beside each other are not dashed alike
  let u = max(0, ceil(ax));
  let v = ((ay + slope * (u - ax)) * 65536) | 0;
  let at = u * along;
  while (u <= last) {
    const end = dashed ? min(last, u - ((u + phase) % 9) + 5) : last; // six pixels, and three that stay dark
    for (; u <= end; u++, v += fine, at += along) {
      const i = at + (v >> 16) * aside;
      const part = (((v >> 8) & 255) * light + 128) >> 8;
      plane[i] += (light - part) << kind;
      plane[i + aside] += part << kind;
    }
    u += 3;
    v += 3 * fine;
    at += 3 * along;
  }
}

// Adds a neuron's halo, as bright as the neuron, to the plane of halos.
function shineAround(plane, width, height, stamp, x, y, bright) {
  const side = sqrt(stamp.length);
  const left = round(x - side / 2);
  const top = round(y - side / 2);
  const gain = round(256 * bright);
  for (let row = max(0, -top); row < min(side, height - top); row++) {
    let dark = 0; // at both ends of the row
    while (!stamp[row * side + dark] && dark < side / 2) dark++;
    const end = min(side - dark, width - left);
    for (let column = max(dark, -left), at = (top + row) * width + left, from = row * side; column < end; column++)
      plane[at + column] += (stamp[from + column] * gain) >> 8;
  }
}

// Light as colours, on the bare network; after it the planes are dark again.
function expose(lines, halos, bare, colours) {
  colours.set(bare);
  for (let i = 0; i < colours.length; i++) {
    const line = lines[i];
    const halo = halos[i];
    if (!(line | halo)) continue;
    let colour = bare[i];
    if (line) {
      let u = line >>> 16;
      let d = line & 65535;
      let sum = u + d;
      if (sum > MOST) {
        u = ((u / sum) * MOST) | 0;
        d = ((d / sum) * MOST) | 0;
        sum = MOST;
      }
      const share = SHARE[sum];
      colour = add(colour, RAISES[(u * share) >> 13] + LOWERS[(d * share) >> 13]);
      lines[i] = 0;
    }
    if (halo) {
      colour = add(colour, HALO[min(halo, 1024)]);
      halos[i] = 0;
    }
    colours[i] = colour;
  }
}

// What each connection carries, a row a neuron.
function carried({ w }, a) {
  const values = new Float32Array(w.length);
  for (let k = 0; k < w.length; ) for (let j = 0; j < a.length; j++, k++) values[k] = w[k] * a[j];
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
  // Of the size that it has: contexts, places, what is drawn again each time, planes of light.
  let c, width, height, blocks, names, font, scale, image, colours, bare, stamps, lit, halos;

  // A line from neuron j of layer k to neuron i of the next.
  const connect = (k, i, j, weight, dashed) => {
    const [from, to] = [blocks[k], blocks[k + 1]];
    shine(lit, width, height, from.x[j] - 0.5, from.y[j] - 0.5, to.x[i] - 0.5, to.y[i] - 0.5, weight, dashed);
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
    colours = new Int32Array(image.data.buffer);
    lit = new Int32Array(width * height);
    halos = new Uint16Array(width * height);
    scale = (0.55 + width / 1750) * 0.8;
    // The bare network.
    layers.forEach(({ w }, k) => {
      const n = sizes[k];
      const every = ceil(w.length / MOST_LINES);
      for (let i = 0; i < w.length; i += every) connect(k, (i / n) | 0, i % n, (1.32 * scale * every) / n ** 0.65);
    });
    bare = lit.map((line) => 0xff000000 | BARE[round(1024 * (1 - Math.exp(-(line >>> 16) / LINE)))]);
    lit.fill(0);
    // A neuron's halo as a picture, for each layer: it is as soft as that the neuron may lie between pixels.
    stamps = blocks.map(({ radius }) => {
      const reach = radius * 3.75;
      const side = 2 * ceil(reach) - 1;
      const from = (i) => (i - (side - 1) / 2) / reach;
      return Int32Array.from({ length: side * side }, (_, i) => {
        const far = Math.hypot(from(i % side), from((i / side) | 0));
        return (radius < 8 ? 461 : 614) * Math.exp(-4.5 * far * far) * max(0, 1 - far);
      });
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
        if (v >= 0.06) shineAround(halos, width, height, stamps[k], x[i], y[i], v);
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
          if (abs(s) >= faint) connect(k, i, j, abs(s) * gain, s < 0);
        }
    });
    expose(lit, halos, bare, colours);
    glow.getContext("2d").putImageData(image, 0, 0);
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
