// The parameters of an effect that are a choice between a few values, as selects.

import { label } from "./words.js";

export class Options {
  #selects;

  /** `parameters` by name in JSON Schema; those without an `enum` are left to the service. */
  constructor(parameters, onChange) {
    const choices = Object.entries(parameters).filter(([, schema]) => schema.enum);
    this.#selects = new Map(choices.map(([name, schema]) => [name, select(schema)]));
    this.element = document.createElement("div");
    this.element.append(...[...this.#selects].map(([name, each]) => labelled(name, each)));
    this.element.addEventListener("change", onChange);
  }

  get values() {
    return Object.fromEntries([...this.#selects].map(([name, { value }]) => [name, value]));
  }

  set values(values) {
    for (const [name, value] of Object.entries(values)) this.#selects.get(name).value = value;
  }
}

function select({ enum: values, default: initial, description }) {
  const options = values.map((value) => new Option(label(value), value, value === initial, value === initial));
  const element = Object.assign(document.createElement("select"), { title: description ?? "" });
  element.append(...options);
  return element;
}

function labelled(name, element) {
  const text = document.createElement("label");
  text.append(`${label(name)} `, element);
  return text;
}
