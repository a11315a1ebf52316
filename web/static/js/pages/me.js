/** One's own account: who one is to others, how one gets in, what one is told, and what is kept. */

import { Blocked } from "../account/blocked.js";
import { Data } from "../account/data.js";
import { Notices } from "../account/notices.js";
import { Profile } from "../account/profile.js";
import { Address, Password, Sessions } from "../account/sign-in.js";
import { html } from "../lib/html.js";
import { mount, useSession } from "../ui/frame.js";
import { MembersOnly } from "../ui/members-only.js";
import { Top, leave } from "../ui/top.js";

const PARTS = [
  ["profile", "Profile"],
  ["sign-in", "Sign-in"],
  ["notices", "Notifications"],
  ["blocked", "Blocked people"],
  ["data", "Your data"],
];

function Part({ id, children }) {
  const words = PARTS.find(([name]) => name === id)[1];
  return html`<section class="part" id=${id} aria-label=${words}><h2>${words}</h2>${children}</section>`;
}

function Account({ user }) {
  return html`<nav class="parts" aria-label="Parts of your account">
      ${PARTS.map(([id, words]) => html`<a key=${id} href=${`#${id}`}>${words}</a>`)}
      <button class="button plain" onClick=${leave}>Sign out</button></nav>
    <div class="stack all">
      <${Part} id="profile"><${Profile} user=${user} /></${Part}>
      <${Part} id="sign-in"><${Address} user=${user} /><${Password} user=${user} /><${Sessions} /></${Part}>
      <${Part} id="notices"><${Notices} zone=${user.profile.time_zone} /></${Part}>
      <${Part} id="blocked"><${Blocked} /></${Part}>
      <${Part} id="data"><${Data} user=${user} /></${Part}>
    </div>`;
}

function Me() {
  const session = useSession();
  return html`<${Top} session=${session} />
    <main id="main" class="wrap page"><h1>Your account</h1>
      <div class="account"><${MembersOnly} session=${session}><${Account} user=${session.user} /></${MembersOnly}></div></main>`;
}

mount(Me);
