// Forward through a network, as network/mlp.py does it.

// What an activation's name stands for: [f(z), f'(z, a)]; softmax has neither, for it takes a whole layer.
export function activations() {
  // The share of a normal distribution below z: (1 + erf(z / sqrt 2)) / 2, erf by its series
  // 2/sqrt(pi) e^(-x^2) sum 2^n x^(2n+1) / (1 3 5 ... (2n+1)), whose terms are all positive.
  const normal = (z) => {
    const x = Math.abs(z) * Math.SQRT1_2;
    let half = 0.5;
    if (x < 6) {
      let term = x;
      let sum = x;
      for (let n = 1; term > sum * 1e-17; n++) sum += term *= (2 * x * x) / (2 * n + 1);
      half = (Math.exp(-x * x) * sum) / Math.sqrt(Math.PI);
    }
    return z < 0 ? 0.5 - half : 0.5 + half;
  };
  const leaky = (slope) => [(z) => (z > 0 ? z : slope * z), (z) => (z > 0 ? 1 : slope)];
  const table = {
    sigmoid: [
      (z) => {
        const e = Math.exp(-Math.abs(z));
        return (z >= 0 ? 1 : e) / (1 + e);
      },
      (z, a) => a * (1 - a),
    ],
    tanh: [Math.tanh, (z, a) => 1 - a * a],
    relu: [(z) => Math.max(0, z), (z) => +(z > 0)],
    leaky_relu: leaky(0.01),
    gelu: [(z) => z * normal(z), (z) => normal(z) + (z * Math.exp((-z * z) / 2)) / Math.sqrt(2 * Math.PI)],
    identity: [(z) => z, () => 1],
    softmax: [],
  };
  return (name) => {
    if (Object.hasOwn(table, name)) return table[name];
    const slope = /^leaky_relu:(\d{1,3}(?:\.\d{1,9})?|\d(?:\.\d{1,9})?e-\d{1,2})$/.exec(name);
    return slope && +slope[1] < 1 ? leaky(+slope[1]) : undefined;
  };
}

// The activations of all layers, the input first; `sums` is given each layer's z.
export function forward(layers, input, sums = []) {
  const all = [Float64Array.from(input)];
  layers.forEach(({ w, b, f }, k) => {
    const before = all[k];
    const n = before.length;
    const z = new Float64Array(b.length);
    for (let i = 0, at = 0; i < z.length; i++) {
      let sum = 0;
      for (let j = 0; j < n; j++, at++) sum += w[at] * before[j];
      z[i] = sum + b[i];
    }
    let a;
    if (f) a = z.map((v) => f(v));
    else {
      const most = z.reduce((m, v) => Math.max(m, v), -Infinity);
      a = z.map((v) => Math.exp(v - most));
      const sum = a.reduce((s, e) => s + e, 0);
      a = a.map((e) => e / sum);
    }
    if (!a.every(Number.isFinite)) throw ["huge"];
    sums[k] = z;
    all.push(a);
  });
  return all;
}
