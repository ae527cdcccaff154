// Server-sent events of one session, read with fetch: an EventSource could not send a key.

const RETRY_MS = 1000;
const MAX_FAILURES = 5;

/**
 * Calls `onEvent(name, data)` for each event of the session until it ends or `signal` aborts. A connection that breaks is taken up
 * after the last event that was seen; one that cannot be had is given up: progress is a comfort, never a reason to fail.
 */
export async function follow(session, { signal, headers, onEvent }) {
  let last = null;
  for (let failures = 0; failures < MAX_FAILURES && !signal.aborted; failures += 1) {
    try {
      const resume = last === null ? {} : { "Last-Event-ID": last };
      const answer = await fetch(`api/v2/progress/${session}`, { signal, headers: { ...headers, ...resume }, cache: "no-store" });
      if (answer.status !== 200) return;
      for await (const { id, name, data } of events(answer.body)) {
        last = id ?? last;
        failures = 0;
        onEvent(name, data);
        if (name === "complete" || name === "error") return;
      }
    } catch {
      if (signal.aborted) return;
    }
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}

/** The events in a stream of bytes: {id, name, data}. */
async function* events(stream) {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const blocks = (text + value).split("\n\n");
    text = blocks.pop();
    for (const block of blocks) {
      const event = parse(block);
      if (event.name) yield event;
    }
  }
}

/** One block of lines `field: value`; comments, which begin with a colon, are left out. */
export function parse(block) {
  const fields = Object.fromEntries(
    block.split("\n").filter((line) => line && !line.startsWith(":")).map((line) => line.split(/: ?(.*)/s, 2)),
  );
  return { id: fields.id, name: fields.event, data: fields.data ? JSON.parse(fields.data) : null };
}
