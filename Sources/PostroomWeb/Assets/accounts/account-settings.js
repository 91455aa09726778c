// Everything an account's owner chooses, and how the account is.

import { fill, h } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { formats, t } from "../lib/i18n.js";
import { path, rest } from "../lib/api.js";
import { mail } from "../model/mail.js";
import { openDialog } from "../shell/dialog.js";
import { actionButton, checkField, passwordField, selectField, textArea, textField } from "../shell/fields.js";
import { problemNote } from "../shell/problem-note.js";
import { toast } from "../shell/toasts.js";
import { quarantine } from "./quarantine.js";
import { quotaMeters } from "./quota-meters.js";
import { sharedWith } from "./shared-with.js";
import { grantHealth } from "./grant-health.js";
import { needsSignIn, signInAgain } from "./sign-in-again.js";
import { examine, verdictPair } from "./stages.js";
import { freshness, statusLine } from "./status.js";

const history = [["", "history.all"], ["365", "history.year"], ["90", "history.90"], ["30", "history.30"]];

/** Opens the window for an account as the REST API gives it. Resolves to the saved account, or undefined. */
export const accountSettings = (account) =>
  openDialog({ title: t("account.settingsOf", { address: account.address }), className: "dialog-wide" }, (window) => new AccountSettings(window, account));

class AccountSettings {
  constructor(window, account) {
    Object.assign(this, { window, account });
    const days = account.historyDays === null || account.historyDays === undefined ? "" : String(account.historyDays);
    const choices = history.some(([value]) => value === days) ? history : [...history, [days, null]];
    this.fields = {
      displayName: textField({ label: t("account.displayName"), name: "displayName", value: account.displayName, placeholder: account.address, hint: t("account.displayName.hint") }),
      senderName: textField({ label: t("account.senderName"), name: "senderName", value: account.senderName, hint: t("account.senderName.hint") }),
      historyDays: selectField({ label: t("account.history"), name: "historyDays", value: days, options: choices.map(([value, key]) => [value, key ? t(key) : t("history.days", { count: Number(value) })]), hint: t("account.history.hint") }),
      receiveEnabled: checkField({ label: t("account.receive"), name: "receiveEnabled", isChecked: account.receiveEnabled, isSwitch: true }),
      sendEnabled: checkField({ label: t("account.send"), name: "sendEnabled", isChecked: account.sendEnabled, isSwitch: true }),
      isDefault: checkField({ label: t("account.default"), name: "isDefault", isChecked: account.isDefault, hint: t("account.default.hint") }),
      signature: textArea({ label: t("account.signature"), name: "signature", value: account.signature?.text ?? "", rows: 4, hint: t("account.signature.hint") }),
      login: textField({ label: t("login"), name: "login", value: account.login, autocomplete: "off", spellcheck: "false" }),
      password: passwordField({ label: t("account.newPassword"), name: "password", autocomplete: "new-password", hint: t("account.newPassword.hint") }),
    };
    this.#draw();
    this.#loadFolders();
  }

  #draw() {
    const { fields, account } = this;
    this.problems = h("div");
    this.folders = h("div.folder-checks", Array.from({ length: 5 }, () => h("span.skeleton")));
    this.doctor = h("div");
    const { text, level } = statusLine(account);
    const examine = actionButton(t("doctor.run"), () => this.#examine(), { className: "button small" });
    examine.prepend(icon("pulse"));
    const save = actionButton(t("save"), () => this.#save(), { className: "button primary", type: "submit" });
    const group = (legend, ...children) => h("fieldset.group", h("legend", legend), children);
    const form = h("form.form", { novalidate: true },
      h("section.account-state", h("p.state-line", { dataset: { level } }, h("span.state-dot"), h("strong", text)),
        h("p.state-evidence", freshness(account).join(" ")),
        account.status?.diagnosis && problemNote(account.status.diagnosis, { isAlert: false, level: level === "bad" ? "error" : "warning" }), examine, this.doctor),
      group(t("account.group.names"), h("div.form-grid", fields.displayName.element, fields.senderName.element), fields.signature.element),
      group(t("account.group.mail"), h("div.switches", fields.receiveEnabled.element, fields.sendEnabled.element, fields.isDefault.element), fields.historyDays.element),
      quotaMeters(account, this.window.signal),
      quarantine(account, this.window.signal),
      group(t("account.group.folders"), h("p.field-hint", t("account.folders.hint")), this.folders),
      group(t("account.group.signIn"), h("p.field-hint", t("account.provider", { name: account.providerName })),
        account.grant && grantHealth(account.grant),
        account.authentication === "oauth2"
          ? h("button.button", { type: "button", class: needsSignIn(account) ? "primary" : "", onclick: () => this.#signInAgain() }, icon("external"), t("oauth.again"))
          : h("div.form-grid", fields.login.element, fields.password.element)),
      group(t("share.title"), h("p.field-hint", t("share.hint")), sharedWith(account, this.window.signal)),
      this.problems,
      h("div.dialog-actions", h("button.button", { type: "button", onclick: () => this.window.close() }, t("cancel")), save));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      save.run();
    });
    fill(this.window.body, form);
  }

  async #signInAgain() {
    const account = await signInAgain(this.account);
    if (!account) return;
    this.account = account;
    this.#draw();
    this.#loadFolders();
  }

  async #loadFolders() {
    try {
      const { folders } = await rest.get(path`/accounts/${this.account.id}/folders`, { signal: this.window.signal });
      this.folderFields = folders.map((folder) => ({ path: folder.path, field: checkField({ label: folderLabel(folder), isChecked: folder.isSynced }), isInbox: folder.role === "inbox" }));
      // The inbox is what an account is for.
      for (const { field, isInbox } of this.folderFields) field.input.disabled = isInbox;
      fill(this.folders, folders.length ? this.folderFields.map(({ field }) => field.element) : h("p.field-hint", t("account.folders.none")));
    } catch (problem) {
      if (problem.name !== "AbortError") fill(this.folders, problemNote(problem));
    }
  }

  async #examine() {
    await examine(this.account, this.doctor, { signal: this.window.signal });
  }

  #changes() {
    const { fields, account } = this;
    const changes = {};
    const take = (name, value, old) => {
      if (JSON.stringify(value) !== JSON.stringify(old)) changes[name] = value;
    };
    for (const name of ["displayName", "senderName", "login"]) take(name, fields[name].value.trim(), account[name] ?? "");
    for (const name of ["receiveEnabled", "sendEnabled", "isDefault"]) take(name, fields[name].value, account[name]);
    take("historyDays", fields.historyDays.value ? Number(fields.historyDays.value) : null, account.historyDays ?? null);
    const text = fields.signature.value.trimEnd();
    if (text !== (account.signature?.text ?? "")) changes.signature = { text, html: "" };
    if (this.folderFields) {
      const excluded = this.folderFields.filter(({ field }) => !field.value).map((folder) => folder.path);
      if (excluded.toSorted().join("\n") !== (account.excludedFolders ?? []).toSorted().join("\n")) changes.excludedFolders = excluded;
    }
    if (fields.password.value) changes.password = fields.password.value;
    return changes;
  }

  async #save() {
    const changes = this.#changes();
    if (!Object.keys(changes).length) return this.window.close();
    fill(this.problems);
    try {
      const saved = await rest.patch(path`/accounts/${this.account.id}`, changes);
      mail.takeAccount(saved);
      mail.byAccountId(saved.id)?.sync({ Identity: null }).catch(() => {});
      if (changes.isDefault) mail.reload().catch(() => {});
      toast(t("saved"));
      return this.window.close(saved);
    } catch (problem) {
      const target = this.fields[problem.field];
      target?.setFault(problem.title);
      fill(this.problems, problem.body?.verdicts ? verdictPair(problem.body.verdicts) : problemNote(problem));
      return target?.focus();
    }
  }
}

const folderLabel = ({ path: name, role, totalEmails }) => {
  const known = role && t(`folder.${role}`) !== `folder.${role}` ? t(`folder.${role}`) : name;
  return `${known}${totalEmails ? ` · ${formats.number(totalEmails)}` : ""}`;
};
