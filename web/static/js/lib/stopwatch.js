// stopwatch.js: counting time in which somebody is at work, and not the pauses.

/** After that many milliseconds without an act it is a pause. */
export const idle = 60_000;

/** A Stopwatch counts between looks, while something was done in the last minute. */
export class Stopwatch {
  #touched = -Infinity;
  #last = null;
  #counted = 0; // milliseconds

  /** @param {number} now milliseconds; something was done */
  touch(now) {
    this.#touched = now;
  }

  /**
   * @param {number} now milliseconds @param {boolean} here whether the page has the focus
   * @param {number} most milliseconds between looks; a computer that slept counts no more
   */
  look(now, here, most = 10_000) {
    const passed = this.#last === null ? 0 : Math.min(now - this.#last, most);
    this.#last = now;
    if (here && now - this.#touched <= idle) this.#counted += passed;
  }

  /** @returns {number} whole seconds counted so far and not taken */
  get seconds() {
    return Math.floor(this.#counted / 1000);
  }

  /** Takes at most that many seconds. @returns {number} */
  take(most) {
    const n = Math.min(this.seconds, most);
    this.#counted -= n * 1000;
    return n;
  }

  /** Gives seconds back that could not be told. */
  giveBack(n) {
    this.#counted += n * 1000;
  }
}
