// The window "Add service": the two servers, ports and security that propose each other, and the additional settings.

import { fill, h } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { t } from "../lib/i18n.js";
import { domainOf } from "../lib/addresses.js";
import { path, rest } from "../lib/api.js";
import { defaults, hostFault, portFault, portFor, ports, securityFor } from "../lib/servers.js";
import { session } from "../model/session.js";
import { openDialog } from "../shell/dialog.js";
import { actionButton, checkField, selectField, showFaults, textArea, textField } from "../shell/fields.js";
import { problemNote } from "../shell/problem-note.js";
import { OAuthFields } from "./oauth-fields.js";
import { testConnection } from "./test-connection.js";

/**
 * Opens the window: for a new provider, or with `provider` to edit one. `address` and `candidate` come from an account that
 * waits for it. Resolves to the saved provider, or undefined.
 */
export const addService = (options = {}) =>
  openDialog({ title: t(options.provider ? "service.edit" : "service.add"), className: "dialog-service" }, (window) => new ServiceForm(window, options));

class ServiceForm {
  constructor(window, { provider = null, address = null, candidate = null }) {
    Object.assign(this, { window, provider, address });
    const from = provider ?? candidate?.provider ?? candidate ?? {};
    const domain = address ? domainOf(address) : "";
    this.oauth = new OAuthFields(from.oauth ?? {}, () => this.fields["imap.host"].value.trim());
    this.fields = {
      serviceType: selectField({ label: t("service.type"), name: "serviceType", value: "imap", options: [["imap", "IMAP"]] }),
      ...this.#server("imap", from.imap, domain),
      ...this.#server("smtp", from.smtp, domain),
      name: textField({ label: t("service.name"), name: "name", value: from.name ?? "", placeholder: domain || t("service.name.placeholder"), hint: t("service.name.hint") }),
      loginFormat: selectField({
        label: t("service.loginFormat"), name: "loginFormat", value: from.loginFormat ?? "email",
        options: [["manual", t("loginFormat.manual")], ["email", t("loginFormat.email")], ["mailbox-name", t("loginFormat.mailboxName")]],
      }),
      authentication: selectField({ label: t("service.authentication"), name: "authentication", value: from.authentication ?? "basic", options: [["basic", "Basic"], ["oauth2", "OAuth 2.0"]] }),
      ...this.oauth.fields,
      domains: textField({ label: t("service.domains"), name: "domains", value: (from.domains ?? (domain ? [domain] : [])).join(", "), hint: t("service.domains.hint"), spellcheck: "false" }),
    };
    if (session.user?.isAdmin && !provider) this.fields.isShared = checkField({ label: t("service.shared"), hint: t("service.shared.hint"), name: "isShared", isChecked: true });
    this.#draw();
  }

  #server(side, from, domain) {
    const { port, security } = defaults[side];
    const host = textField({
      label: t("server.address"), name: `${side}.host`, value: from?.host ?? "", isRequired: true, autocomplete: "off", spellcheck: "false",
      placeholder: `${side}.${domain || "example.com"}`, autofocus: side === "imap",
    });
    const portField = textField({ label: t("server.port"), name: `${side}.port`, value: String(from?.port ?? port), isRequired: true, inputmode: "numeric", autocomplete: "off", maxlength: 5, list: [...new Set(Object.values(ports[side]))], className: "field-port" });
    const securityField = selectField({ label: t("server.security"), name: `${side}.security`, value: from?.security ?? security, options: [["ssl", "SSL/TLS"], ["starttls", "STARTTLS"], ["none", t("server.none")]] });
    host.input.addEventListener("change", () => this.#checkHost(side));
    portField.input.addEventListener("input", () => this.#portTyped(side));
    portField.input.addEventListener("change", () => this.#checkPort(side));
    securityField.input.addEventListener("change", () => this.#securityChosen(side));
    return { [`${side}.host`]: host, [`${side}.port`]: portField, [`${side}.security`]: securityField };
  }

  #draw() {
    const { fields } = this;
    this.plain = h("div");
    this.problems = h("div");
    this.test = h("div.service-test");
    const server = (side, legend) => h("fieldset.group", h("legend", legend), h("div.form-grid.server-grid", ["host", "port", "security"].map((name) => fields[`${side}.${name}`].element)));
    const apply = actionButton(t("apply"), () => this.#apply(), { className: "button primary", type: "submit" });
    const testButton = actionButton(t("test.connection"), () => this.#test(), { className: "button" });
    testButton.prepend(icon("pulse"));
    const form = h("form.form", { novalidate: true },
      this.address && h("p.step-address", icon("mail"), t("service.forAddress"), " ", h("strong", this.address)),
      h("fieldset.group", h("legend", t("service.settings")), fields.serviceType.element),
      server("imap", t("server.inbound")), server("smtp", t("server.outgoing")), this.plain,
      h("fieldset.group", h("legend", t("service.additional")),
        h("div.form-grid", fields.name.element, fields.domains.element, fields.loginFormat.element, fields.authentication.element), this.oauth.element, fields.isShared?.element),
      this.test, this.problems,
      h("div.dialog-actions", testButton, h("span.tool-gap"), h("button.button", { type: "button", onclick: () => this.window.close() }, t("cancel")), apply));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      apply.run();
    });
    fields.authentication.input.addEventListener("change", () => this.#authenticationChosen());
    this.#authenticationChosen();
    fill(this.window.body, form);
  }

  #refresh() {
    const { fields } = this;
    this.oauth.element.hidden = fields.authentication.value !== "oauth2";
    const isPlain = ["imap", "smtp"].some((side) => fields[`${side}.security`].value === "none");
    fill(this.plain, isPlain && problemNote({ title: t("service.plaintext.title"), detail: t("service.plaintext.text") }, { level: "warning", isAlert: false }));
  }

  #authenticationChosen() {
    this.#refresh();
    if (this.fields.authentication.value === "oauth2") this.oauth.show();
  }

  #portTyped(side) {
    const { fields } = this;
    fields[`${side}.port`].setFault("");
    fields[`${side}.security`].value = securityFor(side, fields[`${side}.port`].value, fields[`${side}.security`].value);
    this.#refresh();
  }

  #securityChosen(side) {
    const { fields } = this;
    fields[`${side}.port`].value = String(portFor(side, fields[`${side}.security`].value, fields[`${side}.port`].value));
    fields[`${side}.port`].setFault("");
    this.#refresh();
  }

  #checkPort(side) {
    const field = this.fields[`${side}.port`];
    const code = portFault(side, field.value);
    return this.#mark(`${side}.port`, code && { code, suggestion: code === "port-455" ? 465 : undefined });
  }

  #checkHost(side) {
    return this.#mark(`${side}.host`, hostFault(this.fields[`${side}.host`].value));
  }

  /** Marks a field; a suggestion can be taken with one press. True where there is no fault. */
  #mark(name, fault) {
    const described = fault && this.#describe({ ...fault, field: name });
    this.fields[name].setFault(described?.text ?? "", described?.offer);
    return !fault;
  }

  #describe(fault) {
    const field = this.fields[fault.field];
    const own = t(`fault.${fault.code}`, { typed: field.value, suggestion: fault.suggestion ?? "" });
    const text = own !== `fault.${fault.code}` ? own : [fault.title, fault.detail, fault.fix].filter(Boolean).join(" ");
    const offer = fault.suggestion && {
      label: t("fault.use", { suggestion: String(fault.suggestion) }),
      apply: () => {
        field.value = String(fault.suggestion);
        field.setFault("");
        if (fault.field.endsWith(".port")) this.#portTyped(fault.field.split(".")[0]);
        field.focus();
      },
    };
    return { text, offer };
  }

  /** The form as the REST API takes it; null where something is missing, which is marked. */
  #collect() {
    const { fields } = this;
    const value = (name) => fields[name].value.trim();
    const isGood = ["imap", "smtp"].flatMap((side) => [this.#checkHost(side), this.#checkPort(side)]);
    const isOAuth = value("authentication") === "oauth2";
    if (isOAuth) {
      for (const name of this.oauth.required) isGood.push(this.#mark(name, value(name) ? null : { code: "required" }));
      if (this.oauth.details.querySelector("[aria-invalid]")) this.oauth.details.open = true;
    }
    if (isGood.includes(false)) {
      this.window.body.querySelector("[aria-invalid]")?.focus();
      return null;
    }
    const server = (side) => ({ host: value(`${side}.host`), port: Number(value(`${side}.port`)), security: value(`${side}.security`) });
    const body = {
      name: value("name") || fields.name.input.placeholder.replace(t("service.name.placeholder"), "") || value("imap.host").replace(/^imap\./, ""),
      serviceType: "imap", imap: server("imap"), smtp: server("smtp"), loginFormat: value("loginFormat"), authentication: value("authentication"),
      domains: value("domains").split(/[\s,;]+/).map((item) => item.replace(/^@/, "").toLowerCase()).filter(Boolean),
    };
    if (fields.isShared) body.isShared = fields.isShared.value;
    if (isOAuth) body.oauth = this.oauth.value;
    return body;
  }

  async #apply() {
    fill(this.problems);
    const body = this.#collect();
    if (!body) return;
    try {
      const saved = this.provider ? await this.#update(body) : await rest.post("/providers", body);
      this.window.close(saved);
    } catch (problem) {
      const rest = showFaults(this.fields, problem.faults, (fault) => this.#describe(fault));
      if (!problem.faults.length || rest.length) fill(this.problems, problemNote(rest[0] ?? problem));
    }
  }

  /** Domains are a directory of their own: those that came and went are told to it. */
  async #update({ domains, ...settings }) {
    const { provider } = this;
    const saved = await rest.patch(path`/providers/${provider.id}`, settings);
    const before = provider.domains ?? [];
    for (const domain of domains.filter((item) => !before.includes(item))) await rest.post("/domains", { domain, providerId: provider.id });
    for (const domain of before.filter((item) => !domains.includes(item))) await rest.delete(`${path`/domains/${domain}`}?provider=${encodeURIComponent(provider.id)}`);
    return saved;
  }

  async #test() {
    const body = this.#collect();
    if (body) await testConnection(this.test, body, this.address);
  }
}
