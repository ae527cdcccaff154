// The page as a whole: a photo comes in, a job sends it, the result is shown and offered for download.

import { Comparison } from "./comparison.js";
import { Gallery } from "./gallery.js";
import { listenForChoice, listenForDrop, listenForPaste, offerSample, refusal } from "./intake.js";
import { Job } from "./job.js";
import { key } from "./key.js";
import { ServiceError, fetchEffects, fetchVersion, warmUp } from "./service.js";
import { effectName, phase, times } from "./words.js";

const PLAIN = { effect: "color", params: {}, format: "png" };

const page = Object.fromEntries([...document.querySelectorAll("[id]")].map((element) => [element.id, element]));
const comparison = new Comparison(page);
const gallery = new Gallery(page, change);

let job = null; // the photo at hand
let offered = null; // what of it is shown and can be downloaded, see `offer`

async function start(photo) {
  endJob();
  const refused = refusal(photo);
  if (refused) return fail(refused);
  const mine = job = new Job(photo);
  showWorkspace();
  try {
    await run(mine);
  } catch (error) {
    if (!mine.signal.aborted) fail(inWords(error), error.temporary || error.locked ? photo : null, error.locked);
  }
}

async function run(mine) {
  const preview = showPhoto(mine);
  const cutout = await mine.cutout(PLAIN, { onUpload: showUpload, onProgress: showProgress, onWait: showWait });
  await preview;
  await comparison.showCutout(cutout.url);
  showOutcome(mine.photo, cutout);
  await showGallery(mine);
}

async function showPhoto(mine) {
  const shown = await comparison.showPhoto(mine.url(mine.photo));
  if (!mine.signal.aborted) page["no-preview"].hidden = shown;
}

/** The effects by their names, then with the photo in each. Where that fails, the cut-out stays. */
async function showGallery(mine) {
  try {
    gallery.show(await fetchEffects(mine.signal), PLAIN);
    gallery.showPreviews(await mine.previews());
  } catch (error) {
    if (mine.signal.aborted) return;
    if (!(error instanceof ServiceError)) reportError(error);
    gallery.showFailure();
  }
}

function endJob() {
  comparison.clear();
  gallery.clear();
  job?.end();
  job = offered = null;
}

function showWorkspace() {
  page.failure.hidden = page.intake.hidden = page.outcome.hidden = page["no-preview"].hidden = true;
  page.workspace.hidden = page.progress.hidden = false;
  announce("Uploading the photo");
  showUpload(0);
  page.cancel.focus();
}

function showUpload(fraction) {
  if (fraction >= 1) return showCuttingOut();
  page.phase.textContent = `Uploading, ${Math.floor(fraction * 100)} %`;
  page.meter.value = fraction;
}

function showCuttingOut() {
  page.phase.textContent = "Cutting out";
  page.meter.removeAttribute("value"); // how long the model takes is not known
  announce("Cutting out the subject");
}

function showProgress(name, data) {
  const said = phase(name, data);
  if (!said || page.progress.hidden) return;
  page.phase.textContent = said.phase;
  announce(said.announcement);
}

function showWait(seconds) {
  page.phase.textContent = `The service is busy. Trying again in ${seconds} s`;
  page.meter.removeAttribute("value");
  announce("The service is busy. Trying again soon");
}

function showOutcome(photo, cutout) {
  page.progress.hidden = true;
  page.outcome.hidden = false;
  page["change-failure"].hidden = true;
  page.unsure.hidden = cutout.subjectFound;
  page.format.value = PLAIN.format;
  offer(photo, { order: PLAIN, cutout, file: cutout });
  announce(page.unsure.hidden ? "Done. The subject is cut out" : "Done, but no clear subject was found");
  page["workspace-title"].focus();
}

function details({ seconds, stages, picture, model }) {
  const size = `${page.after.naturalWidth} × ${page.after.naturalHeight} pixels, ${kilobytes(picture.size)}`;
  return [`${seconds.toFixed(1)} s in all`, ...times(stages), size, model].filter(Boolean).join(" · ");
}

function kilobytes(bytes) {
  return bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/** `cutout` is what the stage shows, `file` the same in the format of the download. */
function offer(photo, { order, cutout, file }) {
  offered = { order, cutout, file };
  page.stage.toggleAttribute("data-working", false);
  const kind = order.effect === PLAIN.effect ? "cutout" : order.effect;
  page.after.alt = `The subject of the photo, cut out: ${effectName(order.effect)}`;
  page.details.textContent = details(cutout);
  page.download.href = file.url;
  page.download.download = `${photo.name.replace(/\.[^.]*$/, "")}-${kind}.${order.format}`;
  page.download.textContent = "Download";
  page.download.removeAttribute("aria-disabled");
}

/** Shows and offers what is chosen. The service draws and encodes, so the download is exactly what the API gives. */
async function change() {
  const mine = job;
  const signal = mine.turn();
  const order = { ...PLAIN, ...gallery.choice, format: page.format.value };
  showPreparing(order);
  try {
    const cutout = await mine.cutout({ ...order, format: PLAIN.format }, { signal });
    await comparison.redraw(cutout.url);
    const file = await mine.cutout(order, { signal });
    signal.throwIfAborted();
    offer(mine.photo, { order, cutout, file });
    announce(`${effectName(order.effect)} is ready`);
  } catch (error) {
    if (!signal.aborted) await failChange(mine.photo, error, signal);
  }
}

function showPreparing({ effect }) {
  page["change-failure"].hidden = true;
  page.stage.toggleAttribute("data-working", true);
  page.download.removeAttribute("href");
  page.download.textContent = "Preparing…";
  page.download.setAttribute("aria-disabled", "true");
  announce(`Preparing ${effectName(effect)}`);
  const preview = effect === offered.order.effect ? null : gallery.preview(effect);
  if (preview) comparison.redraw(preview); // until the picture itself is there
}

/** Goes back to what was there before. */
async function failChange(photo, error, signal) {
  page["change-failure"].textContent = inWords(error);
  page["change-failure"].hidden = false;
  page.format.value = offered.order.format;
  gallery.choose(offered.order);
  await comparison.redraw(offered.cutout.url);
  if (!signal.aborted) offer(photo, offered);
}

function fail(sentence, photo = null, locked = false) {
  showIntake();
  page["failure-text"].textContent = sentence;
  page.failure.hidden = false;
  page["key-form"].hidden = !locked;
  page.retry.hidden = photo === null || locked;
  page.retry.onclick = () => start(photo);
  page["key-form"].onsubmit = (event) => {
    event.preventDefault();
    key.set(page.key.value);
    start(photo);
  };
  if (locked) page.key.focus();
  else if (photo) page.retry.focus();
}

function inWords(error) {
  if (error instanceof ServiceError) return error.message;
  reportError(error);
  return "This browser could not show the result.";
}

function showIntake() {
  endJob();
  announce("");
  page.workspace.hidden = page.failure.hidden = true;
  page.intake.hidden = false;
  scrollTo(0, 0);
  page.dropzone.focus({ preventScroll: true });
}

function announce(sentence) {
  if (page.announcement.textContent !== sentence) page.announcement.textContent = sentence;
}

function showBackground() {
  const { value } = document.querySelector("input[name=background]:checked");
  page.workspace.dataset.background = value;
  page.workspace.style.setProperty("--colour", page.colour.value);
}

async function showVersion() {
  try {
    const { version, revision, model, model_version, demo } = await fetchVersion();
    const served = [model, model_version].filter(Boolean).join("/"); // no model version before the model has answered
    const built = revision === "unknown" ? null : revision;
    page.version.textContent = [`Version ${version}`, built, `model ${served}`].filter(Boolean).join(" · ");
    page["demo-notice"].hidden = !demo;
  } catch {
    page.version.textContent = "The version is not known: the service did not answer.";
  }
}

listenForChoice(page.dropzone, page.file, start);
listenForDrop(start);
listenForPaste(start);
offerSample(page.sample, page["sample-picture"], start);
page.cancel.addEventListener("click", showIntake);
page.another.addEventListener("click", showIntake);
page.format.addEventListener("change", change);
document.querySelectorAll(".swatches input").forEach((input) => input.addEventListener("input", showBackground));
showVersion();
warmUp();
