// Pictures that come inside JSON.

/** The blob in a base64 data URL. By hand, because the page's policy lets neither fetch nor an image read one. */
export function blobOf(url) {
  const [, type, base64] = url.match(/^data:([^;,]+);base64,(.*)$/s);
  return new Blob([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))], { type });
}
