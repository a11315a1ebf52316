/** What staff do, over REST. Dangerous things ask for the password again (`onReauthentication`). */

import { call, send } from "./call.js";
import { path, query } from "./paths.js";

export const overview = () => call("GET", "/admin/overview");
export const live = () => call("GET", "/dashboards/live");
export const users = (fields) => call("GET", `/admin/users${query({ limit: 25, ...fields })}`);
export const user = (id) => call("GET", path`/admin/users/${id}`);
/** `deed` is suspend, unsuspend, ban, unban or role. */
export const actOnUser = (id, deed, fields) => call("POST", path`/admin/users/${id}/${deed}`, fields);
export const reports = (fields) => call("GET", `/admin/reports${query({ limit: 20, ...fields })}`);
export const assignReport = (id, fields = {}) => call("POST", path`/admin/reports/${id}/assign`, fields);
export const resolveReport = (id, fields) => call("POST", path`/admin/reports/${id}/resolve`, fields);
export const dismissReport = (id, fields) => call("POST", path`/admin/reports/${id}/dismiss`, fields);
export const things = (kind, fields) => call("GET", path`/admin/${kind}` + query({ limit: 25, ...fields }));
export const removeThing = (kind, id, reason) => call("DELETE", path`/admin/${kind}/${id}`, { reason });
export const jobs = () => call("GET", "/admin/jobs");
export const jobRuns = (cursor) => call("GET", `/admin/jobs/runs${query({ limit: 20, cursor })}`);
export const runJob = (job) => call("POST", path`/admin/jobs/${job}/run`);
export const settings = () => call("GET", "/admin/settings");
export const changeSettings = (fields, revision) =>
  send("PATCH", "/admin/settings", { body: fields, headers: { "If-Match": `"${revision}"` } });
export const maintenance = (fields) => call("POST", "/admin/maintenance", fields);
export const broadcast = (fields) => call("POST", "/admin/broadcast", fields);
export const auditLog = (fields) => call("GET", `/admin/audit-log${query({ limit: 25, ...fields })}`);
