// The first page: how the accounts are, and what is to be done first on a new server.

import { Component, fill, h } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { formats, t } from "../lib/i18n.js";
import { rest } from "../lib/api.js";
import { mail } from "../model/mail.js";
import { session } from "../model/session.js";
import { newAccount } from "../accounts/new-account.js";
import { statusLine } from "../accounts/status.js";
import { avatar } from "../messages/avatar.js";
import { pageHead } from "./page-parts.js";

class HomePage extends Component {
  connected() {
    this.accounts = h("section.home-accounts");
    this.steps = h("section.page-section");
    const name = session.user.displayName || session.user.name;
    fill(this, pageHead(t("home.hello", { name }), t("home.lead"), h("a.button.primary", { href: "/mail" }, icon("mail"), t("home.openMail"))), this.accounts, this.steps);
    this.listen(mail, "accounts", () => this.#draw());
    mail.start().then(() => this.#loadMail(), () => {});
    if (mail.isLoaded) this.#loadMail();
    this.#loadSteps();
  }

  async #loadMail() {
    if (!this.isConnected) return;
    this.#draw();
    for (const account of mail.accounts.values()) {
      this.listen(account, "mailboxes", () => this.#draw());
      account.load().catch(() => {});
    }
  }

  #draw() {
    if (!mail.isLoaded) return;
    const accounts = [...mail.accounts.values()];
    fill(this.accounts, accounts.map((item) => {
      const { text, level } = statusLine(item.account);
      const unread = item.withRole("inbox")?.unreadEmails;
      return h("a.home-account", { href: `/mail#/${encodeURIComponent(item.id)}` },
        avatar({ name: item.account.senderName || item.account.displayName, email: item.account.address }),
        h("span.card-words", h("strong", item.account.displayName || item.account.address), h("span.state-line", { dataset: { level } }, h("span.state-dot"), text)),
        unread !== undefined && h("span.home-unread", h("b", formats.number(unread)), t("home.unread", { count: unread })));
    }));
    this.#drawSteps();
  }

  async #loadSteps() {
    const [providers, users] = await Promise.all([
      rest.get("/providers").then((answer) => answer.providers, () => []),
      session.user.isAdmin ? rest.get("/users").then((answer) => answer.users, () => []) : [],
    ]);
    Object.assign(this, { providers, users });
    if (this.isConnected) this.#drawSteps();
  }

  #drawSteps() {
    if (!this.providers || !mail.isLoaded) return;
    const steps = [
      { isDone: mail.accounts.size > 0, title: t("home.step.account"), text: t("home.step.account.text"), action: h("button.button", { type: "button", onclick: () => newAccount() }, icon("plus"), t("menu.newAccount")) },
      session.mayAddProviders && { isDone: this.providers.length > 0, title: t("home.step.provider"), text: t("home.step.provider.text"), action: h("a.button", { href: "/#/providers" }, t("home.step.provider.go")) },
      session.user.isAdmin && { isDone: this.users.length > 1, title: t("home.step.users"), text: t("home.step.users.text"), action: h("a.button", { href: "/#/users" }, t("home.step.users.go")) },
    ].filter(Boolean);
    if (steps.every(({ isDone }) => isDone)) return void fill(this.steps);
    fill(this.steps, h("h2", t("home.steps")), h("ol.steps", { role: "list" }, steps.map(({ isDone, title, text, action }) =>
      h("li.step", { class: isDone ? "is-done" : "" }, h("span.step-mark", isDone && icon("check")),
        h("div.card-words", h("strong", title, isDone && h("span.visually-hidden", ` — ${t("done")}`)), h("p", text)), !isDone && action))));
  }
}

customElements.define("home-page", HomePage);
