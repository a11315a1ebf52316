/** What everybody may see of the accounts of those in the room: the way to their page, and their picture. */

import { useEffect, useState } from "../lib/html.js";
import { members } from "../net/invites.js";
import { seating } from "./room.js";

const PAUSE_MS = 400;
/** As many seats are drawn at most; the server names no more than 100 at once. */
const MOST = 60;

/** By member id: {username, avatar_url}. Guests see none, nor are any asked for them. */
export function useFaces(room, allowed) {
  const [faces, set] = useState({});
  const missing = allowed ? seating(room).slice(0, MOST).filter((one) => one.user_id && !faces[one.id]).map((one) => one.id) : [];
  useEffect(() => {
    if (!missing.length) return undefined;
    const ask = async () => {
      const found = await members(room.id, missing).catch(() => null); // names without a page are no trouble
      if (!found) return;
      const fresh = Object.fromEntries(missing.map((id) => [id, {}]));
      for (const one of found.items) fresh[one.id] = { username: one.username, avatar_url: one.avatar_url };
      set((before) => ({ ...before, ...fresh }));
    };
    const timer = setTimeout(ask, PAUSE_MS);
    return () => clearTimeout(timer);
  }, [missing.join()]);
  return faces;
}
