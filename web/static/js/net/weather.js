/** What concerns the whole page and not one call: the server is being worked on, the account is shut, staff say something. */

class Weather extends EventTarget {
  /** The problem that stands for all calls, or null. */
  now = null;
  /** What staff said to everybody, {id, text}, until it is put away. */
  notice = null;
  #put = new Set();

  set(problem) {
    this.now = problem;
    this.dispatchEvent(new Event("change"));
  }

  /** Take a notice; a page may hear the same one over two sockets. */
  hear({ id, text }) {
    if (this.#put.has(id)) return;
    this.notice = { id, text };
    this.dispatchEvent(new Event("change"));
  }

  putAway() {
    this.#put.add(this.notice?.id);
    this.notice = null;
    this.dispatchEvent(new Event("change"));
  }
}

export const weather = new Weather();
