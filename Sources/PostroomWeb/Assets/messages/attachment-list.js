// The attachments of a message as links to download them.

import { h } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { formats, t } from "../lib/i18n.js";
import { send, usesToken } from "../lib/api.js";
import { downloadUrl } from "../lib/jmap.js";
import { showError } from "../shell/toasts.js";

/** Null where there are none. Pictures that stand inside the text are not listed. */
export function attachmentList(mail, email) {
  const hasHtml = (email.htmlBody ?? []).some(({ type }) => type === "text/html");
  const isInText = (part) => hasHtml && part.cid && (part.disposition !== "attachment" || !email.hasAttachment) && part.type?.startsWith("image/");
  const parts = (email.attachments ?? []).filter((part) => !isInText(part));
  if (!parts.length) return null;
  return h("section.attachments", { "aria-label": t("attachments") },
    h("h3.attachments-title", icon("attachment"), t("attachments.count", { count: parts.length }), h("span.attachments-size", formats.size(parts.reduce((sum, part) => sum + (part.size ?? 0), 0)))),
    h("ul.attachment-list", { role: "list" }, parts.map((part) => h("li", attachment(mail, part)))));
}

function attachment(mail, part) {
  const name = part.name || t("attachment.unnamed");
  const href = downloadUrl(mail.id, { blobId: part.blobId, name, type: part.type });
  const link = h("a.attachment", { href, download: name, title: name },
    h("span.attachment-kind", { dataset: { kind: kind(part.type) } }, extension(name, part.type)),
    h("span.attachment-words", h("span.attachment-name", name), h("span.attachment-size", formats.size(part.size ?? 0))),
    icon("download"));
  if (usesToken()) link.addEventListener("click", (event) => (event.preventDefault(), saveByHand(href, name)));
  return link;
}

/** A link cannot carry a token. */
async function saveByHand(href, name) {
  try {
    const blob = await (await send(href, { accept: "*/*" })).blob();
    const url = URL.createObjectURL(blob);
    h("a", { href: url, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
  } catch (error) {
    showError(error);
  }
}

export function extension(name, type) {
  const found = /\.([\p{L}\p{N}]{1,5})$/u.exec(name)?.[1];
  return (found ?? type?.split("/")[1]?.slice(0, 4) ?? "file").toUpperCase();
}

/** For the colour of the mark. */
export function kind(type = "") {
  if (type.startsWith("image/")) return "image";
  if (type === "application/pdf") return "pdf";
  if (/spreadsheet|excel|csv/.test(type)) return "table";
  if (/word|document|text\//.test(type)) return "text";
  return /zip|compressed|tar|rar/.test(type) ? "archive" : "other";
}
