/** The API as its own document describes it, to be tried out as whoever is signed in. */

import { html, useEffect, useRef } from "../lib/html.js";
import { CLIENT_HEADER } from "../net/http.js";
import { accessToken } from "../net/session.js";
import { mount, useSession } from "../ui/frame.js";
import { Top } from "../ui/top.js";

/** Calls go out as the signed-in person, unless the reader gave another token by "Authorize". */
async function asMyself(request) {
  const token = request.headers.Authorization ? null : await accessToken();
  if (token) Object.assign(request.headers, { Authorization: `Bearer ${token}`, ...CLIENT_HEADER });
  return request;
}

function Docs() {
  const session = useSession();
  const place = useRef(null);
  useEffect(() => {
    document.documentElement.classList.add("dark-mode");
    window.SwaggerUIBundle({
      url: "/api/v1/openapi.json",
      domNode: place.current,
      layout: "BaseLayout",
      deepLinking: true,
      tryItOutEnabled: true,
      defaultModelsExpandDepth: 0,
      docExpansion: "list",
      validatorUrl: null,
      requestInterceptor: asMyself,
    });
  }, []);
  return html`<${Top} session=${session} />
    <main id="main" class="wrap api-docs">
      <p class="message calm">${session.user
        ? `You are signed in as ${session.user.display_name}: what you execute here is done as you, on the real system.`
        : "You are not signed in: only public routes will answer."}</p>
      <div ref=${place}></div></main>`;
}

mount(Docs);
