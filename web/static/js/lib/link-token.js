/** The token of a link in a mail. It is taken out of the address at once: neither history nor a shared screen keeps it. */
export function takeLinkToken() {
  const found = new URLSearchParams(location.search).get("token") ?? "";
  if (found) history.replaceState(null, "", location.pathname);
  return found;
}
