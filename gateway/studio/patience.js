// Asking again when the service says when.

const MAX_TRIES = 4;
const MAX_WAIT_S = 60;

/**
 * Resolves to what `attempt()` resolves to. When it fails with a `retryAfter` that is short enough, `onWait(secondsLeft)` counts
 * down each second and the attempt is made again, MAX_TRIES times in all; then the last error is thrown.
 */
export async function patiently(attempt, { signal, onWait }) {
  for (let tries = 1; ; tries += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (tries === MAX_TRIES || !worthWaiting(error)) throw error;
      await countDown(Math.max(error.retryAfter, 1), signal, onWait);
    }
  }
}

function worthWaiting({ status, retryAfter }) {
  return (status === 429 || status === 503) && retryAfter !== null && retryAfter <= MAX_WAIT_S;
}

async function countDown(seconds, signal, onWait) {
  for (let left = seconds; left > 0; left -= 1) {
    onWait(left);
    await sleep(1000, signal);
  }
}

function sleep(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    }, { once: true });
  });
}
