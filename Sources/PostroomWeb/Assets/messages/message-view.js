// One message of a conversation: folded to a line, or open with who, when, attachments and text.

import { Component, fill, h, uniqueId } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { formats, t } from "../lib/i18n.js";
import { displayName, formatAddress, sameAddress } from "../lib/addresses.js";
import { downloadUrl } from "../lib/jmap.js";
import { mail as allMail } from "../model/mail.js";
import { isDraft, isFlagged, isUnread } from "../model/keywords.js";
import { flag, remove } from "../model/actions.js";
import { startCompose } from "../compose/start.js";
import { menuButton } from "../shell/menu.js";
import { deliveryNotes } from "./delivery-notes.js";
import { showError } from "../shell/toasts.js";
import { avatar } from "./avatar.js";
import { attachmentList } from "./attachment-list.js";
import { plainBody } from "./plain-body.js";
import "./html-frame.js";

class MessageView extends Component {
  #mail = null;
  #email = null;
  #isOpen = false;
  #problems = [];

  show(mail, email, isOpen) {
    this.#mail = mail;
    this.#email = email;
    this.#isOpen = isOpen;
    this.role = "article";
    this.#draw();
  }

  /** Takes changed marks; the body of a message never changes. */
  update(email) {
    const before = this.#email;
    this.#email = email;
    if (!before.isFull && email.isFull) this.#draw();
    else this.#drawMarks();
  }

  /** `problems`: what reports say of each sent message, by its Message-ID. */
  tellProblems(problems) {
    const found = problems.get(this.#email.messageId?.[0]) ?? [];
    if (JSON.stringify(found) === JSON.stringify(this.#problems)) return;
    this.#problems = found;
    this.#drawProblems();
  }

  #drawProblems() {
    this.reports.replaceChildren(...deliveryNotes(this.#problems));
    this.reports.hidden = !this.#problems.length;
  }

  #draw() {
    const email = this.#email;
    this.classList.toggle("is-open", this.#isOpen);
    const bodyId = uniqueId("message");
    this.marks = h("span.message-marks");
    const from = email.from?.[0];
    const toggle = h("button.message-toggle", { type: "button", "aria-expanded": String(this.#isOpen), "aria-controls": bodyId, onclick: () => this.#toggle() },
      avatar(from),
      h("span.message-who",
        h("span.message-from", isDraft(email) && h("span.row-draft", t("row.draft")), displayName(from) || t("row.noSender"),
          this.#isOpen && from?.name && h("span.message-address", from.email)),
        h("span.message-line", this.#isOpen ? this.#recipientLine() : email.preview)),
      this.marks,
      h("time.message-time", { datetime: email.receivedAt, title: formats.full(email.receivedAt) }, 
        this.#isOpen && h("span.time-long", formats.dateTime(email.receivedAt)), h("span", { class: this.#isOpen ? "time-short" : "" }, formats.list(email.receivedAt))));
    const head = h("header.message-head", toggle, this.#isOpen && this.#tools());
    this.reports = h("div.message-reports");
    this.#drawProblems();
    this.body = h("div.message-body", { id: bodyId });
    fill(this, head, this.reports, this.body);
    this.setAttribute("aria-label", t("message.from", { from: displayName(from), date: formats.dateTime(email.receivedAt) }));
    if (this.#isOpen) this.#drawBody();
    this.#drawMarks();
  }

  #drawMarks() {
    const email = this.#email;
    this.classList.toggle("is-unread", isUnread(email));
    fill(this.marks, isFlagged(email) && icon("flag", "flag-on"), !this.#isOpen && email.hasAttachment && icon("attachment"));
  }

  #recipientLine() {
    const own = allMail.ownAddresses;
    const name = (address) => (own.some((mine) => sameAddress(mine, address)) ? t("message.toMe") : displayName(address));
    const names = [...new Set([...(this.#email.to ?? []), ...(this.#email.cc ?? [])].map(name))];
    const shown = names.length > 4 ? [...names.slice(0, 3), t("message.more", { count: names.length - 3 })] : names;
    return names.length ? t("message.to", { names: shown.join(", ") }) : t("row.noRecipient");
  }

  #tools() {
    const email = this.#email;
    if (isDraft(email)) {
      return h("span.message-tools", h("button.button.small", { type: "button", onclick: () => startCompose({ kind: "draft", mail: this.#mail, emailId: email.id }).catch(showError) }, t("message.editDraft")));
    }
    return h("span.message-tools",
      h("button.icon-button", { type: "button", "aria-label": t("mail.reply"), title: t("mail.reply"), onclick: () => this.thread.answer("reply", email) }, icon("reply")),
      menuButton({ content: icon("more"), label: t("message.actions"), items: () => this.#menu() }));
  }

  #menu() {
    const email = this.#email;
    const source = email.blobId && downloadUrl(this.#mail.id, { blobId: email.blobId, name: `${(email.subject || "message").slice(0, 60)}.eml`, type: "message/rfc822" });
    return [
      { label: t("mail.replyAll"), icon: "replyAll", onselect: () => this.thread.answer("replyAll", email) },
      { label: t("mail.forward"), icon: "forward", onselect: () => this.thread.answer("forward", email) },
      { label: t(isFlagged(email) ? "mail.unflag" : "mail.flag"), icon: "flag", onselect: () => flag(this.#mail, [email], !isFlagged(email)) },
      "separator",
      { label: t("message.details"), icon: "info", onselect: () => this.#toggleDetails() },
      source && { label: t("message.source"), icon: "download", href: source },
      { label: t("message.delete"), icon: "trash", isDangerous: true, onselect: () => remove(this.#mail, [email], null) },
    ].filter(Boolean);
  }

  #toggle() {
    this.#isOpen = !this.#isOpen;
    this.thread.setOpened(this.#email.id, this.#isOpen);
    this.#email = this.#mail.emails.get(this.#email.id) ?? this.#email;
    this.#draw();
    this.querySelector(".message-toggle").focus({ preventScroll: true });
  }

  #toggleDetails() {
    const old = this.querySelector(".message-details");
    if (old) return old.remove();
    const email = this.#email;
    const line = (label, value) => value && [h("dt", label), h("dd", value)];
    const people = (list) => (list?.length ? list.map(formatAddress).join(", ") : null);
    this.body.prepend(h("dl.message-details",
      line(t("message.detail.from"), people(email.from)), line(t("message.detail.replyTo"), people(email.replyTo)),
      line(t("message.detail.to"), people(email.to)), line(t("message.detail.cc"), people(email.cc)), line(t("message.detail.bcc"), people(email.bcc)),
      line(t("message.detail.date"), formats.full(email.receivedAt)), line(t("message.detail.subject"), email.subject),
      line("Message-ID", email.messageId?.[0]), line(t("message.detail.size"), formats.size(email.size ?? 0))));
    return undefined;
  }

  #drawBody() {
    const email = this.#email;
    if (!email.isFull) {
      fill(this.body, h("div.message-skeleton", Array.from({ length: 4 }, () => h("span.skeleton"))));
      return this.#mail.loadEmail(email.id).then((full) => full && this.isConnected && this.update(full), showError);
    }
    const hasHtml = (email.htmlBody ?? []).some(({ type }) => type === "text/html");
    if (hasHtml) {
      const frame = h("html-frame");
      frame.show(this.#mail, email);
      fill(this.body, frame);
    } else fill(this.body, plainBody(email));
    const list = attachmentList(this.#mail, email);
    if (list) this.body.append(list);
    return undefined;
  }
}

customElements.define("message-view", MessageView);
