/** Identifiers that a client makes: UUIDv7, so that they sort by time and never meet. */

let lastMs = 0;
let counter = 0;

export function uuid7(nowMs = Date.now()) {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const ms = Math.max(Math.trunc(nowMs), lastMs);
  counter = ms === lastMs ? counter + 1 : 0;
  if (counter > 0xfff) return uuid7(ms + 1);
  lastMs = ms;
  for (let i = 0; i < 6; i += 1) bytes[i] = Math.trunc(ms / 2 ** (8 * (5 - i))) & 0xff;
  bytes[6] = 0x70 | (counter >> 8);
  bytes[7] = counter & 0xff;
  bytes[8] = 0x80 | (bytes[8] & 0x3f);
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
