/** Pictures that not everybody may see: asked for with one's token, and shown as a data: address, which our policy allows. */

import { send } from "./call.js";
import { BASE } from "./http.js";

const known = new Map();

/** A file or what came over the line as a data: address. */
export function dataAddress(blob) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.onerror = () => reject(new Error("The file cannot be read."));
    reader.readAsDataURL(blob);
  });
}

/** The picture at an address of the API; asked for once. */
export function guardedPicture(address) {
  if (!known.has(address)) {
    const path = address.slice(address.indexOf(BASE) + BASE.length);
    const asked = send("GET", path, { as: "blob" }).then(dataAddress);
    known.set(address, asked);
    asked.catch(() => known.delete(address));
  }
  return known.get(address);
}
