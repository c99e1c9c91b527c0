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
  keep(await (await call("POST", "/login", { name, password }, false)).json());
}

/** Sign out: here at once, and there as soon as it is reached. */
export function signOut() {
  const ended = refreshToken;
  setToken("");
  if (ended) call("POST", "/logout", { refresh_token: ended }, false).catch(() => {});
}

function keep(tokens) {
  token = tokens.access_token;
  refreshToken = tokens.refresh_token;
}

async function refresh() {
  keep(await (await call("POST", "/login/refresh", { refresh_token: refreshToken }, false)).json());
}

/** @returns {Promise<Response>} @throws {Problem} */
async function call(method, path, body, known = true) {
  const used = token;
  const response = await request(method, path, body, known);
  if (response.ok) return response;
  if (response.status === 401 && known && refreshToken) {
    if (token === used) await (refreshing ??= refresh().finally(() => { refreshing = null; }));
    const again = await request(method, path, body, known);
    if (again.ok) return again;
    throw await problem(again);
  }
  throw await problem(response);
}

async function problem(response) {
  return new Problem(await response.json().catch(() => ({ title: `${response.status}`, status: response.status })));
}

function request(method, path, body, known) {
  const headers = { "Accept-Language": language };
  if (known) headers.Authorization = `Bearer ${token}`;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  return fetch(`/api/v1${path}`, {
    method, headers, body: body === undefined ? undefined : JSON.stringify(body), credentials: "omit", cache: "no-store",
  });
}

export const get = async (path) => (await call("GET", path)).json();
export const post = async (path, body = {}) => (await call("POST", path, body)).json();
export const remove = async (path) => (await call("DELETE", path)).json();
export const text = async (path) => (await call("GET", path)).text();
