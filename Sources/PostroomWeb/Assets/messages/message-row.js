// One row of the list: who, when, subject, first words, marks.

import { fill, h, uniqueId } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { formats, t } from "../lib/i18n.js";
import { displayName, sameAddress, shortName } from "../lib/addresses.js";
import { isDraft, isFlagged, isUnread } from "../model/keywords.js";
import { mail as allMail } from "../model/mail.js";
import { avatar } from "./avatar.js";

/** `item`: {index, id, list, isSelected}; a row without an id waits for its page. */
export function makeRow(item) {
  const row = h("div.row", { role: "option", id: uniqueId("row"), draggable: "true" });
  updateRow(row, item);
  return row;
}

export function updateRow(row, item) {
  row.index = item.index;
  row.setAttribute("aria-posinset", item.index + 1);
  row.setAttribute("aria-setsize", item.list.total);
  row.setAttribute("aria-selected", String(item.isSelected));
  const email = item.id && item.list.mail.emails.get(item.id);
  if (!email) return row.childElementCount ? undefined : fill(row, h("span.skeleton.round"), h("span.skeleton-lines", h("span.skeleton"), h("span.skeleton")));
  const group = item.list.group(item.id);
  // Drawing again only what differs keeps hovering and scrolling smooth.
  const signature = JSON.stringify([group.map(({ id, keywords }) => [id, keywords]), email.subject, email.preview, item.isSelected, formats.dayKey(Date.now())]);
  if (row.signature === signature) return undefined;
  row.signature = signature;
  draw(row, email, group, item);
  return undefined;
}

function draw(row, email, group, { list, isSelected }) {
  const hasUnread = group.some(isUnread);
  const hasFlag = group.some(isFlagged);
  const who = people(email, group, list);
  const threadSize = list.collapseThreads ? (list.mail.threads.get(email.threadId) ?? []).length : 1;
  const subject = email.subject?.trim() || t("mail.noSubject");
  row.classList.toggle("is-unread", hasUnread);
  row.classList.toggle("is-selected", isSelected);
  row.setAttribute("aria-label", [
    hasUnread && t("row.unread"), hasFlag && t("row.flagged"), who.text, subject, formats.list(email.receivedAt),
    email.hasAttachment && t("row.attachment"), threadSize > 1 && t("row.thread", { count: threadSize }),
  ].filter(Boolean).join(", "));
  fill(row,
    h("span.row-mark", { dataset: { action: "select" } }, avatar(who.first), h("span.row-check", icon("check"))),
    h("span.row-dot"),
    h("span.row-words",
      h("span.row-top",
        h("span.row-from", isDraft(email) && h("span.row-draft", t("row.draft")), who.text),
        threadSize > 1 && h("span.row-count", formats.number(threadSize)),
        email.keywords?.$answered && icon("reply", "row-answered"),
        email.keywords?.$forwarded && icon("forward", "row-answered"),
        email.hasAttachment && icon("attachment", "row-attachment"),
        h("time.row-time", { datetime: email.receivedAt, title: formats.full(email.receivedAt) }, formats.list(email.receivedAt))),
      h("span.row-subject", subject),
      h("span.row-preview", email.preview || "\u00a0")),
    h("span.row-tools",
      list.mail.withRole("archive") && h("span.row-tool", { dataset: { action: "archive" }, title: t("mail.archive") }, icon("archive")),
      h("span.row-tool", { dataset: { action: "remove" }, title: t("mail.delete") }, icon("trash"))),
    h("span.row-flag", { dataset: { action: "flag" }, class: hasFlag ? "is-on" : "", title: t(hasFlag ? "mail.unflag" : "mail.flag") }, icon("flag")));
}

/** Who a row is about: recipients for what one sent oneself, everybody who wrote in a conversation. */
function people(email, group, list) {
  const own = allMail.ownAddresses;
  const isOwn = (address) => own.some((mine) => sameAddress(mine, address));
  const role = list.mail.mailboxes.get(list.mailboxId)?.role;
  const from = email.from?.[0];
  if (role === "sent" || role === "drafts" || (role !== "inbox" && isOwn(from) && group.length === 1)) {
    const to = email.to ?? [];
    const text = to.length ? t("row.to", { names: (to.length > 1 ? to.map(shortName) : to.map(displayName)).join(", ") }) : t("row.noRecipient");
    return { text, first: to[0] ?? from };
  }
  const writers = [];
  for (const item of group) {
    const writer = item.from?.[0];
    if (writer && !writers.some((other) => sameAddress(other, writer))) writers.push(writer);
  }
  if (writers.length <= 1) return { text: displayName(from) || t("row.noSender"), first: from };
  return { text: writers.map((writer) => (isOwn(writer) ? t("row.me") : shortName(writer))).join(", "), first: writers.findLast((writer) => !isOwn(writer)) ?? from };
}
