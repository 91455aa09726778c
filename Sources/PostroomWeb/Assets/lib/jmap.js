// JMAP (RFC 8620, RFC 8621): the session, batches of method calls, upload, download, event source.
//
//   const batch = jmap.batch(accountId);
//   const query = batch.call("Email/query", { filter, limit: 50 });
//   const emails = batch.call("Email/get", { "#ids": query.ref("/ids"), properties });
//   await batch.send();   // then query.result, emails.result; a method error rejects with a MethodError

import { absolute, send } from "./api.js";
import { openEvents } from "./event-stream.js";
import { Problem } from "./problem.js";

export const capability = { core: "urn:ietf:params:jmap:core", mail: "urn:ietf:params:jmap:mail", submission: "urn:ietf:params:jmap:submission", quota: "urn:ietf:params:jmap:quota" };

/** A method-level error (RFC 8620 §3.6.2). `type` is what to switch on. */
export class MethodError extends Error {
  constructor(name, body) {
    super(`${name}: ${body.type}${body.description ? `: ${body.description}` : ""}`);
    this.name = "MethodError";
    this.type = body.type;
    this.body = body;
  }
}

/** An object-level error of a /set, /import or /copy (RFC 8620 §5.3). */
export class SetError extends Error {
  constructor(body) {
    super(body.description || body.type);
    this.name = "SetError";
    this.type = body.type;
    this.body = body;
  }
}

let session = null;
let pending = null;

/** The session (RFC 8620 §2), fetched once. */
export function getSession() {
  pending ??= send("/.well-known/jmap").then((response) => response.json()).then((value) => (session = value), (error) => {
    pending = null;
    throw error;
  });
  return pending;
}

/** Forget it, because accounts came or went, or another user signed in. */
export function forgetSession() {
  session = null;
  pending = null;
}

class Call {
  constructor(id, name, args) {
    Object.assign(this, { id, name, args, result: null, error: null });
  }

  /** A back-reference to this call's result (RFC 8620 §3.7). */
  ref(path, name = this.name) {
    return { resultOf: this.id, name, path };
  }

  /** The result, or the MethodError thrown. */
  get value() {
    if (this.error) throw this.error;
    return this.result;
  }
}

/** Calls that travel in one request, in order. */
export class Batch {
  calls = [];

  constructor(accountId) {
    this.accountId = accountId;
  }

  call(name, args = {}) {
    const call = new Call(`c${this.calls.length}`, name, { accountId: this.accountId, ...args });
    this.calls.push(call);
    return call;
  }

  /** Sends them. Method errors stay with their calls unless `strict`, which throws the first. */
  async send({ strict = true, signal, keepalive } = {}) {
    const { apiUrl } = await getSession();
    const body = JSON.stringify({ using: Object.values(capability), methodCalls: this.calls.map(({ name, args, id }) => [name, args, id]) });
    const headers = { "Content-Type": "application/json" };
    const response = await send(local(apiUrl), { method: "POST", body, headers, signal, keepalive });
    const { methodResponses } = await response.json();
    for (const [name, result, id] of methodResponses) {
      const call = this.calls.find((item) => item.id === id);
      if (!call) continue;
      if (name === "error") call.error ??= new MethodError(call.name, result);
      // Implicit calls (onSuccessUpdateEmail) answer under the same id after the explicit one.
      else if (name === call.name) call.result ??= result;
      else (call.implicit ??= []).push([name, result]);
    }
    for (const call of this.calls) {
      if (!call.result && !call.error) call.error = new MethodError(call.name, { type: "serverFail" });
      if (strict && call.error) throw call.error;
    }
    return this.calls;
  }
}

export const batch = (accountId) => new Batch(accountId);

/** One call alone: its result. */
export async function call(accountId, name, args, options) {
  const one = batch(accountId);
  const result = one.call(name, args);
  await one.send(options);
  return result.value;
}

/** Throws the SetError of the first object a /set response refused. */
export function checkSet(result) {
  for (const kind of ["notCreated", "notUpdated", "notDestroyed"]) {
    const [refused] = Object.values(result[kind] ?? {});
    if (refused) throw new SetError(refused);
  }
  return result;
}

/** Session URLs may name another host than the one the page came from (a proxy in between): only the path is used then. */
function local(url) {
  const target = new URL(url, absolute("/") === "/" ? location.href : absolute("/"));
  return target.pathname + target.search;
}

const expand = (template, values) => template.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(values[name] ?? ""));

/** Sends a File or Blob: {blobId, type, size}. `onProgress` gets 0…1. */
export async function upload(accountId, blob, { signal } = {}) {
  const { uploadUrl, capabilities } = await getSession();
  const limit = capabilities?.[capability.core]?.maxSizeUpload;
  if (limit && blob.size > limit) throw new Problem({ code: "upload-too-large", limit }, 413);
  const target = local(expand(uploadUrl, { accountId }));
  const headers = { "Content-Type": blob.type || "application/octet-stream" };
  const response = await send(target, { method: "POST", body: blob, headers, signal });
  return response.json();
}

/** The address of a blob; the session must be here already. */
export function downloadUrl(accountId, { blobId, name, type }) {
  if (!session) return "#";
  const values = { accountId, blobId, name: name || "attachment", type: type || "application/octet-stream" };
  return absolute(local(expand(session.downloadUrl, values)));
}

/** The event source (RFC 8620 §7.3), reconnecting. `handlers`: {state, account, open, lost}. Returns a function that closes it. */
export async function events(handlers) {
  const { eventSourceUrl } = await getSession();
  return openEvents(local(expand(eventSourceUrl, { types: "*", closeafter: "no", ping: "30" }) + "&accounts=1"), handlers);
}
