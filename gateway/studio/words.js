// What happens and what went wrong, in words for the person at the page.

/** A progress event as {phase, announcement}; null where there is nothing to say. */
export function phase(name, data) {
  if (name === "queued" && data.position > 0) {
    return { phase: `Waiting: ${data.position} before you`, announcement: "Waiting for other photos" };
  }
  if (name === "cold_start") {
    const estimate = data.estimate_seconds === null ? "" : `, about ${Math.ceil(data.estimate_seconds)} s`;
    return { phase: `The model is starting${estimate}`, announcement: "The model is starting" };
  }
  if (name === "inference") return { phase: "Finding the subject", announcement: "Finding the subject" };
  return null;
}

const STAGES = {
  receive: "receiving",
  fetch: "fetching",
  cache: "looking it up",
  join: "waiting for the same photo",
  decode: "reading",
  start: "starting the model",
  wait: "waiting for others",
  queue: "waiting for a thread",
  infer: "finding the subject",
  compose: "cutting out",
  effect: "drawing",
  encode: "writing",
  store: "storing",
};

/** The stages of Server-Timing that took a millisecond or more, each as "reading 12 ms". */
export function times(stages) {
  const told = stages.filter(([name, milliseconds]) => name !== "total" && milliseconds >= 1);
  return told.map(([name, milliseconds]) => `${STAGES[name] ?? name} ${milliseconds.toFixed(0)} ms`);
}

const SENTENCES = {
  key_missing: "This service wants a key.",
  key_unknown: "This key is not one of this service's.",
  key_expired: "This key has expired. Ask for another.",
  scope_missing: "This key does not allow cutting out.",
  origin_not_allowed: "This key may not be used from this page.",
  starting: "The model is still starting. Try again in a moment.",
  overloaded: "The service is busy. Try again in a moment.",
  model_unavailable: "The model does not answer at the moment. Try again in a moment.",
  inference_timeout: "The model took too long. Try again.",
  request_timeout: "The upload came to a halt. Check the connection and try again.",
  internal_error: "Something went wrong on our side. Try again; if it stays, tell the operator.",
};

/** A problem of the service (RFC 9457) as a sentence; null where it says nothing. */
export function sentence({ code, detail, title }) {
  return SENTENCES[code] ?? detail ?? title ?? null;
}

const EFFECTS = {
  color: "Colour",
  enhancedblackwhite: "Black and white",
  dithering: "Halftone",
  popart: "Pop art",
  retro8bit: "8-bit",
  watercolor: "Watercolour",
  mosaic: "Mosaic",
};

/** What people call an effect; its own name where nothing better is known. */
export function effectName(name) {
  return EFFECTS[name] ?? label(name);
}

/** A name of the interface as a label: `dot_size` is “Dot size”. */
export function label(name) {
  const words = String(name).replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
