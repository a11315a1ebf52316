/** What concerns the whole page and not one call: the server is being worked on, or the account is shut. */

class Weather extends EventTarget {
  /** The problem that stands for all calls, or null. */
  now = null;

  set(problem) {
    this.now = problem;
    this.dispatchEvent(new Event("change"));
  }
}

export const weather = new Weather();
