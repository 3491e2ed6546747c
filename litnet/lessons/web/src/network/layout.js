// Where the neurons stand.
import { ceil, floor, max, min, range } from "./maths.js";

const MOST = 34; // px from neuron to neuron of a column
const LEAST = 7; // below this a layer is a crowd, in several columns

// Blocks of neurons beside each other: {x, y: places, radius, pitch, left, right}.
export function layout({ side, sizes }, width, height, labels) {
  const top = 26;
  const tall = height - top - 20; // a halo has room
  const grid = side ? min(tall, width * 0.4) : 0;
  const columns = sizes.slice(side ? 1 : 0);
  const free = width - labels - grid - 6;
  const crowd = (n) => tall / n < LEAST;
  const single = columns.reduce((s, n) => s + (crowd(n) ? 0 : min(tall / n, MOST)), 0);
  const crowds = columns.filter(crowd);
  const room = max(0.5 * free - single, 0.25 * free);
  let pitch = 0;
  for (let rows = 1; rows <= max(...crowds); rows++)
    pitch = max(pitch, min(LEAST, tall / rows, room / crowds.reduce((s, n) => s + ceil(n / rows), 0)));
  // Of each layer how far its neurons are from each other, and in how many rows and columns they stand.
  const shapes = columns.map((n) => {
    if (!crowd(n)) return [n, min(tall / n, MOST), n, 1];
    const across = ceil(n / max(1, floor(tall / pitch + 1e-9)));
    return [n, pitch, ceil(n / across), across];
  });
  if (side) shapes.unshift([sizes[0], grid / side, side, side]);
  const taken = shapes.reduce((s, [, p, , across]) => s + p * across, 0);
  const gap = (width - labels - taken - 4) / max(1, shapes.length - 1);
  let right = 2 - gap;
  return shapes.map(([n, p, rows, across]) => {
    const left = right + gap;
    right = left + p * across;
    const x = range(n, (i) => left + p * ((i % across) + 0.5));
    const y = range(n, (i) => top + tall / 2 + p * (floor(i / across) - (rows - 1) / 2));
    return { x, y, radius: p * 0.4, pitch: p, left, right };
  });
}
