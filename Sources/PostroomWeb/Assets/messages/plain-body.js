// A plain text message: links can be followed, long quotes are folded, everything is a text node.

import { h } from "../lib/dom.js";
import { t } from "../lib/i18n.js";
import { linkParts, quoteRuns } from "../lib/replying.js";

export function plainBody(email) {
  const parts = (email.textBody ?? []).filter(({ type, partId }) => type === "text/plain" && email.bodyValues?.[partId]);
  const value = parts.map(({ partId }) => email.bodyValues[partId].value).join("\n").replace(/\r\n?/g, "\n").trimEnd();
  if (!value) return h("p.message-empty", t("message.empty"));
  const isTruncated = parts.some(({ partId }) => email.bodyValues[partId].isTruncated);
  return h("div.plain-body", pieces(value.split("\n"), 0), isTruncated && h("p.message-truncated", t("message.truncated")));
}

/** Own text and quotes, quotes in quotes as deep as they are. */
function pieces(all, depth) {
  const runs = quoteRuns(all.join("\n"));
  return runs.map((run, index) => (run.depth === 0 || depth > 8 ? ownText(run.lines) : quoted(run, depth, index === 0 && runs.length > 1)));
}

/** What stands behind the line "-- " is the signature. */
function ownText(list) {
  const at = list.findIndex((line) => line === "-- " || line === "--");
  if (at < 0) return h("div.plain-text", lines(list));
  return h("div.plain-text", lines(list.slice(0, at)), "\n", h("span.plain-signature", lines(list.slice(at))));
}

/** A quote of a few lines is shown; a longer one is one line until asked for. */
function quoted(run, depth, isShown) {
  const text = h("blockquote.quote", pieces(run.lines.map((line) => line.replace(/^>[ \t]?/, "")), depth + 1));
  return run.lines.length <= 4 || isShown || depth > 0 ? text : h("details.quoted", h("summary", t("message.quoted", { count: run.lines.length })), text);
}

const lines = (list) => list.flatMap((line, index) => [
  index > 0 && "\n",
  linkParts(line).map(({ text, href }) => (href ? h("a", { href, target: href.startsWith("mailto:") ? null : "_blank", rel: "noopener noreferrer", dataset: { mailto: href.startsWith("mailto:") } }, text) : text)),
]);
