// Accounts in external resources: what a person has allowed Postroom at providers that sign in by OAuth.

import { Component, fill, h } from "../lib/dom.js";
import { formats, t } from "../lib/i18n.js";
import { path, rest } from "../lib/api.js";
import { confirmDialog } from "../shell/dialog.js";
import { problemNote } from "../shell/problem-note.js";
import { showError } from "../shell/toasts.js";
import { table, tableSkeleton } from "./page-parts.js";

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
      fill(this.list, table(t("grants.title"), [t("grants.account"), t("grants.provider"), t("grants.granted"), t("grants.expires"), ""], grants.map((grant) => [
        h("span", grant.address, h("span.cell-note", (grant.scopes ?? []).join(" "))), grant.providerName,
        grant.grantedAt ? formats.dateTime(grant.grantedAt) : "—", grant.expiresAt ? formats.dateTime(grant.expiresAt) : "—",
        h("button.button.small", { type: "button", onclick: () => this.#disconnect(grant) }, t("grants.disconnect")),
      ])));
    } catch (problem) {
      fill(this.list, problemNote(problem));
    }
  }

  async #disconnect(grant) {
    const isSure = await confirmDialog({ title: t("grants.disconnect.title", { address: grant.address }), text: t("grants.disconnect.text"), action: t("grants.disconnect"), isDangerous: true });
    if (isSure) await rest.delete(path`/grants/${grant.accountId}`).then(() => this.#load(), showError);
  }
}

customElements.define("grants-section", GrantsSection);
