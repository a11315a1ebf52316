/** Bringing a film: title, file, progress, and what the server makes of it. */

import { html, useEffect, useRef, useState } from "../lib/html.js";
import { bytes } from "../lib/format.js";
import { createVideo, uploadContent, video as readVideo } from "../net/api.js";
import { Dialog, Field, FormProblem, useSubmit } from "./forms.js";

const LOOK_AGAIN_MS = 1_000;

/** Wait until the server has looked into the film: ready, or failed with its reason. */
async function settled(id, signal) {
  for (;;) {
    const video = await readVideo(id);
    if (video.status === "ready" || video.status === "failed" || signal.aborted) return video;
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
}

function Drop({ file, onFile }) {
  const [over, set] = useState(false);
  const drop = (event) => {
    event.preventDefault();
    set(false);
    if (event.dataTransfer.files[0]) onFile(event.dataTransfer.files[0]);
  };
  return html`<label class=${`drop ${over ? "over" : ""}`} onDrop=${drop} onDragLeave=${() => set(false)}
    onDragOver=${(event) => {
      event.preventDefault();
      set(true);
    }}>
    <b>${file ? file.name : "Choose a video file"}</b>
    <span class="quiet small">${file ? bytes(file.size) : "or drop it here · MP4 or WebM plays everywhere"}</span>
    <input class="unseen" type="file" accept="video/*,.mkv" required=${!file}
      onChange=${(event) => event.target.files[0] && onFile(event.target.files[0])} />
  </label>`;
}

function Progress({ part }) {
  if (part === null) return null;
  const done = part >= 1;
  return html`<div class="stack" role="status">
    ${done ? html`<progress aria-label="Checking the film"></progress>` : html`<progress value=${part} aria-label="Upload"></progress>`}
    <span class="small quiet figures">${done ? "Looking into the film…" : `Uploading… ${Math.floor(part * 100)} %`}</span></div>`;
}

export function Upload({ onClose, onReady }) {
  const [file, setFile] = useState(null);
  const [part, setPart] = useState(null);
  const stop = useRef(new AbortController());
  const made = useRef(null);
  useEffect(() => () => stop.current.abort(), []);
  const { busy, problem, submit } = useSubmit(async (form) => {
    const { signal } = stop.current;
    try {
      made.current ??= await createVideo({ title: form.title.trim() || file.name, source: "upload", visibility: form.visibility });
      setPart(0);
      await uploadContent(made.current.id, file, { progress: setPart, signal });
      setPart(1);
      const video = await settled(made.current.id, signal);
      if (video.status === "failed") {
        made.current = null;
        throw new Error(video.failure || "This file is not a video that can be played.");
      }
      onReady(video);
    } finally {
      setPart(null);
    }
  });
  return html`<${Dialog} title="Upload a film" onClose=${onClose}>
    <form class="stack" onSubmit=${submit}>
      <${FormProblem} problem=${problem} fields=${["title"]} />
      <${Drop} file=${file} onFile=${setFile} />
      <${Field} label="Title" name="title" maxlength="200" placeholder=${file?.name ?? ""} wrong=${problem?.of?.("title")} />
      <div class="field"><label for="film-visibility">Who may see it</label>
        <select id="film-visibility" name="visibility">
          <option value="unlisted">Whoever has the link or sits in the party</option>
          <option value="private">Only people in my parties</option>
          <option value="public">Everybody</option></select></div>
      <${Progress} part=${part} />
      <button class="button primary big" disabled=${busy || !file}>${busy ? "Uploading…" : "Upload"}</button>
    </form>
  </${Dialog}>`;
}
