/** The token of a link in a mail. It is taken out of the address at once: neither history nor a shared screen keeps it. */
export function takeLinkToken() {
  const found = new URLSearchParams(location.search).get("token") ?? "";
  if (found) history.replaceState(null, "", location.pathname);
  return found;
}

/** What lets one into a party, from `#invite=…`: browsers send that part of an address to nobody. */
export function takeInvite() {
  const found = new URLSearchParams(location.hash.slice(1)).get("invite") ?? "";
  if (found) history.replaceState(null, "", location.pathname + location.search);
  return found;
}
