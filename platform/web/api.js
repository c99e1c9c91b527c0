/** The platform's API. The tokens live in this module's memory and nowhere else: closing the page signs out. */

let token = "";
let refreshToken = ""; // good once
let refreshing = null; // one at a time: a second use of a refresh token ends everything
let language = "en";

export class Problem extends Error {
  /** @param {{title: string, status: number, detail?: string, instance?: string}} document an RFC 9457 problem */
  constructor(document) {
    super(document.detail ? `${document.title} ${document.detail}` : document.title);
    this.status = document.status;
  }
}

export const setToken = (value) => { token = value.trim(); refreshToken = ""; };
export const setLanguage = (value) => { language = value; };

/** Sign in by name and password. @throws {Problem} */
export async function signIn(name, password) {
  keep(await (await call("POST", "/login", { name, password }, { known: false })).json());
}

/** Sign out: here at once, and there as soon as it is reached. */
export function signOut() {
  const ended = refreshToken;
  setToken("");
  if (ended) call("POST", "/logout", { refresh_token: ended }, { known: false }).catch(() => {});
}

function keep(tokens) {
  token = tokens.access_token;
  refreshToken = tokens.refresh_token;
}

async function refresh() {
  keep(await (await call("POST", "/login/refresh", { refresh_token: refreshToken }, { known: false })).json());
}

/** @returns {Promise<Response>} @throws {Problem} */
async function call(method, path, body, options = {}) {
  const { known = true } = options;
  const used = token;
  const response = await request(method, path, body, options);
  if (response.ok) return response;
  if (response.status === 401 && known && refreshToken) {
    if (token === used) await (refreshing ??= refresh().finally(() => { refreshing = null; }));
    const again = await request(method, path, body, options);
    if (again.ok) return again;
    throw await problem(again);
  }
  throw await problem(response);
}

async function problem(response) {
  return new Problem(await response.json().catch(() => ({ title: `${response.status}`, status: response.status })));
}

function request(method, path, body, { signal, more = {}, known = true } = {}) {
  const headers = { "Accept-Language": language, ...more };
  if (known) headers.Authorization = `Bearer ${token}`;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  return fetch(`/api/v1${path}`, {
    method, headers, body: body === undefined ? undefined : JSON.stringify(body), credentials: "omit", cache: "no-store", signal,
  });
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
          if (fields.event === "end" && data === "ended") return;
          if (fields.event !== "end") hear(fields.event, data); // closing, or a token that ran out: taken up again, with a fresh one where there is
        }
      }
    } catch (error) {
      if (signal.aborted || error instanceof Problem) return;
    }
    await new Promise((resolve) => { setTimeout(resolve, PAUSE); });
  }
}
