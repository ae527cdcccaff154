// The effects on offer: a radio group of small pictures of the customer's own photo.

import { Options } from "./options.js";
import { effectName } from "./words.js";

export class Gallery {
  #cards = new Map(); // by the effect's name

  constructor({ effects, options, "gallery-state": state }, onChange) {
    Object.assign(this, { effects, options, state, onChange });
    effects.addEventListener("change", ({ target }) => {
      target.parentElement.scrollIntoView({ block: "nearest", inline: "nearest" });
      this.#showOptions();
      onChange();
    });
  }

  /** Offers `effects` (see `fetchEffects`) by their names, pictures to follow; `chosen` as in `choose`. */
  show(effects, chosen) {
    this.#cards = new Map(effects.map((effect) => [effect.name, new Card(effect, this.onChange)]));
    const cards = [...this.#cards.values()];
    this.effects.replaceChildren(...cards.map(({ element }) => element));
    this.options.replaceChildren(...cards.map(({ options }) => options.element));
    this.effects.dataset.previews = "awaited";
    this.choose(chosen);
  }

  /** What is chosen, as {effect, params}; empty where nothing is offered. */
  get choice() {
    const card = this.#chosen;
    return card ? { effect: card.input.value, params: card.options.values } : {};
  }

  /** Chooses without a change event. */
  choose({ effect, params }) {
    const card = this.#cards.get(effect);
    if (!card) return;
    card.input.checked = true;
    card.options.values = params;
    this.#showOptions();
  }

  /** The address of an effect's small picture, if it is there. */
  preview(effect) {
    return this.#cards.get(effect)?.picture.getAttribute("src");
  }

  /** Shows the small pictures at `urls`, a Map by name. */
  showPreviews(urls) {
    for (const [name, { picture }] of this.#cards) if (urls.has(name)) picture.src = urls.get(name);
    this.effects.dataset.previews = "there";
  }

  /** Leaves the names, which can be chosen all the same. */
  showFailure() {
    this.state.textContent = this.#cards.size ? "No previews" : "Not available at the moment";
    this.effects.dataset.previews = "missing";
  }

  /** Forgets the pictures, so that their addresses can be revoked. */
  clear() {
    this.#cards.clear();
    this.effects.replaceChildren();
    this.options.replaceChildren();
    this.effects.removeAttribute("data-previews");
    this.state.textContent = "";
  }

  get #chosen() {
    return [...this.#cards.values()].find(({ input }) => input.checked);
  }

  #showOptions() {
    for (const { input, options } of this.#cards.values()) options.element.hidden = !input.checked;
  }
}

/** One effect: a radio button that is seen as its picture and its name. */
class Card {
  constructor({ name, description, parameters }, onChange) {
    // The title is the button's description for a screen reader, too.
    this.input = Object.assign(document.createElement("input"), { type: "radio", name: "effect", value: name, title: description });
    this.picture = Object.assign(new Image(), { alt: "", draggable: false });
    this.options = new Options(parameters, onChange);
    const frame = Object.assign(document.createElement("span"), { className: "effect-picture backdrop" });
    frame.append(this.picture);
    const caption = Object.assign(document.createElement("span"), { className: "effect-name", textContent: effectName(name) });
    this.element = Object.assign(document.createElement("label"), { className: "effect" });
    this.element.append(this.input, frame, caption);
  }
}
