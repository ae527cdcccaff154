// The gateway's HTTP interface, as far as this page needs it. Addresses are relative, so a path prefix does no harm.

import { blobOf } from "./dataurl.js";
import { keyHeaders } from "./key.js";
import { follow } from "./progress.js";
import { sentence } from "./words.js";

const PROCESS = "api/v2/process";
const PREVIEWS = "api/v2/process-with-effects?return_all_effects=true&encoding=data_url&max_side=320";
const EFFECTS = "api/v2/effects";
const VERSION = "version";
const WARMUP = "warmup";
const ANSWER_TIMEOUT_S = 120;

/** What went wrong, in words for the person at the page. `status` is 0 where no answer came; `retryAfter` is in seconds. */
export class ServiceError extends Error {
  constructor(message, status = 0, retryAfter = null) {
    super(message);
    this.status = status;
    this.retryAfter = retryAfter;
  }

  /** Whether the same request may succeed later. */
  get temporary() {
    return this.status === 0 || this.status === 408 || this.status === 429 || this.status >= 500;
  }

  /** Whether another key might help. */
  get locked() {
    return this.status === 401 || this.status === 403;
  }
}

/** Version and model of the service: {version, revision, model, model_version, demo}. */
export async function fetchVersion() {
  const response = await fetch(VERSION);
  if (!response.ok) throw new ServiceError(`The version is not known (status ${response.status}).`, response.status);
  return response.json();
}

/** Has the model made ready, if it is not; nobody waits for it, and nobody hears when it fails. */
export function warmUp() {
  fetch(WARMUP, { method: "POST", headers: keyHeaders() }).catch(() => {});
}

/** The effects on offer, in the service's order: [{name, description, parameters}], parameters by name in JSON Schema. */
export async function fetchEffects(signal) {
  const listed = await fetch(EFFECTS, { signal, headers: keyHeaders() }).then((answer) => answer.json()).catch(() => null);
  signal.throwIfAborted();
  if (!listed?.effects) throw new ServiceError("The effects are not known.");
  return listed.effects;
}

/** `photo` in every effect, small, from one request: a Map from names to blobs. Rejects as `cutOut` does. */
export async function drawPreviews(photo, { signal }) {
  const answer = await post(PREVIEWS, upload(photo), signal, () => {});
  if (answer.status !== 200) throw await problem(answer);
  return previews(await answer.response.text());
}

function previews(text) {
  try {
    return new Map(Object.entries(JSON.parse(text).effects).map(([name, url]) => [name, blobOf(url)]));
  } catch {
    throw new ServiceError("The previews could not be read."); // a proxy in between answers in its own format
  }
}

/**
 * Sends `photo` and resolves to {picture: Blob, subjectFound, model, stages, seconds}; `order` is {effect, params, format}.
 * `onUpload(fraction)` follows the upload, 1 when it is complete; `onProgress(name, data)` hears the service's events after that.
 * Rejects with a ServiceError, or with the signal's reason.
 */
export async function cutOut(photo, order, { signal, onUpload, onProgress }) {
  const started = performance.now();
  const session = newSession();
  const answered = new AbortController();
  signal.addEventListener("abort", () => answered.abort(), { once: true });
  follow(session, { signal: answered.signal, headers: keyHeaders(), onEvent: onProgress });
  const url = `${PROCESS}?${query(order)}&session_id=${session}`;
  const answer = await post(url, upload(photo), signal, onUpload).finally(() => answered.abort());
  if (answer.status !== 200) throw await problem(answer);
  return {
    picture: answer.response,
    subjectFound: answer.getResponseHeader("X-Subject-Found") !== "false",
    model: answer.getResponseHeader("X-Model"),
    stages: stages(answer.getResponseHeader("Server-Timing") ?? ""),
    seconds: (performance.now() - started) / 1000,
  };
}

function query({ effect, params, format }) {
  const values = Object.keys(params).length ? { effect_params: JSON.stringify(params) } : {};
  return new URLSearchParams({ effect, ...values, output_format: format });
}

function upload(photo) {
  const form = new FormData();
  form.append("file", photo, photo.name);
  return form;
}

// crypto.randomUUID is there only where the page came by https or from this machine.
function newSession() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// XMLHttpRequest, because fetch reports no upload progress.
function post(url, body, signal, onUpload) {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const request = new XMLHttpRequest();
    const limit = new Timeout(ANSWER_TIMEOUT_S, () => {
      reject(new ServiceError("The service did not answer in time. Try again in a moment."));
      request.abort();
    });
    request.open("POST", url);
    for (const [name, value] of Object.entries(keyHeaders())) request.setRequestHeader(name, value);
    request.responseType = "blob";
    request.upload.onprogress = ({ loaded, total }) => onUpload(loaded / total);
    request.upload.onload = () => limit.start();
    request.onload = () => resolve(request);
    request.onerror = () => reject(new ServiceError("The service could not be reached. Check the connection and try again."));
    request.onabort = () => reject(signal.reason);
    request.onloadend = () => limit.stop();
    signal.addEventListener("abort", () => request.abort(), { once: true });
    request.send(body);
  });
}

class Timeout {
  constructor(seconds, action) {
    this.start = () => { this.timer = setTimeout(action, seconds * 1000); };
    this.stop = () => clearTimeout(this.timer);
  }
}

async function problem(answer) {
  const text = await answer.response.text();
  const retryAfter = seconds(answer.getResponseHeader("Retry-After"));
  return new ServiceError(detail(text) ?? `The service answered with status ${answer.status}.`, answer.status, retryAfter);
}

function detail(text) {
  try {
    return sentence(JSON.parse(text));
  } catch {
    return null; // a proxy in between answers in its own format
  }
}

/** Retry-After is a number of seconds or a date (RFC 9110, 10.2.3). */
export function seconds(retryAfter, now = Date.now()) {
  if (retryAfter === null) return null;
  if (/^\d+$/.test(retryAfter)) return Number(retryAfter);
  const wait = Math.ceil((Date.parse(retryAfter) - now) / 1000);
  return Number.isNaN(wait) ? null : Math.max(wait, 0);
}

/** Server-Timing `decode;dur=12.3, infer;dur=80` as [["decode", 12.3], ["infer", 80]], milliseconds. */
export function stages(header) {
  return [...header.matchAll(/([\w-]+)[^,]*?;\s*dur=([\d.]+)/g)].map(([, name, duration]) => [name, Number(duration)]);
}
