// What a draft starts with: recipients, subject, quotation and signature for each way to begin.

import { formats, t } from "../lib/i18n.js";
import { h } from "../lib/dom.js";
import { displayName, formatAddress, parseAddresses, sameAddress } from "../lib/addresses.js";
import { cleanHtml } from "../lib/rich-text.js";
import { forwardSubject, replyRecipients, replyReferences, replySubject } from "../lib/replying.js";
import * as jmap from "../lib/jmap.js";
import { mail as allMail } from "../model/mail.js";

export const beginnings = {
  async new(draft, { to, subject }) {
    draft.to = parseAddresses(to ?? "");
    draft.subject = subject ?? "";
    draft.content = withSignature(draft.identity, []);
  },
  reply: (draft, options) => answer(draft, options, false),
  replyAll: (draft, options) => answer(draft, options, true),

  async forward(draft, { account, emailId }) {
    const email = await account.loadEmail(emailId, { html: true });
    draft.chooseIdentityFor(email);
    draft.subject = forwardSubject(email.subject);
    draft.forwards = emailId;
    const copied = await carried(draft.mail, account, (email.attachments ?? []).map(({ blobId }) => blobId));
    draft.attachments = (email.attachments ?? []).map(({ blobId, name, type, size, cid, disposition }) => ({ blobId: copied[blobId] ?? blobId, name, type, size, cid: disposition === "inline" ? cid : null }));
    const line = (label, value) => (value ? [`${label}: ${value}`, h("br")] : []);
    const people = (list) => (list ?? []).map(formatAddress).join(", ");
    const head = h("div",
      t("quote.forwarded"), h("br"), line(t("message.detail.from"), people(email.from)), line(t("message.detail.date"), formats.dateTime(email.sentAt ?? email.receivedAt)),
      line(t("message.detail.subject"), email.subject), line(t("message.detail.to"), people(email.to)), line(t("message.detail.cc"), people(email.cc)));
    draft.content = withSignature(draft.identity, [head, h("br"), original(email)]);
  },

  async draft(draft, { account, emailId, isCopy }) {
    const email = await account.loadEmail(emailId, { html: true });
    if (!isCopy) draft.emailId = emailId;
    for (const field of ["to", "cc", "bcc"]) draft[field] = email[field] ?? [];
    draft.subject = email.subject ?? "";
    draft.inReplyTo = email.inReplyTo?.length ? email.inReplyTo : null;
    draft.references = email.references?.length ? email.references : null;
    draft.attachments = (email.attachments ?? []).map(({ blobId, name, type, size }) => ({ blobId, name, type, size }));
    draft.chooseIdentity(email.from?.[0]);
    draft.isPlain = !(email.htmlBody ?? []).some(({ type }) => type === "text/html");
    draft.content = [original(email)];
  },
};

/** Where the message lies in another account than the draft its files go over (RFC 8620 §6.3): new blob ids by the old ones. */
async function carried(target, source, blobIds) {
  if (target === source || !blobIds.length) return {};
  const { copied } = await jmap.call(target.id, "Blob/copy", { fromAccountId: source.id, blobIds });
  return copied ?? {};
}

async function answer(draft, { account, emailId }, toAll) {
  const email = await account.loadEmail(emailId, { html: true });
  draft.chooseIdentityFor(email);
  Object.assign(draft, replyRecipients(email, allMail.ownAddresses, toAll), replyReferences(email));
  draft.subject = replySubject(email.subject);
  draft.answers = emailId;
  const from = displayName(email.from?.[0]);
  const attribution = t("quote.attribution", { date: formats.dateTime(email.sentAt ?? email.receivedAt), name: from });
  draft.content = withSignature(draft.identity, [h("div", attribution), h("blockquote", original(email))]);
}

/** An empty line to write on, the signature, then the rest. */
export function withSignature(identity, rest) {
  const signature = signatureOf(identity);
  return [h("div", h("br")), signature && h("div", h("br")), signature, rest.length ? h("div", h("br")) : null, ...rest].filter(Boolean);
}

export function signatureOf(identity) {
  const hasHtml = identity?.htmlSignature?.trim();
  const text = identity?.textSignature?.trim();
  if (!hasHtml && !text) return null;
  return h("div.signature", h("div", "-- "), hasHtml ? cleanHtml(identity.htmlSignature) : text.split("\n").map((line) => h("div", line || h("br"))));
}

/** The original's text, formatted where it was HTML: only what may stand in our page comes through. */
function original(email) {
  const part = (email.htmlBody ?? []).find(({ partId, type }) => type === "text/html" && email.bodyValues?.[partId]);
  if (part) return cleanHtml(email.bodyValues[part.partId].value);
  const text = (email.textBody ?? []).map(({ partId, type }) => (type?.startsWith("text/") ? email.bodyValues?.[partId]?.value ?? "" : "")).join("\n");
  return quotedLines(text.replace(/\r\n?/g, "\n").trimEnd().split("\n"));
}

/** Lines as blocks; those behind ">" become quotes again, as deep as they were. */
function quotedLines(lines) {
  const fragment = document.createDocumentFragment();
  for (let at = 0; at < lines.length; at++) {
    if (!lines[at].startsWith(">")) {
      fragment.append(h("div", lines[at] || h("br")));
      continue;
    }
    const run = [];
    for (; at < lines.length && lines[at].startsWith(">"); at++) run.push(lines[at].replace(/^>\s?/, ""));
    at--;
    fragment.append(h("blockquote", quotedLines(run)));
  }
  return fragment;
}

/** Whether somebody is among the people of a message. */
export const isAmong = (address, email) => [...(email.to ?? []), ...(email.cc ?? []), ...(email.bcc ?? []), ...(email.from ?? [])].some((item) => sameAddress(item, address));
