// Ink on the pad, in bytes, and as a picture to keep.
import { codes, crc32, streamed } from "./bytes.js";
import { ceil, clip, floor, max, min, round } from "./maths.js";

// The page is larger than the pad, so that black is always its most frequent level: then
// network.digits takes black for paper, however much is drawn.
export const PAGE = 400;
export const PAD = 280;
export const EDGE = (PAGE - PAD) / 2;

// A round pen from one point of the pad to another; what it covers of a pixel is its distance.
export function stroke(page, [ax, ay], [bx, by], radius, erase) {
  const [dx, dy] = [bx - ax, by - ay];
  const square = dx * dx + dy * dy || 1;
  const first = (a, b) => clip(floor(min(a, b) - radius - 1), PAD);
  const end = (a, b) => clip(ceil(max(a, b) + radius + 1), PAD);
  for (let y = first(ay, by); y < end(ay, by); y++)
    for (let x = first(ax, bx); x < end(ax, bx); x++) {
      const [px, py] = [x + 0.5 - ax, y + 0.5 - ay];
      const t = clip((px * dx + py * dy) / square);
      const cover = round(255 * clip(radius + 0.5 - Math.hypot(px - t * dx, py - t * dy)));
      const i = (y + EDGE) * PAGE + x + EDGE;
      page[i] = erase ? min(page[i], 255 - cover) : max(page[i], cover);
    }
}

// Grey bytes as a PNG, without a canvas, which some browsers add noise to.
export async function png(grey, width) {
  const height = grey.length / width;
  const rows = new Uint8Array(grey.length + height); // each begins with its filter, 0
  for (let y = 0; y < height; y++) rows.set(grey.subarray(y * width, (y + 1) * width), y * (width + 1) + 1);
  const number = (n) => Uint8Array.of(n >>> 24, n >>> 16, n >>> 8, n);
  const chunk = (kind, ...data) => {
    const body = new Uint8Array([...codes(kind), ...data]);
    return [number(body.length - 4), body, number(crc32(body))];
  };
  const parts = [
    codes("\x89PNG\r\n\x1a\n"),
    ...chunk("IHDR", ...number(width), ...number(height), 8, 0, 0, 0, 0),
    ...chunk("IDAT", ...(await streamed(rows, new CompressionStream("deflate")))),
    ...chunk("IEND"),
  ];
  return new Blob(parts, { type: "image/png" });
}
