// A network, a run of it and digits, as a page's scripts bring them (litnet/lessons/weights.py).
import { bytes, crc32 } from "./bytes.js";
import { make } from "./dom.js";
import { activations as kinds } from "./forward.js";

const kind = kinds();

// What a person may be shown: no controls, and nothing that turns the direction of the text.
export const plain = (text) =>
  String(text)
    .replace(/[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g, "")
    .slice(0, 40);

// Checks all that a file says; throws [word, what stands in it].
export function network(data) {
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
    const f = kind(String(name));
    if (f === undefined) throw ["unknown", { name: plain(name) }];
    return f;
  });
  let examples = [];
  try {
    examples = (data.examples ?? []).map((e) => ({ label: plain(e.label), pixels: bytes(e.pixels) }));
  } catch {
    throw ["sum"];
  }
  const numbers = floats(data, dtype, parameters(sizes));
  if (examples.some((e) => e.pixels.length !== sizes[0])) throw ["sum"];
  const root = Math.sqrt(sizes[0]);
  const side = Number.isInteger(root) && root >= 8 && root <= 64 ? root : null;
  const { rate = 1.5, batch = 32, ...files } = data.learning ?? {};
  const more = Object.entries(files).filter(([, one]) => /^\w[\w.-]*\.js$/.test(one?.file));
  return {
    sizes,
    names: activations,
    layers: layersOf(numbers, sizes, functions),
    side,
    examples,
    classes: classes.map((c, k) => plain(c) || String(k)),
    rate: rate > 0 ? +rate : 1.5,
    batch: batch > 0 ? +batch : 32,
    more: Object.fromEntries(more), // what can be loaded: {file, bytes, count}
  };
}

const parameters = (sizes) => sizes.slice(1).reduce((sum, m, k) => sum + (sizes[k] + 1) * m, 0);

// The numbers in base64, as many as there have to be.
function floats(data, dtype, count) {
  const type = dtype === "float32" ? Float32Array : Float64Array;
  let raw;
  try {
    raw = bytes(data.weights);
  } catch {
    throw ["sum"];
  }
  const wanted = count * type.BYTES_PER_ELEMENT;
  if (raw.length !== wanted) throw ["size", { found: raw.length, wanted }];
  const numbers = new type(raw.buffer);
  if (!numbers.every(Number.isFinite)) throw ["finite"];
  if (crc32(raw) !== data.crc32) throw ["sum"];
  return numbers;
}

// Of each layer {w: weights (m, n), b: biases (m,), f, d: its activation's}, views into one row of numbers.
function layersOf(numbers, sizes, functions) {
  let at = 0;
  const take = (n) => numbers.subarray(at, (at += n));
  return functions.map(([f, d], k) => ({ w: take(sizes[k] * sizes[k + 1]), b: take(sizes[k + 1]), f, d }));
}

// The same network with other weights: those given, or copies of its own in float64, to be changed.
export const withWeights = (net, weights = net.layers) => ({
  ...net,
  layers: net.layers.map(({ f, d }, k) => ({
    w: Float64Array.from(weights[k].w),
    b: Float64Array.from(weights[k].b),
    f,
    d,
  })),
});

// A training run of this network: what the file says, and `nets`, the network at each snapshot.
export function history(data, net) {
  if (!data) throw ["missing"];
  const { sizes, names } = net;
  const { steps, epochs, costs, unseen } = data;
  if (
    data.schema !== 1 ||
    `${data.sizes}` !== `${sizes}` ||
    `${data.activations}` !== `${names}` ||
    ![steps, epochs, costs, unseen].every(Array.isArray) ||
    epochs.length !== steps.length ||
    unseen.length !== costs.length
  )
    throw ["format"];
  const count = parameters(sizes);
  const numbers = floats(data, "float32", count * steps.length);
  const functions = names.map(kind);
  const nets = steps.map((_, k) => ({
    ...net,
    layers: layersOf(numbers.subarray(k * count, (k + 1) * count), sizes, functions),
  }));
  return { ...data, nets };
}

// Digits: {pixels, labels}, bytes both; a promise, for they are packed.
export async function digits(data, net) {
  if (!data) throw ["missing"];
  let pixels;
  let labels;
  try {
    labels = Uint8Array.from(data.labels);
    const packed = new Blob([bytes(data.pixels)]).stream().pipeThrough(new DecompressionStream("deflate"));
    pixels = new Uint8Array(await new Response(packed).arrayBuffer());
  } catch {
    throw ["sum"];
  }
  if (data.schema !== 1 || pixels.length !== labels.length * net.sizes[0] || labels.some((v) => v >= net.classes.length))
    throw ["format"];
  return { pixels, labels };
}

const scripts = new Map();

// Loads a classic script once; settles when it has run, or could not.
export function load(address) {
  if (!scripts.has(address))
    scripts.set(
      address,
      new Promise((done) => {
        const failed = () => {
          scripts.delete(address); // it may be there the next time
          done();
        };
        document.head.append(make("script", { src: address, onload: done, onerror: failed }));
      }),
    );
  return scripts.get(address);
}
