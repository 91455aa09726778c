// Accounts in external resources: what a person has allowed Postroom at providers that sign in by OAuth.

import { Component, fill, h } from "../lib/dom.js";
import { t } from "../lib/i18n.js";
import { path, rest } from "../lib/api.js";
import { confirmDialog } from "../shell/dialog.js";
import { problemNote } from "../shell/problem-note.js";
import { showError } from "../shell/toasts.js";
import { grantHealth } from "../accounts/grant-health.js";
import { tableSkeleton } from "./page-parts.js";

class GrantsSection extends Component {
  connected() {
    this.list = h("div", tableSkeleton(1));
    fill(this, h("section.page-section", h("h2", t("grants.title")), h("p.page-lead", t("grants.lead")), this.list));
    this.#load();
  }

  async #load() {
    try {
      const { grants } = await rest.get("/grants");
      if (!grants.length) return void fill(this.list, h("p.section-empty", t("grants.empty")));
      fill(this.list, h("ul.cards", { role: "list" }, grants.map((grant) => h("li.grant", { "aria-label": grant.address },
        h("div.card-head", h("div.card-words", h("h3", grant.address), h("p", grant.providerName)),
          grant.state !== "active" && h("a.button.small.primary", { href: path`/#/accounts/${grant.accountId}?sign-in=1` }, t("oauth.again")),
          h("button.button.small", { type: "button", onclick: () => this.#disconnect(grant) }, t("grants.disconnect"))),
        grant.diagnosis && problemNote(grant.diagnosis, { level: "warning", isAlert: false }),
        grantHealth(grant)))));
    } catch (problem) {
      fill(this.list, problemNote(problem));
    }
  }

  async #disconnect(grant) {
    const isSure = await confirmDialog({ title: t("grants.disconnect.title", { address: grant.address }), text: t(grant.revocable ? "grants.disconnect.text" : "grants.disconnect.irrevocable", { name: grant.providerName }), action: t("grants.disconnect"), isDangerous: true });
    if (isSure) await rest.delete(path`/grants/${grant.accountId}`).then(() => this.#load(), showError);
  }
}

customElements.define("grants-section", GrantsSection);
