/** Where the film of a party plays. Its frames show one address to all, and that of a private film opens to nobody by itself. */

import { partyVideo } from "../net/api.js";

/** The address that plays `film` for whoever sits in the party with this session. */
export async function addressOf(film, partyId, session) {
  try {
    return (await partyVideo(film.id, partyId, session)).stream_url ?? film.stream_url;
  } catch {
    return film.stream_url; // all but private ones play there; if it is one, the player says so
  }
}
