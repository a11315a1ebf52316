/** Lists that come page by page: what has been read stays, and the next page is put after it. */

import { html, useEffect, useRef, useState } from "../lib/html.js";

/**
 * {items, last, error, busy, more, again}: `load(cursor)` gives one page. `again` reads as many pages as were shown, so that
 * what changed is seen and nobody loses their place.
 */
export function usePages(load, inputs) {
  const [state, set] = useState({ items: null, last: null, error: null, busy: true, shown: 1 });
  const turn = useRef(0);
  const read = async (count, before = null) => {
    const mine = (turn.current += 1);
    set((now) => ({ ...now, busy: true, error: null }));
    try {
      let items = before?.items ?? [];
      let last = before?.last ?? null;
      for (let n = 0; n < count && (n === 0 || last.next); n += 1) {
        last = await load(last?.next ?? null);
        items = [...items, ...last.items];
      }
      if (mine === turn.current) set({ items, last, error: null, busy: false, shown: (before?.shown ?? 0) + count });
    } catch (error) {
      if (mine === turn.current) set((now) => ({ ...now, error, busy: false }));
    }
  };
  useEffect(() => {
    set({ items: null, last: null, error: null, busy: true, shown: 1 });
    read(1);
    return () => {
      turn.current += 1;
    };
  }, inputs);
  return { ...state, more: () => read(1, state), again: () => read(state.shown) };
}

export function More({ pages }) {
  if (!pages.last?.next) return null;
  return html`<div class="row more-row"><button class="button" disabled=${pages.busy} onClick=${pages.more}>
    ${pages.busy ? "Reading…" : "Show more"}</button></div>`;
}
