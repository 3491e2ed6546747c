// Learning, as network/training.py does it: plain gradient descent in batches, from dice on.
import { backward, blank } from "./backward.js";
import { activations, forward } from "./forward.js";

// A generator of numbers in [0, 1), whose numbers its seed decides: mulberry32, by Tommy Ettinger.
export function dice(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

// Digits as what a network of n inputs reads.
export const inputsOf = ({ pixels, labels }, n) =>
  Array.from(labels, (_, k) => Float64Array.from(pixels.subarray(k * n, (k + 1) * n), (v) => v / 255));

// What a network of n outputs should say of a digit.
export const oneHot = (label, n) => Float64Array.from({ length: n }, (_, i) => +(i === label));

// The mean cost over digits.
export function costOver(layers, inputs, labels) {
  let cost = 0;
  inputs.forEach((input, k) => forward(layers, input).at(-1).forEach((a, i) => (cost += (a - (i === labels[k])) ** 2)));
  return cost / inputs.length;
}

// One step on a batch, in place: w -= rate * the mean gradient.
export function step(layers, inputs, targets, rate) {
  const gradient = blank(layers);
  inputs.forEach((input, k) => backward(layers, input, targets[k], gradient, true));
  layers.forEach((layer, k) => {
    for (const part of ["w", "b"]) {
      const [own, slope] = [layer[part], gradient[k][part]];
      for (let i = 0; i < own.length; i++) own[i] -= (rate * slope[i]) / inputs.length;
    }
  });
}

// Yields undefined after each batch, and a moment when fresh, a few times in the first epoch, and after
// each: {epoch, step, cost: the mean of all digits, answers: to the unseen ones, right: how many of them
// are right, weights: of each layer {w, b}}. `setup` is {sizes, names, rate, batch, epochs, seed,
// training, unseen}; digits are {pixels: bytes, labels: bytes}.
export function* descent(setup) {
  const { sizes, names, rate, batch, epochs, seed, training, unseen } = setup;
  const kind = activations();
  const roll = dice(seed);
  const layers = names.map((name, k) => {
    const [n, m] = [sizes[k], sizes[k + 1]];
    const limit = Math.sqrt(6 / (n + m));
    const [f, d] = kind(name);
    return { w: new Float64Array(n * m).map(() => (2 * roll() - 1) * limit), b: new Float64Array(m), f, d };
  });
  const n = sizes[0];
  const [x, tests] = [inputsOf(training, n), inputsOf(unseen, n)];
  const y = Array.from(training.labels, (label) => oneHot(label, sizes.at(-1)));
  let steps = 0;
  const moment = (epoch) => {
    const cost = costOver(layers, x, training.labels);
    const answers = Uint8Array.from(tests, (input) => forward(layers, input).at(-1).reduce((b, v, i, a) => (v > a[b] ? i : b), 0));
    const right = answers.reduce((s, v, k) => s + (v === unseen.labels[k]), 0);
    const weights = layers.map(({ w, b }) => ({ w: w.slice(), b: b.slice() }));
    return { epoch, step: steps, cost, answers, right, weights };
  };
  yield moment(0);
  const order = x.map((_, k) => k);
  for (let epoch = 0; epoch < epochs; epoch++) {
    for (let k = order.length - 1; k > 0; k--) {
      const other = Math.floor(roll() * (k + 1));
      [order[k], order[other]] = [order[other], order[k]];
    }
    for (let at = 0; at < order.length; at += batch) {
      const chosen = order.slice(at, at + batch);
      step(layers, chosen.map((k) => x[k]), chosen.map((k) => y[k]), rate);
      steps++;
      yield at + batch >= order.length
        ? moment(epoch + 1)
        : !epoch && steps % 6 === 0
          ? moment((at + batch) / order.length)
          : undefined;
    }
  }
}
