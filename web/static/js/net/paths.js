/** Addresses of the REST API, put together so that what people type stays where it belongs. */

/** "?a=1&b=2" of what has a value. */
export function query(fields) {
  const pairs = Object.entries(fields).filter(([, value]) => value !== undefined && value !== null && value !== "");
  return pairs.length ? `?${new URLSearchParams(pairs)}` : "";
}

/** A path of which each part that is put in is one segment. */
export const path = (words, ...parts) => words.reduce((whole, word, i) => whole + encodeURIComponent(parts[i - 1]) + word);
