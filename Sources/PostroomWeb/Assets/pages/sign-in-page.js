// Signing in.

import { Component, fill, h } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { t } from "../lib/i18n.js";
import { session } from "../model/session.js";
import { actionButton, passwordField, textField } from "../shell/fields.js";
import { infoNote, problemNote } from "../shell/problem-note.js";
import { logo } from "../shell/logo.js";

class SignInPage extends Component {
  connected() {
    const name = textField({ label: t("user.name"), name: "username", autocomplete: "username", isRequired: true, autofocus: true, spellcheck: "false" });
    const password = passwordField({ label: t("password"), name: "password", autocomplete: "current-password", isRequired: true });
    const problems = h("div");
    const enter = actionButton(t("signIn"), async () => {
      fill(problems);
      try {
        await session.signIn(name.value.trim(), password.value);
      } catch (problem) {
        fill(problems, problemNote(problem));
        password.input.select();
      }
    }, { className: "button primary wide", type: "submit" });
    const form = h("form.form", { novalidate: true }, name.element, password.element, problems, enter);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      enter.run();
    });
    fill(this, h("main.door", h("div.door-head", logo(), h("h1", t("app.name")), h("p", t("signIn.lead"))),
      session.setupRequired ? infoNote(h("p.note-title", t("setup.needed.title")), h("p", t("setup.needed.text"))) : form,
      h("p.door-foot", icon("lock"), t("signIn.foot"))));
    if (!session.setupRequired) name.focus();
  }
}

customElements.define("sign-in-page", SignInPage);
