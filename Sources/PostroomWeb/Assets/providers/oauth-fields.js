// The OAuth 2.0 part of a provider's window: the service, the registration there, and the addresses that a known service fills in.

import { fill, h } from "../lib/dom.js";
import { t } from "../lib/i18n.js";
import { rest } from "../lib/api.js";
import { actionButton, checkField, selectField, textArea, textField } from "../shell/fields.js";
import { toast } from "../shell/toasts.js";

const addresses = ["authorizeUrl", "tokenUrl", "revocationUrl", "deviceUrl", "userinfoUrl"];

export class OAuthFields {
  #services = [];
  #told = {};
  #isPublic = false;

  /** `oauth`: as the REST API gives it, or {}. `host()`: the IMAP server typed so far. */
  constructor(oauth, host) {
    this.host = host;
    this.kept = oauth;
    this.#isPublic = Boolean(oauth.isPublic);
    this.#told = { sendsIssuer: oauth.sendsIssuer, clientAuthentication: oauth.clientAuthentication };
    const text = (name, value, extra = {}) => textField({ label: t(`oauth.${name}`), name: `oauth.${name}`, value: value ?? "", spellcheck: "false", autocomplete: "off", ...extra });
    this.fields = {
      "oauth.clientId": text("clientId", oauth.clientId, { isRequired: true }),
      "oauth.clientSecret": text("clientSecret", "", { type: "password", isRequired: !oauth.hasClientSecret, hint: oauth.hasClientSecret ? t("oauth.clientSecret.kept") : null }),
      "oauth.isPublic": checkField({ label: t("oauth.isPublic"), hint: t("oauth.isPublic.hint"), name: "oauth.isPublic", isChecked: this.#isPublic }),
      "oauth.issuer": text("issuer", oauth.issuer, { placeholder: "https://login.example.com", hint: t("oauth.issuer.hint") }),
      "oauth.authorizeUrl": text("authorizeUrl", oauth.authorizeUrl, { isRequired: true }),
      "oauth.tokenUrl": text("tokenUrl", oauth.tokenUrl, { isRequired: true }),
      "oauth.revocationUrl": text("revocationUrl", oauth.revocationUrl),
      "oauth.deviceUrl": text("deviceUrl", oauth.deviceUrl, { hint: t("oauth.deviceUrl.hint") }),
      "oauth.userinfoUrl": text("userinfoUrl", oauth.userinfoUrl),
      "oauth.scopes": textArea({ label: t("oauth.scopes"), name: "oauth.scopes", value: (oauth.scopes ?? []).join(" "), rows: 2, hint: t("oauth.scopes.hint") }),
    };
    this.#draw();
  }

  #draw() {
    const { fields } = this;
    this.service = selectField({ label: t("oauth.service"), name: "oauth.service", value: "", options: [["", t("oauth.service.other")]] });
    this.tenant = textField({ label: t("oauth.tenant"), name: "oauth.tenant", value: "common", spellcheck: "false", hint: t("oauth.tenant.hint") });
    this.tenant.element.hidden = true;
    this.register = h("p.field-hint");
    this.redirect = textField({ label: t("oauth.redirectUri"), name: "oauth.redirectUri", isReadOnly: true, hint: t("oauth.redirectUri.hint") });
    const copy = h("button.button.small", { type: "button", onclick: () => navigator.clipboard.writeText(this.redirect.value).then(() => toast(t("copied")), () => this.redirect.input.select()) }, t("copy"));
    this.redirect.element.querySelector("label").after(h("div.field-and-button", this.redirect.input, copy));
    const ask = actionButton(t("oauth.discover"), () => this.#discover(), { className: "button small" });
    fields["oauth.issuer"].element.querySelector("label").after(h("div.field-and-button", fields["oauth.issuer"].input, ask));
    this.details = h("details.oauth-addresses", h("summary", t("oauth.addresses")),
      h("div.form-grid", ["issuer", ...addresses].map((name) => fields[`oauth.${name}`].element)), fields["oauth.scopes"].element);
    this.element = h("div.oauth-fields", this.service.element, this.tenant.element, this.register,
      h("div.form-grid", fields["oauth.clientId"].element, fields["oauth.clientSecret"].element), fields["oauth.isPublic"].element,
      this.redirect.element, this.details);
    this.service.input.addEventListener("change", () => this.#chosen());
    this.tenant.input.addEventListener("input", () => this.#chosen());
    fields["oauth.isPublic"].input.addEventListener("change", () => this.#publicChosen());
    this.#publicChosen();
  }

  #publicChosen() {
    const isPublic = this.fields["oauth.isPublic"].value;
    const { element, input } = this.fields["oauth.clientSecret"];
    element.hidden = isPublic;
    if (isPublic) input.value = "";
  }

  /** Shown: the first time, the known services and our own redirect address are asked for. */
  async show() {
    if (!this.#services.length) {
      const known = await rest.get("/oauth/services").catch(() => ({ services: [], redirectUri: "" }));
      this.#services = known.services;
      this.redirect.value = known.redirectUri;
      this.service.input.append(...known.services.map(({ name, title }) => h("option", { value: name }, title)));
      const own = known.services.find(({ oauth }) => !oauth.tokenUrl.includes("{tenant}") && oauth.tokenUrl === this.kept.tokenUrl)
        ?? known.services.find(({ hasTenant, oauth }) => hasTenant && this.kept.tokenUrl?.startsWith(oauth.tokenUrl.split("{tenant}")[0]));
      if (own) this.#select(own, this.kept.tokenUrl);
    }
    this.details.open = !this.service.value;
    // A server that is known says which service it is.
    if (this.fields["oauth.tokenUrl"].value) return;
    const byHost = this.#services.find(({ hosts }) => hosts.includes(this.host().toLowerCase()));
    if (!byHost) return;
    this.#select(byHost);
    this.#chosen();
  }

  #select(service, tokenUrl = "") {
    this.service.value = service.name;
    const tenant = /microsoftonline\.com\/([^/]+)\//.exec(tokenUrl)?.[1];
    if (tenant) this.tenant.value = tenant;
    this.#mark(service);
  }

  #mark(service) {
    this.tenant.element.hidden = !service?.hasTenant;
    fill(this.register, service && h("a", { href: service.registrationUrl, target: "_blank", rel: "noopener" }, t("oauth.register", { name: service.title })));
    this.details.open = !service;
  }

  #chosen() {
    const service = this.#services.find(({ name }) => name === this.service.value);
    this.#mark(service);
    // Another service has addresses of its own: those of the one chosen before would only mislead.
    this.#fill(service?.oauth ?? { scopes: [] }, this.tenant.value.trim() || "common");
  }

  #fill(oauth, tenant = "") {
    const { fields } = this;
    for (const name of ["issuer", ...addresses]) fields[`oauth.${name}`].value = (oauth[name] ?? "").replaceAll("{tenant}", tenant);
    // Microsoft's shared addresses answer in the name of the person's own organisation.
    if (["common", "organizations", "consumers"].includes(tenant) && oauth.issuer?.includes("{tenant}")) fields["oauth.issuer"].value = "";
    fields["oauth.scopes"].value = (oauth.scopes ?? []).join(" ");
    this.#told = { sendsIssuer: oauth.sendsIssuer, clientAuthentication: oauth.clientAuthentication };
  }

  async #discover() {
    const field = this.fields["oauth.issuer"];
    field.setFault("");
    try {
      const { oauth } = await rest.post("/oauth/discover", { issuer: field.value.trim() });
      this.#fill(oauth);
    } catch (problem) {
      field.setFault([problem.title, problem.fix].filter(Boolean).join(" "));
    }
  }

  /** Names of fields that must be filled. */
  get required() {
    const names = ["oauth.clientId", "oauth.authorizeUrl", "oauth.tokenUrl"];
    return this.kept.hasClientSecret || this.fields["oauth.isPublic"].value ? names : [...names, "oauth.clientSecret"];
  }

  /** As the REST API takes it. */
  get value() {
    const text = (name) => this.fields[`oauth.${name}`].value.trim();
    const body = { ...this.#told, clientId: text("clientId"), isPublic: this.fields["oauth.isPublic"].value, scopes: text("scopes").split(/\s+/).filter(Boolean) };
    for (const name of ["issuer", ...addresses]) body[name] = text(name) || null;
    for (const name of ["authorizeUrl", "tokenUrl"]) body[name] ??= "";
    if (text("clientSecret")) body.clientSecret = this.fields["oauth.clientSecret"].value;
    return body;
  }
}
