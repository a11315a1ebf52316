/** What one was told, over REST. */

import { call, send } from "./call.js";
import { path, query } from "./paths.js";

export const notifications = ({ cursor, unread, limit = 20 } = {}) =>
  call("GET", `/notifications${query({ limit, cursor, unread: unread || null })}`);
/** Goes through even where the page is left by the same click. */
export const markRead = (id) => send("POST", path`/notifications/${id}/read`, { keepalive: true });
export const markAllRead = () => call("POST", "/notifications/read-all");
export const removeNotification = (id) => call("DELETE", path`/notifications/${id}`);
