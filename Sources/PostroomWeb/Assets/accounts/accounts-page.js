// "Go to mailbox settings": the accounts, and Add.

import { Component, fill, h } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { t } from "../lib/i18n.js";
import { mail } from "../model/mail.js";
import { pageHead } from "../pages/page-parts.js";
import { newAccount } from "./new-account.js";
import { accountSettings } from "./account-settings.js";
import { signInAgain } from "./sign-in-again.js";
import "./account-cards.js";

class AccountsPage extends Component {
  connected() {
    const add = h("button.button.primary", { type: "button", onclick: () => newAccount() }, icon("plus"), t("add"));
    fill(this, pageHead(t("accounts.title"), t("accounts.lead"), add), h("account-cards"));
    if (this.params?.id) mail.start().then(() => {
      const wanted = mail.byAccountId(this.params.id);
      if (!wanted || !this.isConnected) return;
      // The link that an administrator sends to people who must sign in again.
      if (this.query?.["sign-in"] && wanted.account.authentication === "oauth2") signInAgain(wanted.account);
      else accountSettings(wanted.account);
    });
  }
}

customElements.define("accounts-page", AccountsPage);
