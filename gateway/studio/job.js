// One photo on its way to its cut-outs.

import { patiently } from "./patience.js";
import { cutOut } from "./service.js";

/** What belongs to the photo ends with it: requests, waits and the addresses of its pictures. */
export class Job {
  #urls = [];
  #controller = new AbortController();
  cutouts = new Map(); // output format → {picture, url, …}

  constructor(photo) {
    this.photo = photo;
    this.signal = this.#controller.signal;
  }

  /** An address for `blob` that lives as long as the job. */
  url(blob) {
    this.#urls.push(URL.createObjectURL(blob));
    return this.#urls.at(-1);
  }

  /** The cut-out in `format`, see `cutOut`, with a `url` to show it by. Waits for a busy service; a format once had is kept. */
  async cutout(format, { onUpload, onProgress, onWait }) {
    if (!this.cutouts.has(format)) {
      const options = { format, signal: this.signal, onUpload, onProgress };
      const answer = await patiently(() => cutOut(this.photo, options), { signal: this.signal, onWait });
      this.signal.throwIfAborted();
      this.cutouts.set(format, { ...answer, url: this.url(answer.picture) });
    }
    return this.cutouts.get(format);
  }

  end() {
    this.#controller.abort();
    this.#urls.forEach((url) => URL.revokeObjectURL(url));
  }
}
