// The first run: the one-time link lets the first administrator choose a name and a password.

import { Component, fill, h } from "../lib/dom.js";
import { language, languages, t } from "../lib/i18n.js";
import { rest } from "../lib/api.js";
import { navigate } from "../lib/router.js";
import { session } from "../model/session.js";
import { actionButton, passwordField, selectField, showFaults, textField } from "../shell/fields.js";
import { problemNote } from "../shell/problem-note.js";
import { logo } from "../shell/logo.js";

class SetupPage extends Component {
  async connected() {
    const token = this.params.id ?? "";
    const box = h("div");
    fill(this, h("main.door", h("div.door-head", logo(), h("h1", t("setup.title")), h("p", t("setup.lead"))), box));
    try {
      await rest.get(`/setup?token=${encodeURIComponent(token)}`);
    } catch (problem) {
      return fill(box, problemNote(problem), h("a.button", { href: "/#/" }, t("signIn")));
    }
    if (!this.isConnected) return undefined;
    const fields = {
      name: textField({ label: t("user.name"), name: "name", autocomplete: "username", isRequired: true, autofocus: true, spellcheck: "false", hint: t("user.name.hint") }),
      displayName: textField({ label: t("profile.displayName"), name: "displayName", autocomplete: "name" }),
      password: passwordField({ label: t("password"), name: "password", autocomplete: "new-password", isRequired: true, hint: t("password.rule") }),
      language: selectField({ label: t("profile.language"), name: "language", value: language, options: Object.entries(languages) }),
    };
    const problems = h("div");
    const enter = actionButton(t("setup.create"), async () => {
      fill(problems);
      try {
        await session.setUp({ token, ...Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, name === "password" ? field.value : field.value.trim()])) });
        navigate("/#/", { replace: true });
      } catch (problem) {
        const rest = showFaults(fields, problem.faults);
        if (!problem.faults.length || rest.length) fill(problems, problemNote(problem));
      }
    }, { className: "button primary wide", type: "submit" });
    const form = h("form.form", { novalidate: true }, Object.values(fields).map((field) => field.element), problems, enter);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      enter.run();
    });
    fill(box, form);
    return fields.name.focus();
  }
}

customElements.define("setup-page", SetupPage);
