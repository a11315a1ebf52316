/** Fields with their labels and what was wrong with them; a dialog; a form that cannot be sent twice. */

import { html, useEffect, useRef, useState } from "../lib/html.js";
import { Close } from "./icons.js";

let serial = 0;

/** A labelled input. `wrong` is shown beside it and read out. */
export function Field({ label, hint, wrong, inputRef, ...input }) {
  const [id] = useState(() => `field-${(serial += 1)}`);
  const notes = [wrong && `${id}-wrong`, hint && `${id}-hint`].filter(Boolean).join(" ") || undefined;
  return html`<div class="field">
    <label for=${id}>${label}</label>
    <input id=${id} ref=${inputRef} aria-invalid=${wrong ? "true" : undefined} aria-describedby=${notes} ...${input} />
    ${hint && !wrong && html`<small id=${`${id}-hint`}>${hint}</small>`}
    ${wrong && html`<small class="wrong" id=${`${id}-wrong`}>${wrong}</small>`}
  </div>`;
}

/** {busy, problem, submit}: runs `send(form data)` once at a time and keeps what went wrong. */
export function useSubmit(send) {
  const [state, set] = useState({ busy: false, problem: null });
  const submit = async (event) => {
    event.preventDefault();
    if (state.busy) return;
    set({ busy: true, problem: null });
    try {
      await send(Object.fromEntries(new FormData(event.target)));
      set({ busy: false, problem: null });
    } catch (problem) {
      set({ busy: false, problem });
    }
  };
  return { ...state, submit };
}

/** What went wrong with a form as a whole; what belongs to a field stands at the field. */
export function FormProblem({ problem, fields = [] }) {
  if (!problem || problem.within?.(fields)) return null;
  return html`<div class="message" role="alert">${problem.message}</div>`;
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
