// Tokens with which programs speak to Postroom in this person's name.

import { Component, fill, h } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { formats, t } from "../lib/i18n.js";
import { path, rest } from "../lib/api.js";
import { confirmDialog, openDialog } from "../shell/dialog.js";
import { actionButton, selectField, showFaults, textField } from "../shell/fields.js";
import { problemNote } from "../shell/problem-note.js";
import { showError, toast } from "../shell/toasts.js";
import { table, tableSkeleton } from "./page-parts.js";

const lifetimes = [["", "tokens.never"], ["30", "tokens.30"], ["90", "tokens.90"], ["365", "tokens.365"]];

class TokensSection extends Component {
  connected() {
    this.list = h("div", tableSkeleton(1));
    const add = h("button.button.small", { type: "button", onclick: () => this.#create() }, icon("plus"), t("tokens.create"));
    fill(this, h("section.page-section", h("div.section-head", h("h2", t("tokens.title")), add), h("p.page-lead", t("tokens.lead")), this.list));
    this.#load();
  }

  async #load() {
    try {
      const { tokens } = await rest.get("/tokens");
      if (!tokens.length) return void fill(this.list, h("p.section-empty", t("tokens.empty")));
      fill(this.list, table(t("tokens.title"), [t("tokens.name"), t("tokens.created"), t("tokens.lastUsed"), t("tokens.expires"), ""], tokens.map((token) => [
        token.name, formats.date(token.createdAt), token.lastUsedAt ? formats.relative(token.lastUsedAt) : t("tokens.unused"), token.expiresAt ? formats.date(token.expiresAt) : t("tokens.never"),
        h("button.icon-button", { type: "button", "aria-label": t("tokens.revoke.name", { name: token.name }), title: t("tokens.revoke"), onclick: () => this.#revoke(token) }, icon("trash")),
      ])));
    } catch (problem) {
      fill(this.list, problemNote(problem));
    }
  }

  async #create() {
    await openDialog({ title: t("tokens.create"), className: "dialog-small" }, (window) => {
      const fields = {
        name: textField({ label: t("tokens.name"), name: "name", isRequired: true, autofocus: true, hint: t("tokens.name.hint") }),
        expiresAt: selectField({ label: t("tokens.expires"), name: "expiresAt", value: "90", options: lifetimes.map(([value, key]) => [value, t(key)]) }),
      };
      const problems = h("div");
      const save = actionButton(t("tokens.create"), async () => {
        if (!fields.name.value.trim()) return showFaults(fields, [{ field: "name", title: t("fault.required") }]);
        const days = Number(fields.expiresAt.value);
        try {
          const expiresAt = days ? new Date(Date.now() + days * 86_400_000).toISOString().replace(/\.\d+/, "") : undefined;
          const { secret } = await rest.post("/tokens", { name: fields.name.value.trim(), expiresAt });
          return this.#showSecret(window, secret);
        } catch (problem) {
          return fill(problems, problemNote(problem));
        }
      }, { className: "button primary", type: "submit" });
      const form = h("form.form", { novalidate: true }, fields.name.element, fields.expiresAt.element, problems,
        h("div.dialog-actions", h("button.button", { type: "button", onclick: () => window.close() }, t("cancel")), save));
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        save.run();
      });
      fill(window.body, form);
    });
    this.#load();
  }

  #showSecret(window, secret) {
    const field = textField({ label: t("tokens.secret"), value: secret, isReadOnly: true, hint: t("tokens.secret.hint") });
    const copy = h("button.button", { type: "button", onclick: () => navigator.clipboard?.writeText(secret).then(() => toast(t("copied")), () => field.input.select()) }, t("copy"));
    fill(window.body, field.element, h("div.dialog-actions", copy, h("button.button.primary", { type: "button", onclick: () => window.close() }, t("done"))));
    field.input.select();
  }

  async #revoke(token) {
    const isSure = await confirmDialog({ title: t("tokens.revoke.title", { name: token.name }), text: t("tokens.revoke.text"), action: t("tokens.revoke"), isDangerous: true });
    if (isSure) await rest.delete(path`/tokens/${token.id}`).then(() => this.#load(), showError);
  }
}

customElements.define("tokens-section", TokensSection);
