/** Where things are found again: a person has a page, a party its seat; a film is a result until somebody watches it. */

export const personPath = (username) => `/u/${encodeURIComponent(username)}`;
export const partyPath = (code) => `/p/${encodeURIComponent(code)}`;
export const replayPath = (code) => `${partyPath(code)}/replay`;
export const filmReportPath = (id) => `/dashboard/videos/${encodeURIComponent(id)}`;
export const searchPath = (q, kind) => `/search?${new URLSearchParams(kind ? { q, kind } : { q })}`;

/** The page of a result or a suggestion, which name their kind. */
export function placeOf(found) {
  if (found.kind === "user") return personPath(found.username);
  if (found.kind === "party" && found.code) return partyPath(found.code);
  return searchPath(found.title ?? found.text, found.kind === "party" ? "parties" : "videos");
}
