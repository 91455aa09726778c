// Which account is shown: a button with its address and state, and a menu of all of them.

import { Component, fill, h } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { t } from "../lib/i18n.js";
import { mail } from "../model/mail.js";
import { menuButton } from "../shell/menu.js";
import { avatar } from "./avatar.js";
import { statusLine } from "../accounts/status.js";
import { newAccount } from "../accounts/new-account.js";

export const accountName = (account) => account.displayName || account.address;

class AccountSwitcher extends Component {
  #drawn = null;

  draw() {
    const current = this.view.mail?.account;
    const { text, level } = current ? statusLine(current) : {};
    const signature = current ? `${current.id} ${accountName(current)} ${text}` : "";
    if (signature === this.#drawn) return undefined;
    this.#drawn = signature;
    if (!current) return fill(this, h("div.switcher-empty", t("app.name")));
    const unread = (item) => item.withRole("inbox")?.unreadEmails ?? 0;
    const content = [
      avatar({ name: current.senderName || current.displayName, email: current.address }),
      h("span.switcher-words", h("span.switcher-name", accountName(current)), h("span.switcher-status", { dataset: { level } }, text)),
      icon("down"),
    ];
    const button = menuButton({
      content, className: "switcher-button", align: "start",
      items: () => [
        ...[...mail.accounts.values()].map((item) => ({
          label: accountName(item.account), detail: unread(item) || "", isChecked: item.account.id === current.id,
          onselect: () => this.view.open({ account: item.id, folder: null, email: null, search: "" }),
        })),
        "separator",
        { label: t("menu.newAccount"), icon: "plus", onselect: () => newAccount() },
        { label: t("menu.accounts"), icon: "settings", href: "/#/accounts" },
      ],
    });
    button.setAttribute("aria-label", t("mail.account", { name: accountName(current), status: text }));
    return fill(this, button);
  }
}

customElements.define("account-switcher", AccountSwitcher);
