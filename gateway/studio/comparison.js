// Two pictures in one place and a line between them, moved by pointer, touch or the keys of a range input.

export class Comparison {
  constructor({ stage, before, after, split, handle }) {
    Object.assign(this, { stage, before, after, split, handle });
    split.addEventListener("input", () => this.moveTo(split.valueAsNumber / 100));
    stage.addEventListener("pointerdown", (event) => this.#grab(event));
    stage.addEventListener("pointermove", (event) => this.#drag(event));
    stage.addEventListener("animationend", () => stage.removeAttribute("data-reveal"));
    // A mouse press would otherwise move the focus from the range input to the page.
    stage.addEventListener("mousedown", (event) => event.preventDefault());
  }

  /** Shows the photo alone, dimmed; resolves to whether this browser can. */
  async showPhoto(url) {
    this.clear();
    this.stage.toggleAttribute("data-working", true);
    const shown = await show(this.before, url);
    if (shown) this.#fit(this.before);
    return shown;
  }

  /** Shows the cut-out, below the photo where there is one. */
  async showCutout(url) {
    if (!await show(this.after, url)) throw new Error("The browser could not show the result.");
    this.#fit(this.after);
    const comparing = !this.before.hidden;
    this.stage.toggleAttribute("data-working", false);
    this.stage.toggleAttribute("data-comparing", comparing);
    this.stage.toggleAttribute("data-reveal", comparing);
    this.split.hidden = this.handle.hidden = !comparing;
    this.moveTo(0.5);
  }

  /** Shows another drawing of the same cut-out in its place; resolves to whether it does. */
  redraw(url) {
    return show(this.after, url);
  }

  /** Forgets both pictures, so that their addresses can be revoked. */
  clear() {
    for (const picture of [this.before, this.after]) {
      picture.hidden = true;
      picture.removeAttribute("src");
    }
    this.split.hidden = this.handle.hidden = true;
    for (const flag of ["data-working", "data-comparing", "data-reveal"]) this.stage.removeAttribute(flag);
  }

  /** Moves the line to `fraction` (0 … 1) of the width. */
  moveTo(fraction) {
    const percent = Math.min(Math.max(fraction, 0), 1) * 100;
    this.stage.style.setProperty("--split", `${percent}%`);
    this.split.value = Math.round(percent);
    this.split.setAttribute("aria-valuetext", `${this.split.value} % original`);
  }

  #grab(event) {
    if (!this.stage.hasAttribute("data-comparing") || event.button !== 0) return;
    this.stage.removeAttribute("data-reveal");
    this.stage.setPointerCapture(event.pointerId);
    this.split.focus({ preventScroll: true });
    this.#follow(event);
  }

  #drag(event) {
    if (this.stage.hasPointerCapture(event.pointerId)) this.#follow(event);
  }

  #follow(event) {
    const { left, width } = this.stage.getBoundingClientRect();
    this.moveTo((event.clientX - left) / width);
  }

  #fit(picture) {
    this.stage.style.setProperty("--ratio", picture.naturalWidth / picture.naturalHeight);
  }
}

async function show(picture, url) {
  picture.src = url;
  const known = await picture.decode().then(() => true, () => false);
  if (picture.src !== url) return false; // another photo came in between
  if (!known) picture.removeAttribute("src");
  picture.hidden = !known;
  return known;
}
