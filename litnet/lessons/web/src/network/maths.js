// Short names for what is computed with everywhere.
export const { abs, ceil, floor, max, min, round, sqrt } = Math;

export const range = (n, f) => Array.from({ length: n }, (_, i) => f(i));

export const clip = (v, most = 1) => min(most, max(0, v));

export const largest = (a) => a.reduce((most, v) => max(most, abs(v)), 0);

export const brightest = (a) => a.reduce((best, v, i) => (v > a[best] ? i : best), 0);
