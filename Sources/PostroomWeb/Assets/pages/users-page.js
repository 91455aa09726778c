// People who may sign in, for administrators.

import { Component, fill, h } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { formats, languages, t } from "../lib/i18n.js";
import { path, rest } from "../lib/api.js";
import { session } from "../model/session.js";
import { avatar } from "../messages/avatar.js";
import { confirmDialog, openDialog } from "../shell/dialog.js";
import { actionButton, checkField, passwordField, selectField, showFaults, textField } from "../shell/fields.js";
import { menuButton } from "../shell/menu.js";
import { problemNote } from "../shell/problem-note.js";
import { showError, toast } from "../shell/toasts.js";
import { pageHead, table, tableSkeleton } from "./page-parts.js";

class UsersPage extends Component {
  connected() {
    this.list = h("div.page-list", tableSkeleton());
    const add = h("button.button.primary", { type: "button", onclick: () => this.#edit(null) }, icon("plus"), t("add"));
    fill(this, pageHead(t("users.title"), t("users.lead"), add), this.list);
    this.#load();
  }

  async #load() {
    try {
      const { users } = await rest.get("/users");
      fill(this.list, table(t("users.title"), [t("users.name"), t("users.role"), t("users.accounts"), t("users.since"), ""], users.map((user) => [
        h("span.user-cell", avatar({ name: user.displayName || user.name, email: user.name }), h("span", user.displayName || user.name, h("span.cell-note", user.name))),
        [user.isAdmin ? h("span.tag", t("users.administrator")) : t("users.member"), user.isDisabled && h("span.tag", { dataset: { level: "warning" } }, t("users.disabled"))],
        formats.number(user.accountCount ?? 0), user.createdAt ? formats.date(user.createdAt) : "",
        menuButton({ content: icon("more"), label: t("users.actions", { name: user.name }), items: () => this.#menu(user) }),
      ])));
    } catch (problem) {
      fill(this.list, problemNote(problem));
    }
  }

  #menu(user) {
    const isSelf = user.id === session.user.id;
    return [
      { label: t("edit"), icon: "drafts", onselect: () => this.#edit(user) },
      !isSelf && { label: t(user.isDisabled ? "users.enable" : "users.disable"), icon: user.isDisabled ? "play" : "pause", onselect: () => this.#patch(user, { isDisabled: !user.isDisabled }) },
      !isSelf && { label: t("delete"), icon: "trash", isDangerous: true, onselect: () => this.#delete(user) },
    ].filter(Boolean);
  }

  async #edit(user) {
    const saved = await openDialog({ title: t(user ? "users.edit" : "users.add"), className: "dialog-small" }, (window) => {
      const fields = {
        name: textField({ label: t("user.name"), name: "name", value: user?.name ?? "", isRequired: true, autocomplete: "off", autofocus: !user, isReadOnly: Boolean(user), spellcheck: "false" }),
        displayName: textField({ label: t("profile.displayName"), name: "displayName", value: user?.displayName ?? "", autocomplete: "off" }),
        password: passwordField({ label: t(user ? "account.newPassword" : "password"), name: "password", isRequired: !user, autocomplete: "new-password", hint: t(user ? "account.newPassword.hint" : "password.rule") }),
      };
      if (!user) fields.language = selectField({ label: t("profile.language"), name: "language", value: "", options: [["", t("profile.language.auto")], ...Object.entries(languages)] });
      fields.isAdmin = checkField({ label: t("users.isAdmin"), hint: t("users.isAdmin.hint"), name: "isAdmin", isChecked: user?.isAdmin ?? false });
      const problems = h("div");
      const save = actionButton(t(user ? "save" : "add"), async () => {
        const body = { displayName: fields.displayName.value.trim(), isAdmin: fields.isAdmin.value };
        if (fields.password.value) body.password = fields.password.value;
        if (!user) Object.assign(body, { name: fields.name.value.trim(), language: fields.language.value || undefined, password: fields.password.value });
        fill(problems);
        try {
          window.close(user ? await rest.patch(path`/users/${user.id}`, body) : await rest.post("/users", body));
        } catch (problem) {
          const rest = showFaults(fields, problem.faults);
          if (!problem.faults.length || rest.length) fill(problems, problemNote(problem));
        }
      }, { className: "button primary", type: "submit" });
      const form = h("form.form", { novalidate: true }, Object.values(fields).map((field) => field.element), problems,
        h("div.dialog-actions", h("button.button", { type: "button", onclick: () => window.close() }, t("cancel")), save));
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        save.run();
      });
      fill(window.body, form);
    });
    if (!saved) return;
    toast(t("saved"));
    this.#load();
  }

  async #patch(user, changes) {
    await rest.patch(path`/users/${user.id}`, changes).then(() => this.#load(), showError);
  }

  async #delete(user) {
    const isSure = await confirmDialog({ title: t("users.delete.title", { name: user.name }), text: t("users.delete.text", { count: user.accountCount ?? 0 }), action: t("delete"), isDangerous: true });
    if (isSure) await rest.delete(path`/users/${user.id}`).then(() => this.#load(), showError);
  }
}

customElements.define("users-page", UsersPage);
