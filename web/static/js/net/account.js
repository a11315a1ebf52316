/** One's own account over REST. */

import { call, send } from "./call.js";
import { path, query } from "./paths.js";

export const changeProfile = (fields) => call("PATCH", "/users/me", fields);
export const putAvatar = (file) => send("PUT", "/users/me/avatar", { bytes: file });
export const removeAvatar = () => call("DELETE", "/users/me/avatar");
export const changePassword = (fields) => call("POST", "/auth/change-password", fields);
export const sessions = () => call("GET", "/auth/sessions");
export const endSession = (id) => call("DELETE", path`/auth/sessions/${id}`);
export const preferences = () => call("GET", "/notifications/preferences");
export const choosePreferences = (fields) => call("PUT", "/notifications/preferences", fields);
export const blocked = (cursor) => call("GET", `/users/me/blocks${query({ limit: 50, cursor })}`);
export const exportMe = () => send("GET", "/users/me/export", { as: "blob" });
export const eraseMe = (password) => call("DELETE", "/users/me", { password });
