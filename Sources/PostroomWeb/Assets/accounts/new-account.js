// The New account window: address -> provider -> password or sign-in -> verdicts -> done.

import { fill, h } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { t } from "../lib/i18n.js";
import { looksLikeAddress } from "../lib/addresses.js";
import { path, rest } from "../lib/api.js";
import { forgetSession } from "../lib/jmap.js";
import { mail } from "../model/mail.js";
import { pending } from "../model/pending.js";
import { session } from "../model/session.js";
import { openDialog } from "../shell/dialog.js";
import { actionButton, passwordField, textArea, textField } from "../shell/fields.js";
import { problemNote } from "../shell/problem-note.js";
import { providerChoice } from "../providers/provider-choice.js";
import { addProviderFor } from "../providers/add-provider-for.js";
import { asProvider, howItWasFound, serviceHint, settingsOf } from "./discovery-notes.js";
import { signInStep } from "./sign-in-at.js";
import { verdictPair } from "./stages.js";

/**
 * Opens the window. With `address` and `provider` it goes on at the password step, as after a provider was added for it;
 * with `begun`, the id of a sign-in, where its person has come back from the provider's page.
 * Resolves to the account, or undefined.
 */
export const newAccount = (start = {}) => openDialog({ title: t("newAccount.title"), className: "dialog-account" }, (window) => new NewAccount(window, start));

class NewAccount {
  constructor(window, { address = "", provider = null, begun = null }) {
    this.window = window;
    this.address = address;
    pending.address = null;
    if (begun) this.#signIn(provider, null, begun);
    else if (address && provider) this.#password(provider, nextStep(provider));
    else this.#askAddress();
  }

  #step(...content) {
    fill(this.window.body, content);
    (this.window.body.querySelector("[autofocus]") ?? this.window.body.querySelector("input"))?.focus();
  }

  #askAddress() {
    const field = textField({ label: t("newAccount.address"), name: "address", type: "text", inputmode: "email", autocomplete: "email", value: this.address, isRequired: true, autofocus: true, spellcheck: "false", placeholder: "anna@example.com", hint: t("newAccount.address.hint") });
    const problems = h("div");
    const next = actionButton(t("next"), () => this.#discover(field, problems), { className: "button primary", type: "submit" });
    const form = h("form.form", { novalidate: true }, field.element, problems,
      h("div.dialog-actions", this.#cancel(), next));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      next.run();
    });
    this.#step(form);
  }

  async #discover(field, problems) {
    this.address = field.value.trim();
    fill(problems);
    field.setFault("");
    if (!looksLikeAddress(this.address)) {
      field.setFault(this.address ? t("fault.address") : t("fault.required"));
      return field.focus();
    }
    try {
      const found = await rest.get(`/discovery?address=${encodeURIComponent(this.address)}`);
      return await this.#goOn(found);
    } catch (problem) {
      if (problem.field === "address") field.setFault([problem.title, problem.fix].filter(Boolean).join(" "));
      else fill(problems, problemNote(problem));
      return field.focus();
    }
  }

  /** By what was found: straight to the password, a look at servers that nobody vouches for, or the choice. */
  #goOn(found) {
    if (found.provider && found.nextStep !== "choose") return this.#password(found.provider, found.nextStep, found.match, found);
    const candidate = found.match === "none" ? null : found.candidates?.[0];
    if (!candidate) return this.#choose(found);
    if (found.nextStep === "administrator") return this.#administrator(found, candidate);
    if (!session.mayAddProviders) return this.#choose(found);
    if (found.nextStep === "confirm") return this.#confirm(found, candidate);
    return this.#password(asProvider(candidate), found.nextStep, found.match, found);
  }

  /** Nobody vouches for these servers: no password before a person has said that they are the right ones. */
  #confirm(found, candidate) {
    const step = candidate.loginFormat === "manual" ? "login" : "password";
    const line = (label, { host, port, security }) => h("div.server-line", h("dt", label), h("dd", `${host}:${port}`, h("span.tag", { dataset: { level: security === "none" ? "warning" : "" } }, t(`security.${security}`))));
    this.#step(
      this.#addressLine(),
      h("h3.step-title", t("discovery.confirm.title")),
      h("dl.servers", line(t("server.imap.short"), candidate.imap), line(t("server.smtp.short"), candidate.smtp)),
      problemNote({ title: t("discovery.confirm.why"), detail: candidate.cautions.map(({ text }) => text).join(" ") }, { level: "warning", isAlert: false }),
      this.#otherProvider(found), howItWasFound(found),
      h("div.dialog-actions", this.#cancel(), this.#back(() => this.#askAddress()),
        h("button.button.primary", { type: "button", autofocus: true, onclick: () => this.#password(asProvider(candidate), step, found.match, found) }, t("discovery.confirm.yes"))));
  }

  /** A service that lets nobody in by password: an administrator registers Postroom there once. */
  #administrator(found, candidate) {
    this.#step(
      this.#addressLine(),
      problemNote({ title: t("discovery.oauth.title", { name: candidate.name }), detail: candidate.hint ?? t("discovery.oauth.text"), fix: t(session.user?.isAdmin ? "discovery.oauth.administrator" : "discovery.oauth.member") }, { level: "info", isAlert: false }),
      howItWasFound(found),
      h("div.dialog-actions", this.#cancel(), this.#back(() => this.#askAddress()),
        session.user?.isAdmin
          ? h("button.button.primary", { type: "button", autofocus: true, onclick: () => this.#addProvider(found) }, t("newAccount.addProvider"))
          : h("button.button.primary", { type: "button", autofocus: true, onclick: () => this.#ask() }, t("request.ask"))));
  }

  async #choose(found) {
    const { providers } = await rest.get("/providers");
    const domain = this.address.split("@").at(-1);
    const choice = providerChoice(providers, (provider) => this.#password(provider, nextStep(provider)));
    const add = h("button.button", { type: "button", onclick: () => this.#addProvider(found) }, icon("plus"), t("newAccount.addProvider"));
    this.#step(
      this.#addressLine(),
      h("p.step-lead", t("newAccount.unknown", { domain })),
      howItWasFound(found),
      providers.length > 0 && h("h3.step-title", t("newAccount.choose")),
      providers.length > 0 && choice,
      session.mayAddProviders
        ? h("div.step-add", h("p", providers.length ? t("newAccount.addProvider.or") : t("newAccount.addProvider.first")), add)
        : h("div.step-add", h("p", t("newAccount.administratorsAdd")), h("button.button", { type: "button", onclick: () => this.#ask() }, t("request.ask"))),
      h("div.dialog-actions", this.#cancel(), this.#back(() => this.#askAddress())));
  }

  /** What was found may be wrong: the ways to choose or to add a provider stay open. */
  #otherProvider(found) {
    return h("div.step-add.in-line", h("span", t("discovery.notRight")),
      h("button.link", { type: "button", onclick: () => this.#choose(found) }, t("newAccount.choose")),
      session.mayAddProviders && h("button.link", { type: "button", onclick: () => this.#addProvider({ ...found, candidates: [] }) }, t("newAccount.addProvider")));
  }

  /** On to the providers page, or, where there is no page around, straight to the window to add one. */
  async #addProvider(found) {
    const { address } = this;
    this.window.close();
    const provider = await addProviderFor(address, found.candidates?.[0] ?? null);
    if (provider) newAccount({ address, provider });
  }

  #ask() {
    const note = textArea({ label: t("request.note"), hint: t("request.note.hint"), rows: 3, autofocus: true });
    const problems = h("div");
    const send = actionButton(t("request.send"), async () => {
      try {
        await rest.post("/provider-requests", { address: this.address, note: note.value.trim() });
        this.#step(h("div.step-done", icon("check", "large"), h("h3", t("request.sent.title")), h("p", t("request.sent.text"))), h("div.dialog-actions", this.#close()));
      } catch (problem) {
        fill(problems, problemNote(problem));
      }
    }, { className: "button primary" });
    this.#step(this.#addressLine(), h("p.step-lead", t("request.lead")), note.element, problems, h("div.dialog-actions", this.#cancel(), send));
  }

  #password(provider, step, match = null, found = null) {
    if (step === "oauth") return this.#signIn(provider, match);
    const fields = {};
    if (step === "login") fields.login = textField({ label: t("login"), name: "login", value: provider.login ?? "", isRequired: true, autocomplete: "username", autofocus: true, spellcheck: "false", hint: t("newAccount.login.hint", { provider: provider.name }) });
    fields.password = passwordField({ label: t("password"), name: "password", isRequired: true, autocomplete: "current-password", autofocus: step !== "login", hint: t("newAccount.password.hint") });
    fields.senderName = textField({ label: t("account.senderName"), name: "senderName", autocomplete: "name", value: session.user?.displayName ?? "", hint: t("account.senderName.hint") });
    const outcome = h("div.step-outcome", { "aria-live": "polite" });
    const connect = actionButton(t("newAccount.connect"), () => this.#connect(provider, fields, outcome), { className: "button primary", type: "submit" });
    const isPlain = provider.imap?.security === "none" || provider.smtp?.security === "none";
    const form = h("form.form", { novalidate: true },
      this.#addressLine(),
      h("div.step-provider", icon("server"), h("div", h("strong", provider.name), h("p", t(`newAccount.match.${match ?? "chosen"}`)),
        provider.candidate && h("p", t("discovery.source", { source: provider.candidate.sourceName })),
        h("p.step-servers", `${provider.imap?.host ?? ""} · ${provider.smtp?.host ?? ""}`))),
      serviceHint(provider.candidate),
      isPlain && problemNote({ title: t("newAccount.plaintext.title"), detail: t("newAccount.plaintext.text") }, { level: "warning", isAlert: false }),
      Object.values(fields).map((field) => field.element), outcome,
      provider.candidate && this.#otherProvider(found), howItWasFound(found),
      h("div.dialog-actions", this.#cancel(), this.#back(() => this.#askAddress()), connect));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      connect.run();
    });
    this.#step(form);
  }

  async #connect(provider, fields, outcome) {
    for (const field of Object.values(fields)) field.setFault("");
    const missing = ["login", "password"].map((name) => fields[name]).find((field) => field && !field.value);
    if (missing) {
      missing.setFault(t("fault.required"));
      return missing.focus();
    }
    fill(outcome, h("p.step-busy", t("newAccount.connecting")), h("div.verdicts", ["imap", "smtp"].map((side) => h("div.verdict", { dataset: { verdict: "busy" } }, h("p.verdict-line", icon("clock"), h("strong", t(`side.${side}`)), h("span", t("verdict.signIn.busy")))))));
    try {
      const account = await rest.post("/accounts", {
        address: this.address, ...(provider.id ? { providerId: provider.id } : { provider: settingsOf(provider) }), login: fields.login?.value.trim() || undefined, password: fields.password.value, senderName: fields.senderName.value.trim(),
      });
      forgetSession();
      mail.reload().catch(() => {});
      return this.#done(account, provider);
    } catch (problem) {
      return this.#refused(problem, provider, fields, outcome);
    }
  }

  #refused(problem, provider, fields, outcome) {
    const { verdicts, field } = problem.body ?? {};
    const isProvider = field === "provider" || /^(imap|smtp)\b/.test(field ?? "");
    fill(outcome,
      verdicts ? verdictPair(verdicts) : problemNote(problem),
      verdicts && problem.fix && !verdicts.imap?.diagnosis && !verdicts.smtp?.diagnosis && problemNote(problem),
      isProvider && provider.id && h("p", h("a", { href: path`/#/providers/${provider.id}`, onclick: () => this.window.close() }, t("newAccount.checkProvider", { name: provider.name }))));
    const target = fields[field] ?? (field === "address" ? null : isProvider ? null : fields.password);
    if (field === "address") outcome.prepend(h("p", t("newAccount.wrongAddress"), " ", h("button.link", { type: "button", onclick: () => this.#askAddress() }, t("newAccount.changeAddress"))));
    if (!target) return undefined;
    const why = verdicts?.imap?.diagnosis ?? verdicts?.smtp?.diagnosis ?? problem;
    target.setFault(why.title || t("fault.refused"));
    target.focus();
    return target.input.select();
  }

  /** A provider that signs people in on a page of its own: no password is typed here. */
  #signIn(provider, match = null, begun = null) {
    const fields = {};
    if (provider.loginFormat === "manual") fields.login = textField({ label: t("login"), name: "login", isRequired: true, autocomplete: "username", spellcheck: "false", hint: t("newAccount.login.hint", { provider: provider.name }) });
    fields.senderName = textField({ label: t("account.senderName"), name: "senderName", autocomplete: "name", value: session.user?.displayName ?? "", hint: t("account.senderName.hint") });
    const step = signInStep({
      provider, begun, signal: this.window.signal,
      request: () => {
        fields.login?.setFault(fields.login.value.trim() ? "" : t("fault.required"));
        if (fields.login && !fields.login.value.trim()) return fields.login.focus();
        return { address: this.address, providerId: provider.id, login: fields.login?.value.trim() || undefined, senderName: fields.senderName.value.trim() };
      },
      onaccount: (account) => {
        forgetSession();
        mail.reload().catch(() => {});
        return this.#done(account, provider);
      },
    });
    this.#step(
      this.#addressLine(),
      h("div.step-provider", icon("server"), h("div", h("strong", provider.name), h("p", t(`newAccount.match.${match ?? "chosen"}`)),
        h("p.step-servers", `${provider.imap?.host ?? ""} · ${provider.smtp?.host ?? ""}`))),
      h("p.step-lead", t("newAccount.oauth.text", { name: provider.name })),
      Object.values(fields).map((field) => field.element), step.element,
      h("div.dialog-actions", this.#cancel(), this.#back(() => this.#askAddress()), step.button));
    if (!fields.login) step.button.focus();
  }

  #done(account, provider) {
    this.#step(
      h("div.step-done", icon("check", "large"), h("h3", t("newAccount.done.title")), h("p", t("newAccount.done.text", { address: account.address, provider: provider.name })),
        h("div.verdicts", ["imap", "smtp"].map((side) => h("div.verdict", { dataset: { verdict: "ok" } }, h("p.verdict-line", icon("check"), h("strong", t(`side.${side}`)), h("span", t("verdict.signIn.ok"))))))),
      account.notice && problemNote(account.notice, { level: "info", isAlert: false }),
      h("div.dialog-actions", h("button.button.primary", { type: "button", autofocus: true, onclick: () => this.window.close(account) }, t("done"))));
    this.window.body.querySelector(".primary").focus();
  }

  #addressLine() {
    return h("p.step-address", icon("mail"), h("strong", this.address));
  }

  #cancel = () => h("button.button", { type: "button", onclick: () => this.window.close() }, t("cancel"));
  #close = () => h("button.button.primary", { type: "button", onclick: () => this.window.close() }, t("close"));
  #back = (action) => h("button.button", { type: "button", onclick: action }, t("back"));
}

const nextStep = (provider) => (provider.authentication === "oauth2" ? "oauth" : provider.loginFormat === "manual" ? "login" : "password");
