/** The platform's API. The token lives in this module's memory and nowhere else: closing the page signs out. */

let token = "";
let language = "en";

export class Problem extends Error {
  /** @param {{title: string, status: number, detail?: string, instance?: string}} document an RFC 9457 problem */
  constructor(document) {
    super(document.detail ? `${document.title} ${document.detail}` : document.title);
    this.status = document.status;
  }
}

export const setToken = (value) => { token = value.trim(); };
export const setLanguage = (value) => { language = value; };

/** @returns {Promise<Response>} @throws {Problem} */
async function call(method, path, body, { signal, more = {} } = {}) {
  const headers = { Authorization: `Bearer ${token}`, "Accept-Language": language, ...more };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const response = await fetch(`/api/v1${path}`, {
    method, headers, body: body === undefined ? undefined : JSON.stringify(body), credentials: "omit", cache: "no-store", signal,
  });
  if (response.ok) return response;
  const document = await response.json().catch(() => ({ title: `${response.status}`, status: response.status }));
  throw new Problem(document);
}

export const get = async (path) => (await call("GET", path)).json();
export const post = async (path, body = {}) => (await call("POST", path, body)).json();
export const remove = async (path) => (await call("DELETE", path)).json();

const PAUSE = 1000; // milliseconds before a stream that broke is taken up again

/**
 * Follow server-sent events until they end or `signal` is aborted; a stream that breaks is taken up again after the last event that came.
 * (An EventSource cannot send a token.)
 * @param {string} path @param {AbortSignal} signal @param {(event: string, data: any) => void} hear
 */
export async function follow(path, signal, hear) {
  let last = "";
  while (!signal.aborted) {
    try {
      const more = { Accept: "text/event-stream", ...(last ? { "Last-Event-ID": last } : {}) };
      const reader = (await call("GET", path, undefined, { signal, more })).body.pipeThrough(new TextDecoderStream()).getReader();
      for (let rest = ""; ;) {
        const { done, value } = await reader.read();
        if (done) break;
        const events = (rest + value).split("\n\n");
        rest = events.pop();
        for (const lines of events) {
          const fields = Object.fromEntries(lines.split("\n").map((line) => [line.split(":", 1)[0], line.slice(line.indexOf(":") + 1).trimStart()]));
          if (fields.data === undefined) continue;
          if (fields.id) last = fields.id;
          const data = JSON.parse(fields.data);
          if (fields.event === "end" && data !== "closing") return;
          hear(fields.event, data);
        }
      }
    } catch (error) {
      if (signal.aborted || error instanceof Problem) return;
    }
    await new Promise((resolve) => { setTimeout(resolve, PAUSE); });
  }
}
