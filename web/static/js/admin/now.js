/** What happens right now, over all nodes: asked for every five seconds while somebody looks. */

import { html, useEffect } from "../lib/html.js";
import { plural, span } from "../lib/format.js";
import { live } from "../net/admin.js";
import { Trouble, useLoaded } from "../ui/frame.js";
import { Tiles } from "../ui/report.js";

const EVERY_MS = 5000;

/** Counts without their base: of these it is the nodes, and the line above says how many. */
const bare = (metrics) => Object.fromEntries(Object.entries(metrics).map(([name, metric]) => [name, metric.unit === "count" ? { ...metric, n: null } : metric]));

function Fullest({ parties }) {
  if (!parties.length) return null;
  return html`<div class="card flat scroll"><table class="table">
    <thead><tr><th scope="col">Fullest parties</th><th scope="col" class="number">People</th><th scope="col" class="number">Messages a minute</th>
      <th scope="col" class="number">Reactions</th><th scope="col" class="number">Joins</th></tr></thead>
    <tbody>${parties.map((party) => html`<tr key=${party.party_id}><td>${party.title ?? "A party that is gone"}</td>
      <td class="number">${party.concurrent_viewers}</td><td class="number">${party.chat_messages_per_minute}</td>
      <td class="number">${party.reactions_per_minute}</td><td class="number">${party.joins_per_minute}</td></tr>`)}</tbody></table></div>`;
}

export function Now() {
  const { value, error, again } = useLoaded(live, []);
  useEffect(() => {
    const timer = setInterval(() => document.hidden || again(), EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  if (error && !value) return html`<${Trouble} error=${error} retry=${again} />`;
  if (!value) return null;
  const age = value.oldest_beat_ms === null ? "" : `, heard of within ${span(value.oldest_beat_ms)}`;
  return html`<section class="stack" aria-labelledby="now"><h2 id="now">Now</h2>
    <p class="fresh">${error ? "Not reached; this is what was heard last." : `${plural(value.nodes, "node")}${age}`}</p>
    <${Tiles} metrics=${bare(value.metrics)} /><${Fullest} parties=${value.lists.parties} /></section>`;
}
