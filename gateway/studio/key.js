// The API key, where the operator wants one. It lives as long as the tab, and travels in a header only.

const NAME = "key";

export const key = {
  get: () => sessionStorage.getItem(NAME) ?? "",
  set: (text) => sessionStorage.setItem(NAME, text.trim()),
};

/** Headers for a request to the service. */
export function keyHeaders() {
  return key.get() ? { "X-Api-Key": key.get() } : {};
}
