/** The report of one film, for whoever uploaded it. */

import { clockTime } from "../lib/format.js";
import { html, useState } from "../lib/html.js";
import { video as readVideo, videoDashboard } from "../net/api.js";
import { Cells } from "../ui/breakdowns.js";
import { Loading, Trouble, mount, useLoaded, useSession } from "../ui/frame.js";
import { Ranges, spanOf } from "../ui/ranges.js";
import { OwnReport } from "../ui/own-report.js";
import { Charts, Freshness, Tiles } from "../ui/report.js";
import { Retention } from "../ui/retention.js";
import { Top } from "../ui/top.js";

const ID = decodeURIComponent(location.pathname.split("/").at(-1));

function Report() {
  const [range, choose] = useState("28d");
  const video = useLoaded(() => readVideo(ID), []);
  const { value, error, loading, again } = useLoaded(() => videoDashboard(ID, range), [range]);
  return html`
    <div class="row spread"><div><h1>${video.value?.title ?? "A film"}</h1>
      ${video.value?.duration_ms && html`<p class="quiet small figures">${clockTime(video.value.duration_ms)} · ${video.value.visibility}</p>`}
      ${value && html`<${Freshness} report=${value} />`}</div><${Ranges} range=${range} choose=${choose} /></div>
    ${video.error && html`<${Trouble} error=${video.error} retry=${video.again} />`}
    ${error && error.message !== video.error?.message && html`<${Trouble} error=${error} retry=${again} />`}
    ${loading && !value && html`<${Loading} words="Adding up…" />`}
    ${value && html`<${Retention} retention=${value.retention} />
      <${Tiles} metrics=${value.metrics} />
      <div class="charts"><${Cells} title="Watched with" cells=${value.devices} /></div>
      <${Charts} series=${value.series} bars=${() => range !== "24h"} days=${range !== "24h"} span=${spanOf(range, value.range)} />`}`;
}

function Page() {
  const session = useSession();
  return html`<${Top} session=${session} /><${OwnReport} session=${session} report=${Report} />`;
}

mount(Page);
