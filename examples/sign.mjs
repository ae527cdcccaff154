// Post a photo with a signed request: `CUTOUT_SIGNING_SECRET=cutoutsign_… node sign.mjs PHOTO FILE [URL]`.
//
// Everything a program needs to sign what it asks of the gateway (RFC 9421 with HMAC-SHA256), in one file to copy from:
// `sign` gives the headers, and nothing but Node is needed. docs/signing.md says what they mean.

import { createHash, createHmac, randomBytes } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";

const now = () => Math.floor(Date.now() / 1000);
const newNonce = () => randomBytes(24).toString("base64url");
const hmac = (key, text, encoding) => createHmac("sha256", key).update(text).digest(encoding);

/** The id of a key and what it signs with. */
function parts(secret) {
  const [, id, key] = secret.match(/^[^_]+_([^_]+)_(.+)$/);
  return { id, key };
}

/** The headers that sign one request. `created` and `nonce` are for tests: left out, they are now and random. */
export function sign(secret, method, url, body = "", contentType = "", created = now(), nonce = newNonce()) {
  const { id, key } = parts(secret);
  const { pathname, search } = new URL(url);
  const digest = `sha-256=:${createHash("sha256").update(body).digest("base64")}:`;
  const covered = {
    "@method": method,
    "@path": pathname,
    "@query": search || "?",
    "content-digest": digest,
    ...(contentType && { "content-type": contentType }),
  };
  const names = Object.keys(covered).map((name) => `"${name}"`).join(" ");
  const parameters = `(${names});created=${created};nonce="${nonce}";keyid="${id}";alg="hmac-sha256"`;
  const lines = Object.entries(covered).map(([name, value]) => `"${name}": ${value}`);
  const base = [...lines, `"@signature-params": ${parameters}`].join("\n");
  return {
    ...(contentType && { "Content-Type": contentType }),
    "Content-Digest": digest,
    "Signature-Input": `sig=${parameters}`,
    "Signature": `sig=:${hmac(key, base, "base64")}:`,
  };
}

/** The address to which somebody without a key, such as a browser, may post one picture, once.
 *
 * It is good until `expires`, in seconds since 1970: left out, for ten minutes; an hour is the most. */
export function signAddress(secret, url, expires = now() + 600, nonce = newNonce()) {
  const { id, key } = parts(secret);
  const { origin, pathname, search } = new URL(url);
  const query = `${search ? `${search}&` : "?"}expires=${expires}&keyid=${id}&nonce=${nonce}`;
  return `${origin}${pathname}${query}&signature=${hmac(key, `POST ${pathname}${query}`, "base64url")}`;
}

async function main(photo, output, url = "http://127.0.0.1:8080/api/v2/process") {
  const body = await readFile(photo);
  const headers = sign(process.env.CUTOUT_SIGNING_SECRET, "POST", url, body, "application/octet-stream");
  const answer = await fetch(url, { method: "POST", body, headers });
  if (!answer.ok) throw new Error(`${url}: ${answer.status} ${await answer.text()}`);
  await writeFile(output, Buffer.from(await answer.arrayBuffer()));
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  main(...process.argv.slice(2)).catch((error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
}
