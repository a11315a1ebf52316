/**
 * The search box with what it guesses while one types: a combobox with a list, after the ARIA pattern of that name. Arrows
 * move through the list, Enter goes, Escape closes it and then empties the box.
 */

import { html, useEffect, useRef, useState } from "../lib/html.js";
import { elsewhere } from "../lib/elsewhere.js";
import { moved } from "../lib/listbox.js";
import { placeOf } from "../lib/places.js";
import { suggest } from "../net/search.js";
import { Film, Look, Person, Ticket } from "./icons.js";

const PAUSE_MS = 150;
const LEAST = 2;
const KINDS = { user: [Person, "Person"], party: [Ticket, "Party"], video: [Film, "Film"] };

/** What the server guesses for `text`, a moment after the last key; nothing of an older question is shown. */
function useGuesses(text) {
  const [guesses, set] = useState([]);
  useEffect(() => {
    const question = text.trim();
    const stop = new AbortController();
    if (question.length < LEAST) {
      set([]);
      return undefined;
    }
    const timer = setTimeout(
      () => suggest(question, stop.signal).then((found) => set(found.items), () => !stop.signal.aborted && set([])), // the search page says why
      PAUSE_MS,
    );
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [text]);
  return guesses;
}

function Guess({ guess, id, active, onHover }) {
  const [Icon, words] = KINDS[guess.kind];
  return html`<li id=${id} role="option" aria-selected=${active} class="guess" onPointerMove=${onHover}>
    <a href=${placeOf(guess)} tabindex="-1" ...${elsewhere()}><${Icon} /><span class="grow text">${guess.text}
      ${guess.username && html`<span class="quiet"> @${guess.username}</span>`}</span><span class="small quiet">${words}</span></a></li>`;
}

export function SearchBox({ value = "" }) {
  const [text, type] = useState(value);
  const [open, show] = useState(false);
  const [at, point] = useState(-1);
  const list = useRef(null);
  const guesses = useGuesses(text);
  const shown = open && guesses.length > 0;
  const shut = () => {
    show(false);
    point(-1);
  };
  useEffect(() => point(-1), [guesses]);
  const key = (event) => {
    if (event.isComposing) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      show(true);
      if (shown) point(moved(at, event.key === "ArrowDown" ? 1 : -1, guesses.length));
    } else if (event.key === "Enter" && shown && at >= 0) {
      event.preventDefault();
      list.current.children[at].firstChild.click();
      shut();
    } else if (event.key === "Escape") {
      event.preventDefault();
      if (shown) shut();
      else type("");
    }
  };
  return html`<form class="search-box" role="search" action="/search" ...${elsewhere()}>
    <${Look} />
    <input name="q" role="combobox" aria-label="Search" placeholder="Search" autocomplete="off" spellcheck="false" maxlength="200"
      enterkeyhint="search" aria-autocomplete="list" aria-expanded=${shown} aria-controls="guesses"
      aria-activedescendant=${shown && at >= 0 ? `guess-${at}` : undefined} value=${text} onKeyDown=${key} onBlur=${shut}
      onInput=${(event) => {
        type(event.target.value);
        show(true);
      }} />
    <ul class="guesses" id="guesses" role="listbox" aria-label="Suggestions" hidden=${!shown} ref=${list}
      onPointerDown=${(event) => event.preventDefault()}>
      ${shown && guesses.map((guess, i) => html`<${Guess} key=${`${guess.kind}-${guess.id}`} guess=${guess} id=${`guess-${i}`}
        active=${i === at} onHover=${() => i !== at && point(i)} />`)}</ul>
    <span class="unseen" role="status">${shown && `${guesses.length} suggestions`}</span>
  </form>`;
}
