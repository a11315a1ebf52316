/** Other people over REST: their profile, and what one does about them. */

import { call } from "./call.js";
import { path, query } from "./paths.js";

export const person = (username) => call("GET", path`/users/${username}`);
export const follow = (username) => call("POST", path`/users/${username}/follow`);
export const unfollow = (username) => call("DELETE", path`/users/${username}/follow`);
export const block = (username) => call("POST", path`/users/${username}/block`);
export const unblock = (username) => call("DELETE", path`/users/${username}/block`);
export const partiesOf = (id, cursor) => call("GET", `/parties${query({ filter: "public", host_id: id, limit: 12, cursor })}`);
export const filmsOf = (id, cursor) => call("GET", `/videos${query({ uploader_id: id, limit: 12, cursor })}`);
export const report = (fields) => call("POST", "/reports", fields);
