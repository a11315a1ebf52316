/** Invites to a party, and who means to come, over REST. */

import { call } from "./call.js";
import { path, query } from "./paths.js";

export const invites = (partyId, cursor) => call("GET", path`/parties/${partyId}/invites` + query({ limit: 20, cursor }));
export const invite = (partyId, fields) => call("POST", path`/parties/${partyId}/invites`, fields);
export const revokeInvite = (partyId, id) => call("DELETE", path`/parties/${partyId}/invites/${id}`);
export const rsvp = (partyId) => call("GET", path`/parties/${partyId}/rsvp`);
export const go = (partyId) => call("PUT", path`/parties/${partyId}/rsvp`);
export const stay = (partyId) => call("DELETE", path`/parties/${partyId}/rsvp`);
export const members = (partyId, ids) => call("GET", path`/parties/${partyId}/members` + query({ ids: ids.join() }));
