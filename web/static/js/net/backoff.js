/** When to come back after a socket closed, and what to tell the person when not. The range of the code decides. */

export const FIRST_MS = 500;
export const MOST_MS = 20_000;

/** Delay before attempt `n` (0 is the first): 0.5 s · 2^n, at most 20 s, full jitter. */
export function delayMs(n, random = Math.random) {
  return random() * Math.min(MOST_MS, FIRST_MS * 2 ** n);
}

const FINAL = {
  4500: ["This page and the server do not understand each other.", "Reload the page to get the present version."],
  4501: ["Your sign-in was not accepted.", "Sign in again, or join as a guest."],
  4503: ["You cannot enter this party.", "It may be private or closed to guests, the password may be wrong, or you were not let in."],
  4504: ["There is no such party.", "Check the code with whoever invited you."],
  4509: ["You opened this party somewhere else.", "A seat is for one screen at a time."],
  4510: ["The party has ended.", "Thank you for coming."],
  4511: ["You were asked to leave this party.", "The host or a moderator removed you."],
  4513: ["Something too large was sent.", "Reload the page to go on."],
  1009: ["Something too large was sent.", "Reload the page to go on."],
};

/** Whether a close is the last word: 4500-4999, and 1009, which means 4513. */
export function isFinal(code) {
  return (code >= 4500 && code <= 4999) || code === 1009;
}

/** Title and advice for a final close, in plain words. */
export function farewell(code) {
  const [title, advice] = FINAL[code] ?? ["The server ended the connection.", "Reload the page to try again."];
  return { code, title, advice };
}
