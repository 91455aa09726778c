// The built-in catalogue: an administrator finds a service and takes it over into the directory with a click.

import { fill, h } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { t } from "../lib/i18n.js";
import { path, rest } from "../lib/api.js";
import { openDialog } from "../shell/dialog.js";
import { actionButton } from "../shell/fields.js";
import { problemNote } from "../shell/problem-note.js";
import { serviceHint } from "../accounts/discovery-notes.js";

/** Opens the window. Resolves to the provider that was made, or undefined. */
export const openCatalogue = () => openDialog({ title: t("catalogue.title"), className: "dialog-account" }, (window) => new Catalogue(window));

class Catalogue {
  constructor(window) {
    this.window = window;
    this.#load();
  }

  async #load() {
    fill(this.window.body, h("p.step-lead", t("catalogue.lead")), h("span.skeleton"));
    try {
      const { entries } = await rest.get("/catalogue", { signal: this.window.signal });
      this.entries = entries;
      this.#list();
    } catch (problem) {
      if (problem.name !== "AbortError") fill(this.window.body, problemNote(problem));
    }
  }

  #list(typed = "") {
    const list = h("ul.choice-list", { role: "list" });
    const draw = (query) => {
      const wanted = query.trim().toLowerCase().split("@").at(-1);
      const found = this.entries.filter(({ name, domains, imap }) => [name, imap[0]?.host, ...domains].join(" ").toLowerCase().includes(wanted));
      fill(list, found.length ? found.map((entry) => h("li", h("button.choice", { type: "button", onclick: () => this.#show(entry, box.value) },
        h("span.choice-words", h("strong", entry.name), h("span", entry.domains.slice(0, 4).join(", "))), icon("next")))) : h("li.choice-none", t("providers.noneFound")));
    };
    const box = h("input.search-input", { type: "search", value: typed, "aria-label": t("providers.search"), placeholder: t("catalogue.search"), oninput: (event) => draw(event.target.value) });
    draw(typed);
    fill(this.window.body, h("p.step-lead", t("catalogue.lead")), h("div.choice-box", box, list),
      h("div.dialog-actions", h("button.button", { type: "button", onclick: () => this.window.close() }, t("cancel"))));
    box.focus();
  }

  #show(entry, typed) {
    const problems = h("div");
    const adopt = actionButton(t("catalogue.adopt"), () => this.#adopt(entry, problems), { className: "button primary" });
    const line = (label, { host, port, security }) => h("div.server-line", h("dt", label), h("dd", `${host}:${port}`, h("span.tag", t(`security.${security}`))));
    fill(this.window.body,
      h("h3.step-title", entry.name),
      h("p.step-lead", entry.domains.join(", ")),
      h("dl.servers", line(t("server.imap.short"), entry.imap[0]), line(t("server.smtp.short"), entry.smtp[0]),
        h("div.server-line", h("dt", t("service.authentication")), h("dd", entry.authentication.map((method) => t(`catalogue.method.${method}`)).join(", "))),
        h("div.server-line", h("dt", t("catalogue.checked")), h("dd", entry.checked))),
      serviceHint(entry),
      !entry.authentication.includes("password") && problemNote({ title: t("catalogue.oauthOnly") }, { level: "info", isAlert: false }),
      problems,
      h("div.dialog-actions", h("button.button", { type: "button", onclick: () => this.#list(typed) }, t("back")), adopt));
    adopt.focus();
  }

  async #adopt(entry, problems) {
    fill(problems);
    // A service without passwords needs a registration first: the provider's own window asks for it.
    if (!entry.authentication.includes("password")) return this.window.close({ candidate: { ...entry, imap: entry.imap[0], smtp: entry.smtp[0], authentication: "oauth2" } });
    try {
      return this.window.close({ provider: await rest.post(path`/catalogue/${entry.id}/adopt`, {}) });
    } catch (problem) {
      return fill(problems, problemNote(problem));
    }
  }
}
