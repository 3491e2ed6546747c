// Bytes out of base64, if they are not bytes already, and their checksum.
export const bytes = (text) => (text.buffer ? text : Uint8Array.from(atob(text), (c) => c.charCodeAt(0)));

let crcTable;
export function crc32(data) {
  crcTable ??= Uint32Array.from({ length: 256 }, (_, n) => {
    for (let k = 0; k < 8; k++) n = n & 1 ? (n >>> 1) ^ 0xedb88320 : n >>> 1;
    return n;
  });
  let crc = -1;
  for (const byte of data) crc = (crc >>> 8) ^ crcTable[(crc ^ byte) & 255];
  return ~crc >>> 0;
}
