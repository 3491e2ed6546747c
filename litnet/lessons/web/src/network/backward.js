// Backward through a network, as network/backward_pass.py does it, for one example and the cost
// C = sum (a - y)^2.
import { forward } from "./forward.js";

// Room for the gradient of all weights and biases.
export function blank(layers) {
  return layers.map(({ w, b }) => ({ w: new Float64Array(w.length), b: new Float64Array(b.length) }));
}

// Adds dC/dw and dC/db to `gradient`. Gives {cost, slopes: dC/da of all layers, the input first};
// `brief` leaves the input's out.
export function backward(layers, input, target, gradient, brief) {
  const sums = [];
  const all = forward(layers, input, sums);
  let cost = 0;
  let slope = all[layers.length].map((a, i) => {
    cost += (a - target[i]) ** 2;
    return 2 * (a - target[i]);
  });
  const slopes = [slope];
  for (let k = layers.length - 1; k >= 0; k--) {
    const { w, d } = layers[k];
    const [before, after] = [all[k], all[k + 1]];
    const n = before.length;
    const mean = d ? 0 : slope.reduce((s, v, i) => s + v * after[i], 0);
    const next = new Float64Array(n);
    const { w: dw, b: db } = gradient[k];
    for (let i = 0, at = 0; i < after.length; i++) {
      const delta = d ? slope[i] * d(sums[k][i], after[i]) : after[i] * (slope[i] - mean);
      db[i] += delta;
      if (k || !brief)
        for (let j = 0; j < n; j++, at++) {
          dw[at] += delta * before[j];
          next[j] += delta * w[at];
        }
      else for (let j = 0; j < n; j++, at++) dw[at] += delta * before[j];
    }
    slopes.unshift((slope = next));
  }
  return { cost, slopes };
}
