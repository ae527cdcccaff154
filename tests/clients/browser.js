// What web pages do with a picture before they send it; run in a page of the gateway's own origin.

const PROCESS = "/api/v2/process";

async function photo() {
  const bytes = Uint8Array.from(atob(PHOTO), (letter) => letter.charCodeAt(0));
  return new File([bytes], "Bello ä🐱.jpg", { type: "image/jpeg" });
}

function read(file) {
  return new Promise((resolve) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.readAsDataURL(file);
  });
}

async function canvas() {
  const image = await createImageBitmap(await photo());
  const made = Object.assign(document.createElement("canvas"), { width: image.width, height: image.height });
  made.getContext("2d").drawImage(image, 0, 0);
  return made;
}

function form(blob, name) {
  const made = new FormData();
  if (name === undefined) made.append("file", blob);
  else made.append("file", blob, name);
  return made;
}

function json(image) {
  return { body: JSON.stringify({ image }), headers: { "Content-Type": "application/json" } };
}

const toBlob = async (kind) => new Promise((resolve) => canvas().then((made) => made.toBlob(resolve, kind)));

const WAYS = {
  "FileReader, data URL": async () => json(await read(await photo())),
  "FileReader, base64 alone": async () => json((await read(await photo())).split(",")[1]),
  "FileReader of a file without a type": async () => json(await read(new File([await photo()], "x"))),
  "canvas, png": async () => json((await canvas()).toDataURL("image/png")),
  "canvas, jpeg": async () => json((await canvas()).toDataURL("image/jpeg", 0.9)),
  "canvas, webp": async () => json((await canvas()).toDataURL("image/webp", 0.9)),
  "data URL, percent-encoded": async () => json(encodeURI(await read(await photo())).replaceAll("+", "%2B")),
  "form with a file": async () => ({ body: form(await photo()) }),
  "form with a blob": async () => ({ body: form(await toBlob("image/png")) }),
  "form with a named blob": async () => ({ body: form(await toBlob("image/jpeg"), "a.jpg") }),
  "blob": async () => ({ body: await photo() }),
  "array buffer": async () => ({ body: await (await photo()).arrayBuffer() }),
};

function byXHR(body) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", PROCESS);
    request.responseType = "blob";
    request.onload = () => resolve({ status: request.status, size: request.response.size, type: request.response.type });
    request.onerror = reject;
    request.send(body);
  });
}

function byEventSource(session) {
  return new Promise((resolve) => {
    const names = [];
    const source = new EventSource(`/api/v2/progress/${session}`);
    for (const name of ["queued", "inference", "effect", "complete"]) source.addEventListener(name, () => names.push(name));
    source.addEventListener("complete", () => { source.close(); resolve(names); });
  });
}

async function run(way) {
  if (way === "XMLHttpRequest") return byXHR(form(await photo()));
  if (way === "EventSource") {
    const session = `s${Date.now()}${Math.random().toString(36).slice(2)}`;
    const names = byEventSource(session);
    await new Promise((resolve) => setTimeout(resolve, 300));
    await fetch(`${PROCESS}?session_id=${session}`, { method: "POST", body: form(await photo()) });
    return names;
  }
  if (way === "no comma") {
    const answer = await fetch(PROCESS, { method: "POST", ...json((await read(await photo())).replace(",", "")) });
    return { status: answer.status, code: (await answer.json()).code };
  }
  const answer = await fetch(PROCESS, { method: "POST", ...await WAYS[way]() });
  const picture = await createImageBitmap(await answer.blob());
  return { status: answer.status, type: answer.headers.get("content-type"), width: picture.width, height: picture.height };
}
