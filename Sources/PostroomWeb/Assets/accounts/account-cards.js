// The accounts of a person as cards with their state and what can be done: for the accounts page and the profile's window.

import { Component, fill, h, reconcile } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { t } from "../lib/i18n.js";
import { path, rest } from "../lib/api.js";
import { forgetSession } from "../lib/jmap.js";
import { mail } from "../model/mail.js";
import { session } from "../model/session.js";
import { avatar } from "../messages/avatar.js";
import { confirmDialog, openDialog } from "../shell/dialog.js";
import { menuButton } from "../shell/menu.js";
import { problemNote } from "../shell/problem-note.js";
import { showError, toast } from "../shell/toasts.js";
import { emptyState, tableSkeleton } from "../pages/page-parts.js";
import { accountSettings } from "./account-settings.js";
import { examine } from "./stages.js";
import { needsSignIn, signInAgain } from "./sign-in-again.js";
import { statusLine } from "./status.js";

class AccountCards extends Component {
  connected() {
    this.list = h("ul.cards", { role: "list" });
    this.message = h("div", tableSkeleton());
    fill(this, this.message, this.list);
    this.listen(mail, "accounts", () => this.#draw());
    const timer = setInterval(() => this.#draw(), 30_000);
    this.signal.addEventListener("abort", () => clearInterval(timer));
    mail.start().then(() => this.isConnected && this.#draw(), (error) => fill(this.message, problemNote(error)));
  }

  #draw() {
    if (!mail.isLoaded) return;
    const accounts = [...mail.accounts.values()].map(({ account }) => account);
    fill(this.message, !accounts.length && emptyState("mail", t("accounts.empty.title"), t("accounts.empty.text")));
    reconcile(this.list, accounts, { key: ({ id }) => id, make: (account) => this.#card(h("li.card"), account), update: (card, account) => this.#card(card, account) });
  }

  #card(card, account) {
    const { text, level } = statusLine(account);
    const signature = JSON.stringify(account) + text;
    if (card.signature === signature) return card;
    card.signature = signature;
    card.setAttribute("aria-label", account.address);
    const { diagnosis } = account.status ?? {};
    const isOwn = account.access === "owner";
    const waitsForPerson = needsSignIn(account);
    return fill(card,
      h("div.card-head", avatar({ name: account.senderName || account.displayName, email: account.address }),
        h("div.card-words", h("h3", account.displayName || account.address), h("p", [account.displayName && account.address, account.providerName].filter(Boolean).join(" · "))),
        account.isDefault && h("span.tag", t("accounts.default")),
        isOwn ? h("button.button.small", { type: "button", onclick: () => accountSettings(account) }, icon("settings"), t("account.settings"))
          : h("span.tag", { dataset: { level: "quiet" } }, t("account.sharedBy", { name: account.userName, right: t(`share.${account.access}`) })),
        menuButton({ content: icon("more"), label: t("accounts.actions", { name: account.address }), items: () => this.#menu(account) })),
      h("p.state-line", { dataset: { level } }, h("span.state-dot"), h("span", text)),
      waitsForPerson && h("div.card-sign-in", problemNote(account.grant?.diagnosis ?? { title: t("oauth.needed") }, { isAlert: false }),
        h("button.button.primary", { type: "button", onclick: () => signInAgain(account) }, icon("external"), t("oauth.again"))),
      !waitsForPerson && diagnosis && ["bad", "warning"].includes(level) && problemNote(diagnosis, { isAlert: false, level: level === "bad" ? "error" : "warning" }),
      account.status?.phase === "syncing" && account.status.total > 0 && h("progress", { max: account.status.total, value: account.status.done, "aria-label": t("status.syncing") }));
  }

  #menu(account) {
    if (account.access !== "owner") {
      return [
        { label: t("account.open"), icon: "inbox", href: `/mail#/${account.jmapAccountId}` },
        { label: t("account.leave"), icon: "trash", isDangerous: true, onselect: () => this.#leave(account) },
      ];
    }
    const isPaused = account.isPaused || account.status?.phase === "paused";
    return [
      { label: t("account.open"), icon: "inbox", href: `/mail#/${account.jmapAccountId}` },
      { label: t("account.syncNow"), icon: "refresh", onselect: () => this.#post(account, "sync") },
      isPaused ? { label: t("account.resume"), icon: "play", onselect: () => this.#post(account, "resume") } : { label: t("account.pause"), icon: "pause", onselect: () => this.#post(account, "pause") },
      account.authentication === "oauth2" && { label: t("oauth.again"), icon: "external", onselect: () => signInAgain(account) },
      { label: t("doctor.run"), icon: "pulse", onselect: () => this.#examine(account) },
      "separator",
      { label: t("account.remove"), icon: "trash", isDangerous: true, onselect: () => this.#remove(account) },
    ].filter(Boolean);
  }

  async #post(account, what) {
    try {
      mail.takeAccount(await rest.post(path`/accounts/${account.id}/${what}`));
    } catch (error) {
      showError(error);
    }
  }

  #examine(account) {
    openDialog({ title: t("doctor.title", { address: account.address }) }, (window) => {
      const place = h("div");
      fill(window.body, h("p.step-lead", t("doctor.lead")), place);
      return examine(account, place, { signal: window.signal });
    });
  }

  async #leave(account) {
    const isSure = await confirmDialog({ title: t("account.leave.title", { address: account.address }), text: t("account.leave.text"), action: t("account.leave"), isDangerous: true });
    if (isSure) await this.#take(account, path`/accounts/${account.id}/shares/${session.user.id}`);
  }

  async #remove(account) {
    const isSure = await confirmDialog({ title: t("account.remove.title", { address: account.address }), text: t("account.remove.text"), action: t("account.remove"), isDangerous: true });
    if (isSure) await this.#take(account, path`/accounts/${account.id}`);
  }

  async #take(account, address) {
    try {
      await rest.delete(address);
      forgetSession();
      await mail.reload();
      toast(t("account.removed", { address: account.address }));
    } catch (error) {
      showError(error);
    }
  }
}

customElements.define("account-cards", AccountCards);
