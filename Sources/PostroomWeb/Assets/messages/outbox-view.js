// The outbox: what waits, what was refused and by whom, and what needs a person's decision.

import { Component, fill, h, reconcile } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { formats, t } from "../lib/i18n.js";
import { path, rest } from "../lib/api.js";
import { problemNote } from "../shell/problem-note.js";
import { showError, toast } from "../shell/toasts.js";
import { startCompose } from "../compose/start.js";
import { confirmDialog } from "../shell/dialog.js";
import { deliveryNotes, deliveryWord } from "./delivery-notes.js";

const marks = { queued: "clock", sending: "sent", sent: "check", refused: "warning", unknown: "question", canceled: "close", returned: "warning", partlyReturned: "warning" };

class OutboxView extends Component {
  #mail = null;
  #abort = null;

  connected() {
    this.list = h("div.outbox-list");
    fill(this, this.list);
  }

  disconnected() {
    this.#abort?.abort();
  }

  show(mail) {
    this.#abort?.abort();
    this.#abort = new AbortController();
    this.#mail = mail;
    fill(this.list, Array.from({ length: 3 }, () => h("div.skeleton.outbox-skeleton")));
    mail.addEventListener("submissions", () => this.#load(), { signal: this.#abort.signal });
    this.#load();
  }

  async #load() {
    const account = this.#mail;
    try {
      const { submissions } = await rest.get(path`/accounts/${account.account.id}/submissions`);
      if (account !== this.#mail) return;
      this.list.querySelectorAll(":scope > :not(outbox-item)").forEach((item) => item.remove());
      if (!submissions.length) return void fill(this.list, h("div.empty", icon("outbox", "large"), h("h3", t("outbox.empty")), h("p", t("outbox.empty.text"))));
      reconcile(this.list, submissions, {
        key: ({ id }) => id,
        make: (item) => this.#draw(h("outbox-item"), item),
        update: (element, item) => this.#draw(element, item),
      });
    } catch (error) {
      fill(this.list, problemNote(error));
    }
  }

  #draw(element, item) {
    const signature = JSON.stringify(item);
    if (element.signature === signature) return element;
    element.signature = signature;
    const refused = item.recipients.filter(({ verdict }) => verdict === "refused");
    const isReturned = item.state === "sent" && item.deliveryProblems.some(({ isFinal }) => isFinal);
    const reachesSome = item.recipients.some(({ delivered }) => delivered !== "no");
    const state = !isReturned ? item.state : reachesSome ? "partlyReturned" : "returned";
    const button = (label, action, className = "") => h("button.button.small", { type: "button", class: className, onclick: action }, label);
    element.className = "outbox-item";
    return fill(element,
      h("header.outbox-head", { dataset: { state } }, icon(marks[state]), h("strong", t(`submission.${state}`)), h("time", { datetime: item.createdAt }, formats.dateTime(item.createdAt))),
      h("p.outbox-subject", item.subject || t("mail.noSubject")),
      h("ul.outbox-recipients", { role: "list" }, item.recipients.map((recipient) => h("li", { dataset: { verdict: deliveryWord(recipient) } },
        h("span", recipient.address), h("span.recipient-verdict", t(`recipient.${deliveryWord(recipient)}`)), recipient.reply && deliveryWord(recipient) === recipient.verdict && h("q.server-words", recipient.reply)))),
      item.diagnosis && problemNote({ ...item.diagnosis, serverText: item.diagnosis.serverText || item.serverReply }, { level: item.state === "queued" ? "warning" : "error", isAlert: false }),
      deliveryNotes(item.deliveryProblems),
      item.state === "unknown" && h("p", t("outbox.unknown.text")),
      item.state === "queued" && item.nextAttemptAt && h("p.outbox-next", t("outbox.next", { time: formats.relative(item.nextAttemptAt) })),
      h("div.outbox-actions",
        item.state === "unknown" && [button(t("outbox.resend"), () => this.#resend(item, true), "primary"), button(t("outbox.isSent"), () => this.#post(item, "dismiss"))],
        item.state === "refused" && [
          button(t("outbox.edit"), () => startCompose({ kind: "draft", mail: this.#mail, emailId: item.emailId, isCopy: true }).catch(showError), "primary"),
          refused.length < item.recipients.length ? null : button(t("outbox.retry"), () => this.#resend(item, false)),
          button(t("outbox.dismiss"), () => this.#post(item, "dismiss")),
        ],
        isReturned && item.emailId && button(t("outbox.edit"), () => startCompose({ kind: "draft", mail: this.#mail, emailId: item.emailId, isCopy: true }).catch(showError), "primary"),
        item.state === "sent" && refused.length > 0 && button(t("outbox.dismiss"), () => this.#post(item, "dismiss"))));
  }

  async #resend(item, isRisky) {
    const isSure = !isRisky || (await confirmDialog({ title: t("outbox.resend.title"), text: t("outbox.resend.text"), action: t("outbox.resend") }));
    if (isSure) await this.#post(item, "resend");
  }

  async #post(item, what) {
    try {
      await rest.post(path`/accounts/${this.#mail.account.id}/submissions/${item.id}/${what}`);
      if (what === "resend") toast(t("submission.queued"));
      await this.#load();
      this.#mail.dispatchEvent(new Event("submissions"));
    } catch (error) {
      showError(error);
    }
  }
}

customElements.define("outbox-view", OutboxView);
