/** Accounts, parties, videos and figures over REST, in the words of the pages. */

import { call, send } from "./call.js";
import { BASE, CLIENT_HEADER, Offline, parse, request } from "./http.js";
import { query } from "./paths.js";
import { accessToken } from "./session.js";

export const verifyEmail = (token) => request("POST", "/auth/verify-email", { body: { token } });
export const resendVerification = () => call("POST", "/auth/resend-verification", {});
export const forgotPassword = (email) => request("POST", "/auth/forgot-password", { body: { email } });
export const resetPassword = (fields) => request("POST", "/auth/reset-password", { body: fields });
export const register = (fields) => request("POST", "/auth/register", { body: fields });
export const parties = (filter, cursor, limit = 24) => call("GET", `/parties${query({ filter, limit, cursor })}`);
export const party = (id) => call("GET", `/parties/${encodeURIComponent(id)}`);
export const replayPage = (id, after) => call("GET", `/parties/${encodeURIComponent(id)}/replay${query({ after, limit: 500 })}`);
export const partyByCode = (code) => call("GET", `/parties/by-code/${encodeURIComponent(code)}`);
export const createParty = (fields) => call("POST", "/parties", fields);
export const changeParty = (id, fields) => call("PATCH", `/parties/${encodeURIComponent(id)}`, fields);
export const videos = (cursor, limit = 50) => call("GET", `/videos${query({ limit, cursor })}`);
export const video = (id) => call("GET", `/videos/${encodeURIComponent(id)}`);
/** A party's video, with an address that plays it for whoever has entered; guests show the session of their seat. */
export const partyVideo = (id, partyId, session = null) =>
  send("GET", `/videos/${encodeURIComponent(id)}${query({ party_id: partyId })}`, { headers: session ? { "X-Matinee-Session": session } : {} });
export const createVideo = (fields) => call("POST", "/videos", fields);
export const personalDashboard = (range) => call("GET", `/dashboards/personal${query({ range, compare: range === "all" ? null : "previous" })}`);
export const videoDashboard = (id, range) => call("GET", `/dashboards/videos/${encodeURIComponent(id)}${query({ range })}`);
export const partyDashboard = (id) => call("GET", `/dashboards/parties/${encodeURIComponent(id)}`);

/** Send a file's bytes, telling how far it is (0..1). fetch() cannot tell, so this is the one XMLHttpRequest. */
export async function uploadContent(id, file, { progress, signal }) {
  const token = await accessToken();
  return new Promise((resolve, reject) => {
    const sending = new XMLHttpRequest();
    sending.open("PUT", `${BASE}/videos/${encodeURIComponent(id)}/content`);
    sending.setRequestHeader("Authorization", `Bearer ${token}`);
    sending.setRequestHeader("Content-Type", "application/octet-stream");
    sending.setRequestHeader("X-Matinee-Client", CLIENT_HEADER["X-Matinee-Client"]);
    sending.upload.onprogress = (event) => progress(event.lengthComputable ? event.loaded / event.total : null);
    sending.onerror = () => reject(new Offline());
    sending.onabort = () => reject(new DOMException("The upload was stopped.", "AbortError"));
    sending.onload = () => {
      try {
        resolve(parse(sending.responseText, sending.status, sending.getResponseHeader("Retry-After")));
      } catch (problem) {
        reject(problem);
      }
    };
    signal?.addEventListener("abort", () => sending.abort());
    sending.send(file);
  });
}
