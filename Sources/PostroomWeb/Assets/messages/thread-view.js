// The opened conversation: a head with subject and actions, and its messages, read ones folded.

import { Component, fill, h, reconcile } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { t } from "../lib/i18n.js";
import { markRead } from "../model/actions.js";
import { isDraft, isFlagged, isUnread } from "../model/keywords.js";
import { startCompose } from "../compose/start.js";
import { menuButton } from "../shell/menu.js";
import { problemNote } from "../shell/problem-note.js";
import { path, rest } from "../lib/api.js";
import { showError } from "../shell/toasts.js";
import { moveMenu } from "./move-menu.js";
import "./message-view.js";

class ThreadView extends Component {
  #mail = null;
  #id = null;
  #abort = null;
  #opened = new Set();
  /** What came back about sent messages, by Message-ID. */
  #problems = new Map();

  isShowing(id) {
    return this.#id === id;
  }

  disconnected() {
    this.#abort?.abort();
  }

  /** `hasMail`: whether there is anything to choose from. */
  showNothing(hasMail) {
    this.#abort?.abort();
    this.#id = null;
    if (!hasMail) return fill(this);
    return fill(this, h("div.empty.quiet", icon("mail", "large"), h("p", t("mail.nothingOpen")), h("p.empty-hint", t("mail.nothingOpen.hint"))));
  }

  async show(mail, id, list) {
    this.#abort?.abort();
    const abort = (this.#abort = new AbortController());
    Object.assign(this, { list });
    this.#mail = mail;
    this.#id = id;
    this.#opened = new Set();
    this.#problems = new Map();
    const known = mail.emails.get(id);
    this.scrollTop = 0;
    this.subject = h("h2.thread-subject", known?.subject || (known ? t("mail.noSubject") : ""));
    this.tools = h("div.thread-tools", { role: "toolbar", "aria-label": t("mail.actions") });
    this.messages = h("div.thread-messages");
    fill(this, h("header.thread-head", this.tools, this.subject), this.messages);
    fill(this.messages, h("div.message-skeleton", { role: "status", "aria-label": t("loading") }, Array.from({ length: 7 }, () => h("span.skeleton"))));
    this.drawTools();
    try {
      const email = known ?? (await mail.loadEmail(id));
      if (!email) {
        const now = await mail.findPresent(id);
        if (abort.signal.aborted) return undefined;
        return now ? this.view.open({ email: now }) : this.#gone();
      }
      const emails = await mail.loadThread(email.threadId);
      if (abort.signal.aborted) return undefined;
      this.#chooseOpened(emails);
    } catch (error) {
      if (!abort.signal.aborted) fill(this.messages, problemNote(error), h("button.button", { type: "button", onclick: () => this.show(mail, id, list) }, t("retry")));
      return undefined;
    }
    mail.addEventListener("emails", (event) => this.#changed(event.detail), { signal: abort.signal });
    mail.addEventListener("submissions", () => this.#lookForProblems(), { signal: abort.signal });
    this.#lookForProblems();
    this.draw();
    this.#markSeen();
    return this.messages.querySelector("message-view.is-open:not(:first-child)")?.scrollIntoView({ block: "start" });
  }

  /** Unread ones and the last are open; where a search found an older one, that too. */
  #chooseOpened(emails) {
    const shown = this.#shown(emails);
    for (const email of shown) if (isUnread(email) || isFlagged(email)) this.#opened.add(email.id);
    if (shown.length) this.#opened.add(shown.filter((email) => !isDraft(email)).at(-1)?.id ?? shown.at(-1).id);
    this.#opened.add(this.#id);
  }

  /** What is in the Trash or Junk is shown only there. */
  #shown(emails) {
    const hidden = ["trash", "junk"].map((role) => this.#mail.withRole(role)?.id).filter((id) => id && id !== this.list?.mailboxId);
    const shown = emails.filter((email) => Object.keys(email.mailboxIds ?? {}).some((id) => !hidden.includes(id)) || email.id === this.#id);
    return shown.toSorted((left, right) => (left.receivedAt < right.receivedAt ? -1 : 1));
  }

  get emails() {
    const email = this.#mail?.emails.get(this.#id);
    return email ? this.#shown(this.#mail.thread(email.threadId)) : [];
  }

  /** The message an answer is to: the last one that is not a draft. */
  get lastEmail() {
    return this.emails.filter((email) => !isDraft(email)).at(-1) ?? this.emails.at(-1) ?? null;
  }

  draw() {
    const emails = this.emails;
    if (!emails.length) return this.#gone();
    this.messages.querySelector(":scope > .message-skeleton")?.remove();
    this.subject.textContent = emails[0].subject?.trim() || t("mail.noSubject");
    reconcile(this.messages, emails, {
      key: (email) => email.id,
      make: (email) => {
        const view = h("message-view");
        view.thread = this;
        view.show(this.#mail, email, this.#opened.has(email.id));
        return view;
      },
      update: (view, email) => view.update(email),
    });
    for (const view of this.messages.querySelectorAll(":scope > message-view")) view.tellProblems(this.#problems);
    this.drawTools();
    return undefined;
  }

  /** Whom messages of this conversation did not reach. Only of a conversation with a message of one's own is it asked. */
  async #lookForProblems() {
    const id = this.#id;
    const sent = this.#mail.withRole("sent")?.id;
    const own = (email) => !isDraft(email) && (email.mailboxIds?.[sent] || this.#mail.identities?.some((identity) => identity.email === email.from?.[0]?.email));
    const email = this.#mail.emails.get(id);
    if (!email || !this.emails.some(own)) return;
    const answer = await rest.get(path`/accounts/${this.#mail.account.id}/submissions?thread=${email.threadId}`).catch(() => null);
    if (!answer || id !== this.#id || !this.isConnected) return;
    this.#problems = new Map();
    // Newest first: of a message that was sent again, what became of that counts.
    for (const { messageId, deliveryProblems } of answer.submissions) if (!this.#problems.has(messageId)) this.#problems.set(messageId, deliveryProblems);
    this.draw();
  }

  drawTools() {
    const { view } = this;
    const ids = [this.#id];
    const emails = this.emails;
    const signature = JSON.stringify([this.#id, emails.some(isFlagged), this.#mail?.withRole("archive")?.id]);
    if (this.tools.signature === signature) return;
    this.tools.signature = signature;
    const tool = (name, label, action, extra = {}) => h("button.icon-button", { type: "button", "aria-label": label, title: label, onclick: action, ...extra }, icon(name));
    fill(this.tools,
      h("button.icon-button.thread-back", { type: "button", "aria-label": t("back"), onclick: () => view.back() }, icon("back")),
      tool("reply", t("mail.reply"), () => this.answer("reply")),
      tool("replyAll", t("mail.replyAll"), () => this.answer("replyAll")),
      tool("forward", t("mail.forward"), () => this.answer("forward")),
      h("span.tool-gap"),
      this.#mail?.withRole("archive") && tool("archive", t("mail.archive"), () => view.act("archive", ids)),
      tool("trash", t("mail.delete"), () => view.act("remove", ids)),
      tool("flag", t(emails.some(isFlagged) ? "mail.unflag" : "mail.flag"), () => view.act("flag", ids), { "aria-pressed": String(emails.some(isFlagged)), class: "flag-tool" }),
      menuButton({ content: icon("move"), label: t("mail.move"), items: () => moveMenu(this.#mail, (id) => view.act("move", ids, id), this.list?.mailboxId) }),
      menuButton({
        content: icon("more"), label: t("mail.more"),
        items: () => [
          { label: t("mail.markUnread"), icon: "unread", onselect: () => view.act("unread", ids) },
          this.#mail.withRole("junk") && { label: t("mail.junk"), icon: "junk", onselect: () => view.act("junk", ids) },
          { label: t("mail.print"), icon: "external", onselect: () => print() },
        ].filter(Boolean),
      }));
  }

  setOpened(id, isOpen) {
    if (isOpen) this.#opened.add(id);
    else this.#opened.delete(id);
    const email = this.#mail.emails.get(id);
    if (isOpen && email && isUnread(email)) markRead(this.#mail, [email]);
  }

  answer(kind, email = this.lastEmail) {
    return email ? startCompose({ kind, mail: this.#mail, emailId: email.id }).catch(showError) : false;
  }

  #markSeen() {
    const emails = this.emails.filter((email) => this.#opened.has(email.id) && isUnread(email));
    if (emails.length) markRead(this.#mail, emails);
  }

  /** A message that came into this conversation is fetched and shown; what left it goes. */
  async #changed(ids) {
    const now = this.#mail.present(this.#id);
    if (now !== this.#id) return this.view.open({ email: now });
    const email = this.#mail.emails.get(this.#id);
    if (!email) return this.#gone();
    const id = this.#id;
    const known = new Set(this.#mail.threads.get(email.threadId));
    const isConcerned = [...ids].some((item) => known.has(item) || this.#mail.emails.get(item)?.threadId === email.threadId || !this.#mail.emails.has(item));
    if (!isConcerned) return undefined;
    const before = new Set(known);
    if ([...ids].some((item) => !known.has(item)) || this.emails.some((item) => !item.isFull)) await this.#mail.loadThread(email.threadId).catch(() => {});
    if (id !== this.#id || !this.isConnected) return undefined;
    for (const item of this.emails) if (!before.has(item.id)) this.#opened.add(item.id);
    return this.draw();
  }

  #gone() {
    if (this.#id) fill(this.messages, h("div.empty.quiet", h("p", t("mail.gone"))));
  }
}

customElements.define("thread-view", ThreadView);
