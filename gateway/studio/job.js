// One photo on its way to its cut-outs.

import { patiently } from "./patience.js";
import { cutOut, drawPreviews } from "./service.js";

/** What belongs to the photo ends with it: requests, waits and the addresses of its pictures. */
export class Job {
  #urls = [];
  #controller = new AbortController();
  #turn = new AbortController();
  #cutouts = new Map(); // order, as text → {picture, url, …}

  constructor(photo) {
    this.photo = photo;
    this.signal = this.#controller.signal;
  }

  /** An address for `blob` that lives as long as the job. */
  url(blob) {
    this.#urls.push(URL.createObjectURL(blob));
    return this.#urls.at(-1);
  }

  /** A signal for one wish of the customer: it aborts when the next takes its turn, or when the job ends. */
  turn() {
    this.#turn.abort();
    this.#turn = new AbortController();
    return this.#turn.signal;
  }

  /**
   * The cut-out that `order`, {effect, params, format}, asks for: see `cutOut`, with a `url` to show it by. Waits for a busy
   * service; what was once had is kept.
   */
  async cutout(order, { signal = this.signal, onUpload = () => {}, onProgress = () => {}, onWait = () => {} }) {
    const name = JSON.stringify([order.effect, order.params, order.format]);
    if (!this.#cutouts.has(name)) {
      const answer = await patiently(() => cutOut(this.photo, order, { signal, onUpload, onProgress }), { signal, onWait });
      signal.throwIfAborted();
      this.#cutouts.set(name, { ...answer, url: this.url(answer.picture) });
    }
    return this.#cutouts.get(name);
  }

  /** Addresses of the photo in every effect, small: a Map by name. Waits for a busy service. */
  async previews() {
    const { signal } = this;
    const blobs = await patiently(() => drawPreviews(this.photo, { signal }), { signal, onWait() {} });
    signal.throwIfAborted();
    return new Map([...blobs].map(([name, blob]) => [name, this.url(blob)]));
  }

  end() {
    this.#controller.abort();
    this.#turn.abort();
    this.#urls.forEach((url) => URL.revokeObjectURL(url));
  }
}
