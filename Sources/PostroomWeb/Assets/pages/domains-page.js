// Email provider domains: which provider serves the addresses of a domain.

import { Component, fill, h } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { t } from "../lib/i18n.js";
import { path, rest } from "../lib/api.js";
import { confirmDialog, openDialog } from "../shell/dialog.js";
import { actionButton, selectField, showFaults, textField } from "../shell/fields.js";
import { problemNote } from "../shell/problem-note.js";
import { showError, toast } from "../shell/toasts.js";
import { emptyState, pageHead, table, tableSkeleton } from "./page-parts.js";

class DomainsPage extends Component {
  connected() {
    this.list = h("div.page-list", tableSkeleton());
    const add = h("button.button.primary", { type: "button", onclick: () => this.#add() }, icon("plus"), t("add"));
    fill(this, pageHead(t("domains.title"), t("domains.lead"), add), this.list);
    this.#load();
  }

  async #load() {
    try {
      const [{ domains }, { providers }] = await Promise.all([rest.get("/domains"), rest.get("/providers")]);
      this.providers = providers;
      this.#draw(domains);
    } catch (problem) {
      fill(this.list, problemNote(problem));
    }
  }

  #draw(domains) {
    if (!domains.length) return fill(this.list, emptyState("globe", t("domains.empty.title"), t("domains.empty.text")));
    const mayEdit = (item) => this.providers.find(({ id }) => id === item.providerId)?.mayEdit !== false;
    const rows = domains.toSorted((left, right) => (left.domain < right.domain ? -1 : 1)).map((item) => [
      h("span.domain-name", item.domain), item.providerName,
      mayEdit(item) ? h("button.icon-button", { type: "button", "aria-label": t("domains.remove", { domain: item.domain }), title: t("delete"), onclick: () => this.#remove(item) }, icon("trash")) : "",
    ]);
    return fill(this.list, table(t("domains.title"), [t("domains.domain"), t("domains.provider"), ""], rows));
  }

  async #add() {
    if (!this.providers?.length) return toast(t("domains.noProviders"), { kind: "error" });
    const saved = await openDialog({ title: t("domains.add"), className: "dialog-small" }, (window) => {
      const fields = {
        domain: textField({ label: t("domains.domain"), name: "domain", placeholder: "example.com", isRequired: true, autofocus: true, spellcheck: "false", autocomplete: "off" }),
        providerId: selectField({ label: t("domains.provider"), name: "providerId", value: this.providers[0].id, options: this.providers.map(({ id, name }) => [id, name]) }),
      };
      const problems = h("div");
      const save = actionButton(t("add"), async () => {
        const domain = fields.domain.value.trim().replace(/^.*@/, "").toLowerCase();
        if (!domain) return showFaults(fields, [{ field: "domain", title: t("fault.required") }]);
        try {
          return window.close(await rest.post("/domains", { domain, providerId: fields.providerId.value }));
        } catch (problem) {
          const rest = showFaults(fields, problem.faults);
          return fill(problems, (!problem.faults.length || rest.length) && problemNote(problem));
        }
      }, { className: "button primary", type: "submit" });
      const form = h("form.form", { novalidate: true }, fields.domain.element, fields.providerId.element, problems,
        h("div.dialog-actions", h("button.button", { type: "button", onclick: () => window.close() }, t("cancel")), save));
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        save.run();
      });
      fill(window.body, form);
    });
    if (saved) {
      toast(t("domains.added", { domain: saved.domain }));
      this.#load();
    }
    return undefined;
  }

  async #remove({ domain, providerId, providerName }) {
    if (!(await confirmDialog({ title: t("domains.remove.title", { domain }), text: t("domains.remove.text", { provider: providerName }), action: t("delete"), isDangerous: true }))) return;
    await rest.delete(`${path`/domains/${domain}`}?provider=${encodeURIComponent(providerId)}`).then(() => this.#load(), showError);
  }
}

customElements.define("domains-page", DomainsPage);
