/** Icons, drawn for this house on a 24 grid. They say nothing to screen readers: the control beside them does. */

import { html } from "../lib/html.js";

const icon = (paths) => html`
  <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.9" stroke-linecap="round"
    stroke-linejoin="round" aria-hidden="true">${paths}</svg>`;

export const Play = () => icon(html`<path d="M7 4.8v14.4a.6.6 0 0 0 .92.5l11.2-7.2a.6.6 0 0 0 0-1L7.92 4.3A.6.6 0 0 0 7 4.8Z" fill="currentColor" />`);
export const Pause = () => icon(html`<path d="M8 5v14M16 5v14" stroke-width="3.4" />`);
export const Back = () => icon(html`<path d="M4 12a8 8 0 1 0 2.6-5.9M4 4v4.2h4.2" />`);
export const Forward = () => icon(html`<path d="M20 12a8 8 0 1 1-2.6-5.9M20 4v4.2h-4.2" />`);
export const Sound = () => icon(html`<path d="M4 9.5v5h3.4L12 18.6V5.4L7.4 9.5ZM15.5 9a4.2 4.2 0 0 1 0 6M18.2 6.3a8 8 0 0 1 0 11.4" />`);
export const Silent = () => icon(html`<path d="M4 9.5v5h3.4L12 18.6V5.4L7.4 9.5ZM16 9.5l5 5M21 9.5l-5 5" />`);
export const Full = () => icon(html`<path d="M4 9V5a1 1 0 0 1 1-1h4M15 4h4a1 1 0 0 1 1 1v4M20 15v4a1 1 0 0 1-1 1h-4M9 20H5a1 1 0 0 1-1-1v-4" />`);
export const Link = () => icon(html`<path d="M10 14a4 4 0 0 0 5.7 0l3.1-3.1a4 4 0 0 0-5.7-5.7L12 6.3M14 10a4 4 0 0 0-5.7 0l-3.1 3.1a4 4 0 0 0 5.7 5.7l1.1-1.1" />`);
export const Send = () => icon(html`<path d="m5 12-1.5-7.2a.5.5 0 0 1 .7-.6l16 7.3a.5.5 0 0 1 0 .9l-16 7.4a.5.5 0 0 1-.7-.6L5 12Zm0 0h7" />`);
export const Plus = () => icon(html`<path d="M12 5v14M5 12h14" />`);
export const Upload = () => icon(html`<path d="M12 16V5M7.5 9.2 12 4.7l4.5 4.5M5 19.5h14" />`);
export const Close = () => icon(html`<path d="m6 6 12 12M18 6 6 18" />`);
export const Chart = () => icon(html`<path d="M4 19.5h16M7 16v-5M12 16V6M17 16v-8" />`);
export const Down = () => icon(html`<path d="M12 5v14M6 13l6 6 6-6" />`);
export const Bell = () => icon(html`<path d="M6.2 10.2a5.8 5.8 0 0 1 11.6 0c0 5 2 6.3 2 6.3H4.2s2-1.3 2-6.3ZM10 19.8a2.2 2.2 0 0 0 4 0" />`);
export const Look = () => icon(html`<circle cx="11" cy="11" r="6.2" /><path d="m15.6 15.6 4.4 4.4" />`);
export const Tick = () => icon(html`<path d="m5 12.5 4.6 4.6L19 7.5" />`);
export const Person = () => icon(html`<circle cx="12" cy="8.2" r="3.7" /><path d="M4.8 19.6a7.2 7.2 0 0 1 14.4 0" />`);
export const Ticket = () => icon(html`<path d="M4 7.5h16v3a2 2 0 0 0 0 3.6v3H4v-3a2 2 0 0 0 0-3.6ZM14.5 7.5v2M14.5 12v1.5M14.5 15.5v1.6" />`);
export const Film = () => icon(html`<path d="M4 5.5h16v13H4ZM8 5.5v13M16 5.5v13M4 9.8h4M4 14.2h4M16 9.8h4M16 14.2h4" />`);
export const Flag = () => icon(html`<path d="M6 20V5M6 5.5c4-2.4 7 2 12 0v8.5c-5 2-8-2.4-12 0" />`);

export const Mark = () => html`
  <svg viewBox="0 0 32 32" aria-hidden="true">
    <rect width="32" height="32" rx="8" fill="#5a1524" />
    <path d="M5 6h22v3.2c-1.4 1.7-3.1 1.7-4.4 0-1.4 1.7-3.1 1.7-4.4 0-1.4 1.7-3.1 1.7-4.4 0-1.3 1.7-3 1.7-4.4 0-1.3 1.7-3 1.7-4.4 0Z" fill="#dc4a62" />
    <path d="M12.2 14.3v10.2a.7.7 0 0 0 1.1.6l8.3-5.1a.7.7 0 0 0 0-1.2l-8.3-5.1a.7.7 0 0 0-1.1.6Z" fill="#f5cd87" />
  </svg>`;
