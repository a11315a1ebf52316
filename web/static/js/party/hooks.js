/** Small hooks by which components listen. */

import { useEffect, useReducer } from "../lib/html.js";

/** Draw again whenever `target` says one of `names`. */
export function useSignal(target, ...names) {
  const [, again] = useReducer((n) => n + 1, 0);
  useEffect(() => {
    for (const name of names) target.addEventListener(name, again);
    return () => {
      for (const name of names) target.removeEventListener(name, again);
    };
  }, [target]);
}

/** Draw again every `ms`. */
export function useTicker(ms) {
  const [, again] = useReducer((n) => n + 1, 0);
  useEffect(() => {
    const timer = setInterval(again, ms);
    return () => clearInterval(timer);
  }, [ms]);
}
