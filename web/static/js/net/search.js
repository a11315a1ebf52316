/** Finding things, over REST. */

import { call, send } from "./call.js";
import { query } from "./paths.js";

export const search = ({ q, kind, cursor, limit = 20 }) => call("GET", `/search${query({ q, kind, limit, cursor })}`);
export const suggest = (q, signal) => send("GET", `/search/suggest${query({ q })}`, { signal });
