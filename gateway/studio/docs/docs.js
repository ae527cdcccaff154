// The manual: examples with this service's own address, a form to try it, and a reference made of openapi.json.

const ADDRESS = "http://127.0.0.1:8080"; // as the examples are written
const SERVICE = new URL(".", location.href).href.replace(/\/$/, "");

function adaptExamples() {
  for (const code of document.querySelectorAll("pre code")) {
    code.textContent = code.textContent.replaceAll(ADDRESS, SERVICE);
    if (code.textContent && navigator.clipboard) code.parentElement.append(copyButton(code)); // by https, or on this machine
  }
}

function copyButton(code) {
  const button = element("button", "Copy", { type: "button", className: "button copy" });
  button.onclick = async () => {
    await navigator.clipboard.writeText(code.textContent);
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  };
  return button;
}

function element(name, content, properties = {}) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...[content].flat());
  return made;
}

// --- trying it

const form = document.querySelector("#try-form");
const [message, result, headers] = ["message", "result", "headers"].map((name) => document.querySelector(`#try-${name}`));

async function attempt(event) {
  event.preventDefault();
  const { file, output_format, bg_color, key } = form.elements;
  const query = new URLSearchParams({ output_format: output_format.value });
  if (bg_color.value.trim()) query.set("bg_color", bg_color.value.trim());
  const body = new FormData();
  body.append("file", file.files[0]);
  message.textContent = "Cutting out …";
  result.hidden = headers.hidden = true;
  const answer = await fetch(`api/v2/process?${query}`, { method: "POST", body, headers: key.value ? { "X-Api-Key": key.value } : {} })
    .catch(() => null);
  if (!answer) return void (message.textContent = "The service cannot be reached.");
  await (answer.ok ? showResult(answer) : showProblem(answer));
}

async function showResult(answer) {
  URL.revokeObjectURL(result.src);
  result.src = URL.createObjectURL(await answer.blob());
  message.textContent = "Done.";
  headers.firstChild.textContent = [...answer.headers].map(([name, value]) => `${name}: ${value}`).join("\n");
  result.hidden = headers.hidden = false;
}

async function showProblem(answer) {
  const problem = await answer.json().catch(() => ({}));
  message.textContent = `${answer.status} ${problem.code ?? ""}: ${problem.detail ?? "no reason given"}`;
}

// --- the reference

async function showReference() {
  const state = document.querySelector("#reference-state");
  const answer = await fetch("openapi.json").catch(() => null);
  if (!answer?.ok) return void (state.textContent = "The reference could not be read: reload the page.");
  const { paths } = await answer.json();
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => described(method, path, operation)));
  document.querySelector("#operations").append(...operations);
  state.hidden = true;
}

function described(method, path, { summary, parameters, responses, requestBody }) {
  const heading = element("summary", [
    element("span", method.toUpperCase(), { className: "method" }), element("code", path), ` — ${summary}`,
  ]);
  const content = element("div", [
    ...(requestBody ? [element("p", `${requestBody.description} As ${Object.keys(requestBody.content).join(", ")}.`)] : []),
    ...(parameters.length ? [table(["name", "where", "values", "meaning"], parameters.map(parameterRow))] : []),
    table(["status", "answer"], Object.entries(responses).map(([status, response]) => [status, response.description])),
  ]);
  return element("details", [heading, content]);
}

function parameterRow({ name, in: where, description, schema, required }) {
  return [element("code", name), required ? `${where}, required` : where, values(schema), description ?? schema.description ?? ""];
}

function values({ enum: choices, type, minimum, maximum, pattern, default: initial }) {
  const kind = choices?.join(", ") ?? (minimum === undefined ? (pattern ? "text" : type) : `${minimum}–${maximum}`);
  return initial === undefined ? kind : `${kind}; ${initial} by default`;
}

function table(titles, rows) {
  const head = element("thead", element("tr", titles.map((title) => element("th", title))));
  const body = element("tbody", rows.map((row) => element("tr", row.map((cell) => element("td", cell)))));
  return element("div", element("table", [head, body]), { className: "scroll" });
}

adaptExamples();
form.addEventListener("submit", attempt);
showReference();
