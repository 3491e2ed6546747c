// A network, a run of it and digits, as a page's scripts bring them (litnet/lessons/weights.py).
import { bytes, crc32, inflated } from "./bytes.js";
import { make } from "./dom.js";
import { activations as kinds } from "./engine.js";
import { sqrt } from "./maths.js";

const kind = kinds();

// What a person may be shown: no controls, and nothing that turns the direction of the text.
export const plain = (text) =>
  String(text)
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "")
    .slice(0, 40);

// What comes of reading packed data, if it is whole.
const whole = (read) => {
  try {
    return read();
  } catch {
    throw ["sum"];
  }
};

const root = (n) => sqrt(n) % 1 || n < 64 || n > 4096 ? 0 : sqrt(n);

// Checks all that a file says; throws [word, what stands in it].
export function network(data) {
  if (!data) throw ["missing"];
  const { schema, sizes, activations, classes, dtype } = data;
  if (
    schema !== 1 ||
    ![sizes, activations, classes].every(Array.isArray) ||
    sizes.length < 2 ||
    sizes.length > 33 ||
    !sizes.every((n) => Number.isInteger(n) && n > 0 && n <= 16384) ||
    activations.length !== sizes.length - 1 ||
    classes.length !== sizes.at(-1) ||
    !/^float(32|64)$/.test(dtype)
  )
    throw ["format"];
  const functions = activations.map((name) => {
    const f = kind(String(name));
    if (!f) throw ["unknown", { name: plain(name) }];
    return f;
  });
  const examples = whole(() => (data.examples ?? []).map(({ label, pixels }) => ({ label: plain(label), pixels: bytes(pixels) })));
  const numbers = floats(data, dtype, parameters(sizes));
  if (examples.some(({ pixels }) => pixels.length !== sizes[0])) throw ["sum"];
  const { rate, batch, ...files } = data.learning ?? {};
  return {
    sizes,
    names: activations,
    layers: layersOf(numbers, sizes, functions),
    side: root(sizes[0]), // of a picture that one can draw, or 0
    examples,
    classes: classes.map((name, k) => plain(name) || String(k)),
    rate: rate > 0 ? +rate : 1.5,
    batch: batch > 0 ? +batch : 32,
    // What can be loaded: {file, bytes, count}.
    more: Object.fromEntries(Object.entries(files).filter(([, one]) => /^\w[\w.-]*\.js$/.test(one?.file))),
  };
}

const parameters = (sizes) => sizes.slice(1).reduce((sum, m, k) => sum + (sizes[k] + 1) * m, 0);

// The numbers in base64, as many as there have to be.
function floats({ weights, crc32: sum }, dtype, count) {
  const type = dtype === "float32" ? Float32Array : Float64Array;
  const raw = whole(() => bytes(weights));
  const wanted = count * type.BYTES_PER_ELEMENT;
  if (raw.length !== wanted) throw ["size", { found: raw.length, wanted }];
  const numbers = new type(raw.buffer);
  if (!numbers.every(Number.isFinite)) throw ["finite"];
  if (crc32(raw) !== sum) throw ["sum"];
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
  const { schema, steps, epochs, costs, unseen } = data;
  if (
    schema !== 1 ||
    `${data.sizes};${data.activations}` !== `${sizes};${names}` ||
    ![steps, epochs, costs, unseen].every(Array.isArray) ||
    epochs.length !== steps.length ||
    unseen.length !== costs.length
  )
    throw ["format"];
  const count = parameters(sizes);
  const numbers = floats(data, "float32", count * steps.length);
  const nets = steps.map((_, k) => ({
    ...net,
    layers: layersOf(numbers.subarray(k * count, (k + 1) * count), sizes, names.map(kind)),
  }));
  return { ...data, nets };
}

// Digits: {pixels, labels}, bytes both; a promise, for they are packed.
export async function digits(data, { sizes, classes }) {
  if (!data) throw ["missing"];
  let labels;
  let pixels;
  try {
    labels = Uint8Array.from(data.labels);
    pixels = await inflated(data.pixels);
  } catch {
    throw ["sum"];
  }
  if (data.schema !== 1 || pixels.length !== labels.length * sizes[0] || labels.some((v) => v >= classes.length))
    throw ["format"];
  return { pixels, labels };
}

const scripts = {};

// Loads a classic script once; settles when it has run, or could not.
export const load = (src) =>
  (scripts[src] ??= new Promise((onload) => {
    const onerror = () => {
      delete scripts[src]; // it may be there the next time
      onload();
    };
    document.head.append(make("script", { src, onload, onerror }));
  }));
