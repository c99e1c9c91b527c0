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
async function call(method, path, body) {
  const headers = { Authorization: `Bearer ${token}`, "Accept-Language": language };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const response = await fetch(`/api/v1${path}`, {
    method, headers, body: body === undefined ? undefined : JSON.stringify(body), credentials: "omit", cache: "no-store",
  });
  if (response.ok) return response;
  const document = await response.json().catch(() => ({ title: `${response.status}`, status: response.status }));
  throw new Problem(document);
}

export const get = async (path) => (await call("GET", path)).json();
export const post = async (path, body = {}) => (await call("POST", path, body)).json();
export const remove = async (path) => (await call("DELETE", path)).json();
export const text = async (path) => (await call("GET", path)).text();
