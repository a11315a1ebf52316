/**
 * Where to go after signing in: a page of ours that the address names, else the lobby.
 *
 * The whole address is read as the browser will read it: it drops tabs and line ends, takes `\` for `/` and shortens `/.//`,
 * so that no look at the text alone tells whether "/\t/example.com" stays here.
 */
export function returnPath({ search, origin } = location) {
  const next = new URLSearchParams(search).get("next") ?? "/";
  if (!next.startsWith("/") || !URL.canParse(next, origin)) return `${origin}/`;
  const found = new URL(next, origin);
  return found.origin === origin ? found.href : `${origin}/`;
}
