// A plain text message: links can be followed, long quotes are folded, everything is a text node.

import { h } from "../lib/dom.js";
import { t } from "../lib/i18n.js";
import { linkParts, quoteRuns } from "../lib/replying.js";

export function plainBody(email) {
  const parts = (email.textBody ?? []).filter(({ type, partId }) => type === "text/plain" && email.bodyValues?.[partId]);
  const value = parts.map(({ partId }) => email.bodyValues[partId].value).join("\n").replace(/\r\n?/g, "\n").trimEnd();
  if (!value) return h("p.message-empty", t("message.empty"));
  const isTruncated = parts.some(({ partId }) => email.bodyValues[partId].isTruncated);
  const runs = quoteRuns(value);
  const pieces = runs.map((run, index) => (run.depth === 0 ? h("div.plain-text", lines(run.lines)) : quoted(run, index === 0 && runs.length > 1)));
  return h("div.plain-body", pieces, isTruncated && h("p.message-truncated", t("message.truncated")));
}

/** A quote of a few lines is shown; a longer one is one line until asked for. */
function quoted(run, isShown) {
  const text = h("blockquote.plain-text", lines(run.lines.map((line) => line.replace(/^>\s?/, ""))));
  return run.lines.length <= 4 || isShown ? text : h("details.quoted", h("summary", t("message.quoted", { count: run.lines.length })), text);
}

const lines = (list) => list.flatMap((line, index) => [
  index > 0 && "\n",
  linkParts(line).map(({ text, href }) => (href ? h("a", { href, target: href.startsWith("mailto:") ? null : "_blank", rel: "noopener noreferrer", dataset: { mailto: href.startsWith("mailto:") } }, text) : text)),
]);
