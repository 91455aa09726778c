// Where a provider's sign-in page sends the browser back to.

import { Component, fill, h } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { t } from "../lib/i18n.js";
import { path, rest } from "../lib/api.js";
import { navigate } from "../lib/router.js";
import { mail } from "../model/mail.js";
import { newAccount } from "../accounts/new-account.js";
import { signInAgain } from "../accounts/sign-in-again.js";
import { takeLeft } from "../accounts/sign-in-at.js";
import { problemNote } from "../shell/problem-note.js";

class SignedInPage extends Component {
  connected() {
    const { id } = this.params;
    const left = takeLeft(id);
    // The window that began it waits for it, and this one was opened for nothing else.
    if (!left) close();
    fill(this, h("section.page-section.signed-in", icon("check", "large"), h("h1", t("signedIn.title")), h("p", t("signedIn.text")),
      h("div.dialog-actions", h("button.button", { type: "button", onclick: () => this.#goOn(null) }, t("signedIn.goOn")))));
    if (left) this.#goOn(left);
  }

  /** The account's window goes on here: this tab left it, or the one that waited is gone. */
  async #goOn(left) {
    const { id } = this.params;
    try {
      const attempt = left ?? await rest.get(path`/oauth/sign-ins/${id}`);
      await mail.start();
      navigate("/#/accounts", { replace: true });
      const again = attempt.accountId && mail.byAccountId(attempt.accountId)?.account;
      if (again) return signInAgain(again, id);
      const provider = left?.provider ?? await rest.get(path`/providers/${attempt.providerId}`);
      return newAccount({ address: attempt.address, provider, begun: id });
    } catch (problem) {
      return fill(this, problemNote(problem));
    }
  }
}

customElements.define("signed-in-page", SignedInPage);
