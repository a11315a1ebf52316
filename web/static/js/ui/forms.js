/** Fields with their labels and what was wrong with them; a dialog; a form that cannot be sent twice. */

import { html, useEffect, useRef, useState } from "../lib/html.js";
import { Close } from "./icons.js";

let serial = 0;

function Labelled({ label, hint, wrong, control }) {
  const [id] = useState(() => `field-${(serial += 1)}`);
  const notes = [wrong && `${id}-wrong`, hint && `${id}-hint`].filter(Boolean).join(" ") || undefined;
  return html`<div class="field">
    <label for=${id}>${label}</label>
    ${control({ id, "aria-invalid": wrong ? "true" : undefined, "aria-describedby": notes })}
    ${hint && !wrong && html`<small id=${`${id}-hint`}>${hint}</small>`}
    ${wrong && html`<small class="wrong" id=${`${id}-wrong`}>${wrong}</small>`}
  </div>`;
}

/** A labelled input. `wrong` is shown beside it and read out. */
export function Field({ label, hint, wrong, inputRef, ...input }) {
  return html`<${Labelled} label=${label} hint=${hint} wrong=${wrong}
    control=${(told) => html`<input ref=${inputRef} ...${told} ...${input} />`} />`;
}

export function Area({ label, hint, wrong, ...area }) {
  return html`<${Labelled} label=${label} hint=${hint} wrong=${wrong} control=${(told) => html`<textarea ...${told} ...${area} />`} />`;
}

/** A labelled select; `options` are pairs of value and words. */
export function Choice({ label, hint, wrong, options, chosen, ...select }) {
  return html`<${Labelled} label=${label} hint=${hint} wrong=${wrong} control=${(told) => html`<select ...${told} ...${select}>
    ${options.map(([value, words]) => html`<option key=${value} value=${value} selected=${value === chosen}>${words}</option>`)}
  </select>`} />`;
}

/** {busy, problem, done, submit}: runs `send(form data)` once at a time and keeps what went wrong, or that it went well. */
export function useSubmit(send) {
  const [state, set] = useState({ busy: false, problem: null, done: false });
  const submit = async (event) => {
    event.preventDefault();
    if (state.busy) return;
    set({ busy: true, problem: null, done: false });
    try {
      await send(Object.fromEntries(new FormData(event.target)), event.target);
      set({ busy: false, problem: null, done: true });
    } catch (problem) {
      set({ busy: false, problem, done: false });
    }
  };
  return { ...state, submit };
}

/** What went wrong with a form as a whole; what belongs to a field stands at the field. */
export function FormProblem({ problem, fields = [] }) {
  if (!problem || problem.within?.(fields)) return null;
  return html`<div class="message" role="alert">${problem.message}</div>`;
}

/** The button of a form, and beside it that what was sent has been taken. */
export function Save({ sending, words = "Save", busyWords = "Saving…", doneWords = "Saved" }) {
  return html`<div class="row"><button class="button primary" disabled=${sending.busy}>${sending.busy ? busyWords : words}</button>
    <span class="small saved" role="status">${sending.done && doneWords}</span></div>`;
}

export function Dialog({ title, onClose, children }) {
  const ref = useRef(null);
  useEffect(() => {
    const dialog = ref.current;
    dialog.showModal();
    return () => dialog.close();
  }, []);
  const cancel = (event) => {
    event.preventDefault();
    onClose();
  };
  return html`<dialog ref=${ref} aria-label=${title} onCancel=${cancel}>
    <div class="row spread"><h2>${title}</h2>
      <button class="button plain icon" type="button" aria-label="Close" onClick=${onClose}><${Close} /></button></div>
    ${children}
  </dialog>`;
}
