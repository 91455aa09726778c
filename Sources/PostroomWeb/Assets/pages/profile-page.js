// The user profile: password, language, formats, time zone, email accounts, accounts in external resources, tokens.

import { Component, fill, h } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { formats, language, languages, t } from "../lib/i18n.js";
import { makeFormats, timeZones } from "../lib/formats.js";
import { rest } from "../lib/api.js";
import { session } from "../model/session.js";
import { newAccount } from "../accounts/new-account.js";
import { openDialog } from "../shell/dialog.js";
import { actionButton, passwordField, selectField, showFaults, textField } from "../shell/fields.js";
import { problemNote } from "../shell/problem-note.js";
import { toast } from "../shell/toasts.js";
import { pageHead } from "./page-parts.js";
import "../accounts/account-cards.js";
import "./grants-section.js";
import "./tokens-section.js";

const dateFormats = ["auto", "yyyy-MM-dd", "dd.MM.yyyy", "MM/dd/yyyy", "dd/MM/yyyy"];

class ProfilePage extends Component {
  connected() {
    this.#draw();
  }

  #draw() {
    const { user } = session;
    const now = Date.now();
    const sample = (dateFormat) => makeFormats({ language, dateFormat, timeZone: user.timeZone }).date(now);
    const clock = (timeFormat) => makeFormats({ language, timeFormat, timeZone: user.timeZone }).time(now);
    const fields = (this.fields = {
      displayName: textField({ label: t("profile.displayName"), name: "displayName", value: user.displayName, autocomplete: "name" }),
      language: selectField({ label: t("profile.language"), name: "language", value: user.language, options: [["", t("profile.language.auto")], ...Object.entries(languages)] }),
      dateFormat: selectField({ label: t("profile.dateFormat"), name: "dateFormat", value: user.dateFormat || "auto", options: dateFormats.map((item) => [item, item === "auto" ? t("profile.auto", { sample: sample(item) }) : sample(item)]) }),
      timeFormat: selectField({ label: t("profile.timeFormat"), name: "timeFormat", value: user.timeFormat || "auto", options: ["auto", "24h", "12h"].map((item) => [item, item === "auto" ? t("profile.auto", { sample: clock(item) }) : clock(item)]) }),
      timeZone: selectField({ label: t("profile.timeZone"), name: "timeZone", value: user.timeZone ?? "", options: zoneOptions(user.timeZone) }),
    });
    this.problems = h("div");
    const save = actionButton(t("save"), () => this.#save(), { className: "button primary", type: "submit" });
    const form = h("form.form.page-section", { novalidate: true },
      h("h2", t("profile.personal")), h("div.form-grid", fields.displayName.element, fields.language.element),
      h("fieldset.group", h("legend", t("profile.formats")), h("div.form-grid", fields.dateFormat.element, fields.timeFormat.element)),
      fields.timeZone.element, this.problems,
      h("div.form-actions", h("button.button", { type: "button", onclick: () => this.#draw() }, t("cancel")), save));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      save.run();
    });
    fill(this,
      pageHead(t("profile.title"), t("profile.lead", { name: user.name }),
        h("button.button", { type: "button", onclick: () => this.#password() }, icon("key"), t("profile.changePassword")),
        h("button.button", { type: "button", onclick: () => this.#accounts() }, icon("mail"), t("profile.accounts"))),
      form, h("grants-section"), h("tokens-section"));
  }

  async #save() {
    const { fields } = this;
    const changes = {};
    for (const [name, field] of Object.entries(fields)) if (field.value !== (session.user[name] ?? "")) changes[name] = field.value;
    fill(this.problems);
    try {
      // The page is drawn anew where the language changed: the session tells the shell.
      if (Object.keys(changes).length) await session.saveProfile(changes);
      toast(t("saved"));
    } catch (problem) {
      const rest = showFaults(fields, problem.faults);
      if (!problem.faults.length || rest.length) fill(this.problems, problemNote(problem));
    }
  }

  /** The accounts' window: the same cards as on their page, and Add. */
  #accounts() {
    openDialog({ title: t("profile.accounts"), className: "dialog-wide" }, (window) => {
      fill(window.body,
        h("account-cards"),
        h("div.dialog-actions",
          h("a.button", { href: "/#/accounts", onclick: () => window.close() }, t("menu.accounts")), h("span.tool-gap"),
          h("button.button.primary", { type: "button", onclick: () => (window.close(), newAccount()) }, icon("plus"), t("add"))));
    });
  }

  #password() {
    openDialog({ title: t("profile.changePassword"), className: "dialog-small" }, (window) => {
      const fields = {
        current: passwordField({ label: t("password.current"), name: "current", autocomplete: "current-password", isRequired: true, autofocus: true }),
        new: passwordField({ label: t("password.new"), name: "new", autocomplete: "new-password", isRequired: true, hint: t("password.rule") }),
      };
      const problems = h("div");
      const save = actionButton(t("save"), async () => {
        fill(problems);
        try {
          await rest.post("/profile/password", { current: fields.current.value, new: fields.new.value });
          toast(t("password.changed"));
          window.close(true);
        } catch (problem) {
          const rest = showFaults(fields, problem.faults);
          if (!problem.faults.length || rest.length) fill(problems, problemNote(problem));
        }
      }, { className: "button primary", type: "submit" });
      const form = h("form.form", { novalidate: true }, h("input", { type: "text", name: "username", autocomplete: "username", value: session.user.name, hidden: true }),
        fields.current.element, fields.new.element, problems,
        h("div.dialog-actions", h("button.button", { type: "button", onclick: () => window.close() }, t("cancel")), save));
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        save.run();
      });
      fill(window.body, form);
    });
  }
}

/** Zones with their offset now, the browser's own first. */
function zoneOptions(current) {
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const offset = (zone) => new Intl.DateTimeFormat("en", { timeZone: zone, timeZoneName: "shortOffset" }).formatToParts(Date.now()).find(({ type }) => type === "timeZoneName").value;
  const zones = new Set([...timeZones(), "UTC", ...(current ? [current] : [])]);
  return [["", t("profile.timeZone.auto", { zone: own })], ...[...zones].sort().map((zone) => [zone, `${zone.replaceAll("_", " ")} (${offset(zone)})`])];
}

customElements.define("profile-page", ProfilePage);
