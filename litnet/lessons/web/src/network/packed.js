// A network's file as it ships is packed: deflated, its weights by the place of a byte, since the first
// ones are much alike.
import { bytes } from "./bytes.js";

async function inflate(text) {
  const packed = new Blob([bytes(text)]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(packed).arrayBuffer());
}

// The same file as it would be if it were not packed, its base64 being bytes already.
export async function unpacked(data) {
  if (!data?.packed) return data;
  try {
    const planes = await inflate(data.weights);
    const pixels = await inflate(data.pixels);
    const size = data.dtype === "float32" ? 4 : 8;
    const count = planes.length / size;
    const one = data.sizes[0];
    return {
      ...data,
      weights: planes.map((_, i) => planes[(i % size) * count + ((i / size) | 0)]),
      examples: data.examples.map((label, k) => ({ label, pixels: pixels.slice(k * one, (k + 1) * one) })),
    };
  } catch {
    throw ["sum"];
  }
}
