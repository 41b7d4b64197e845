/** Feed is a queue that can be waited for. */
export class Feed {
  items = [];
  #waiting = [];

  /** @param {string} what Named when it does not come. */
  constructor(what) {
    this.what = what;
  }

  push(item) {
    const waiting = this.#waiting.shift();
    if (waiting) waiting(item);
    else this.items.push(item);
  }

  /** Takes the next item; rejects when none comes within that many seconds. */
  next(within = 5) {
    if (this.items.length > 0) return Promise.resolve(this.items.shift());
    return new Promise((resolve, reject) => {
      const take = (item) => {
        clearTimeout(timer);
        resolve(item);
      };
      const timer = setTimeout(() => {
        this.#waiting = this.#waiting.filter((other) => other !== take);
        reject(new Error(`no ${this.what} within ${within} s`));
      }, within * 1000);
      this.#waiting.push(take);
    });
  }
}
