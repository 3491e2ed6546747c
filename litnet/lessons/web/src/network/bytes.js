// Bytes out of text, and their checksum.
export const codes = (text) => Uint8Array.from(text, (c) => c.charCodeAt(0));

// Out of base64, if they are not bytes already.
export const bytes = (text) => (text.buffer ? text : codes(atob(text)));

export function crc32(data) {
  let crc = -1;
  for (const byte of data) {
    crc ^= byte;
    for (let k = 0; k < 8; k++) crc = (crc >>> 1) ^ (crc & 1 && 0xedb88320);
  }
  return ~crc >>> 0;
}

// Packs or unpacks by zlib.
export const streamed = async (data, stream) =>
  new Uint8Array(await new Response(new Blob([data]).stream().pipeThrough(stream)).arrayBuffer());

// What base64 packs.
export const inflated = async (text) => streamed(bytes(text), new DecompressionStream("deflate"));
