// Every way a photo can enter the page: chosen, dropped, pasted.

export const MAX_BYTES = 50_000_000; // the gateway's default; one set lower answers in its own words

// Some systems give no MIME type for newer photo formats; the server looks at the bytes anyway.
const UNTYPED_PHOTO = /\.(heic|heif|avif|tiff?|bmp|webp|jpe?g|png|gif)$/i;

/** A sentence saying why `file` cannot be a photo for the service, or null. */
export function refusal(file) {
  if (!looksLikePhoto(file)) return `“${file.name}” is not a photo. Choose a JPEG, PNG, WebP or another common photo format.`;
  if (file.size === 0) return `“${file.name}” is empty. Choose another photo.`;
  if (file.size > MAX_BYTES) return `“${file.name}” has ${megabytes(file.size)}; up to ${megabytes(MAX_BYTES)} are allowed.`;
  return null;
}

function looksLikePhoto({ type, name }) {
  if (type === "") return UNTYPED_PHOTO.test(name);
  return type.startsWith("image/") && type !== "image/svg+xml";
}

function megabytes(bytes) {
  return `${Math.ceil(bytes / 1e6)} MB`;
}

/** Calls `onPhoto(file)` for a photo chosen with the drop zone's file dialogue. */
export function listenForChoice(dropzone, input, onPhoto) {
  dropzone.addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    const [file] = input.files;
    if (file) onPhoto(file);
    // Otherwise choosing the same photo again would raise no event.
    input.value = "";
  });
}

/** Calls `onPhoto(file)` for a file pasted anywhere; text is left alone. */
export function listenForPaste(onPhoto) {
  document.addEventListener("paste", (event) => {
    const [file] = event.clipboardData.files;
    if (!file) return;
    event.preventDefault();
    onPhoto(file);
  });
}

/** Calls `onPhoto(file)` for a file dropped anywhere, and marks the page while one hovers. */
export function listenForDrop(onPhoto) {
  const mark = (dragging) => document.body.toggleAttribute("data-dragging", dragging);
  const withFiles = (react) => (event) => {
    if (!event.dataTransfer.types.includes("Files")) return;
    event.preventDefault();
    react(event);
  };
  document.addEventListener("dragover", withFiles(() => mark(true)));
  document.addEventListener("dragleave", (event) => {
    // Only leaving the window has no related target; moving between elements has one.
    if (event.relatedTarget === null) mark(false);
  });
  document.addEventListener("drop", withFiles((event) => {
    mark(false);
    const [file] = event.dataTransfer.files;
    if (file) onPhoto(file);
  }));
}

/** Calls `onPhoto(file)` with the sample photo; the button stays hidden where there is none. */
export function offerSample(button, picture, onPhoto) {
  const offer = () => { button.hidden = false; };
  if (picture.complete && picture.naturalWidth > 0) offer();
  else picture.addEventListener("load", offer, { once: true });
  button.addEventListener("click", async () => {
    const sample = await fetchPhoto(picture.src);
    if (sample) onPhoto(sample);
    else button.hidden = true;
  });
}

async function fetchPhoto(url) {
  const response = await fetch(url).catch(() => null);
  if (!response?.ok) return null;
  return new File([await response.blob()], url.split("/").at(-1), { type: "image/jpeg" });
}
