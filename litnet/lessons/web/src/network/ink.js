// Ink on the pad, in bytes, and as a picture to keep.
import { crc32 } from "./bytes.js";

// The page is larger than the pad, so that black is always its most frequent level: then
// network.digits takes black for paper, however much is drawn.
export const PAGE = 400;
export const PAD = 280;
export const EDGE = (PAGE - PAD) / 2;

// A round pen from one point of the pad to another; what it covers of a pixel is its distance.
export function stroke(page, ax, ay, bx, by, radius, erase) {
  const [dx, dy] = [bx - ax, by - ay];
  const square = dx * dx + dy * dy;
  const clip = (v) => Math.min(PAD, Math.max(0, v));
  for (let y = clip(Math.floor(Math.min(ay, by) - radius - 1)); y < clip(Math.max(ay, by) + radius + 1); y++)
    for (let x = clip(Math.floor(Math.min(ax, bx) - radius - 1)); x < clip(Math.max(ax, bx) + radius + 1); x++) {
      const [px, py] = [x + 0.5 - ax, y + 0.5 - ay];
      const t = square ? Math.min(1, Math.max(0, (px * dx + py * dy) / square)) : 0;
      const cover = Math.round(255 * Math.min(1, Math.max(0, radius + 0.5 - Math.hypot(px - t * dx, py - t * dy))));
      const i = (y + EDGE) * PAGE + x + EDGE;
      page[i] = erase ? Math.min(page[i], 255 - cover) : Math.max(page[i], cover);
    }
}

// Grey bytes as a PNG, without a canvas, which some browsers add noise to.
export async function png(grey, width) {
  const height = grey.length / width;
  const rows = new Uint8Array(grey.length + height);
  for (let y = 0; y < height; y++) rows.set(grey.subarray(y * width, (y + 1) * width), y * (width + 1) + 1);
  const stream = new Blob([rows]).stream().pipeThrough(new CompressionStream("deflate"));
  const chunk = (kind, data) => {
    const out = new Uint8Array(data.length + 12);
    const view = new DataView(out.buffer);
    view.setUint32(0, data.length);
    out.set([...kind].map((c) => c.charCodeAt(0)), 4);
    out.set(data, 8);
    view.setUint32(data.length + 8, crc32(out.subarray(4, data.length + 8)));
    return out;
  };
  const head = new Uint8Array(13);
  new DataView(head.buffer).setUint32(0, width);
  new DataView(head.buffer).setUint32(4, height);
  head[8] = 8;
  return new Blob(
    [
      new Uint8Array([137, 80, 78, 71, 13, 10, 26, 10]),
      chunk("IHDR", head),
      chunk("IDAT", new Uint8Array(await new Response(stream).arrayBuffer())),
      chunk("IEND", new Uint8Array()),
    ],
    { type: "image/png" },
  );
}
