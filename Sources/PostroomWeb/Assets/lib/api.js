// The REST API under /api/v1 and everything else that is fetched: one place for credentials, language and errors.

import { Problem } from "./problem.js";
import { language } from "./i18n.js";

const connection = { base: "", token: null };

/** For the panel inside another application: where Postroom is and the token it is spoken to with. */
export function connectTo({ base = "", token = null }) {
  connection.base = base.replace(/\/$/, "");
  connection.token = token;
}

export const usesToken = () => connection.token !== null;

/** An address of Postroom's own, also when the page around it is somebody else's. */
export const absolute = (path) => (/^https?:/.test(path) ? path : connection.base + path);

/** Called with a Problem when the session has ended. */
export const signedOut = new EventTarget();

/** `fetch` with credentials and language. Throws a Problem for every answer that is not 2xx. */
export async function send(path, { method = "GET", body, headers = {}, signal, keepalive, accept = "application/json" } = {}) {
  const all = { Accept: accept, "Accept-Language": language, ...headers };
  if (connection.token) all.Authorization = `Bearer ${connection.token}`;
  // Proves that no other site sent it, and asks not to be answered with a challenge that would open the browser's own window.
  else all["X-Postroom"] = "1";
  let response;
  try {
    response = await fetch(absolute(path), { method, body, headers: all, signal, keepalive, credentials: connection.token ? "omit" : "same-origin" });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw Problem.away();
  }
  if (response.ok) return response;
  const problem = new Problem(await response.json().catch(() => ({ code: `http-${response.status}` })), response.status);
  if (response.status === 401 && problem.code !== "wrong-credentials") signedOut.dispatchEvent(new Event("signed-out"));
  throw problem;
}

async function json(method, path, value, options) {
  const hasBody = value !== undefined;
  const headers = hasBody ? { "Content-Type": method === "PATCH" ? "application/merge-patch+json" : "application/json" } : {};
  const response = await send(`/api/v1${path}`, { method, headers, body: hasBody ? JSON.stringify(value) : undefined, ...options });
  return response.status === 204 ? null : response.json().catch(() => null);
}

/** `await rest.get("/providers")`, `await rest.post("/domains", {domain, providerId})`. */
export const rest = {
  get: (path, options) => json("GET", path, undefined, options),
  post: (path, value = {}, options) => json("POST", path, value, options),
  patch: (path, value, options) => json("PATCH", path, value, options),
  delete: (path, options) => json("DELETE", path, undefined, options),
};

/** A path from parts that may hold anything: path`/domains/${domain}`. */
export const path = (strings, ...values) => String.raw({ raw: strings }, ...values.map(encodeURIComponent));
