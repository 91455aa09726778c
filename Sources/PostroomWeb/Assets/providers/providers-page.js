// Email providers: what there is, Add, edit, share, delete, and what members have asked for.

import { Component, fill, h } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { formats, t } from "../lib/i18n.js";
import { path, rest } from "../lib/api.js";
import { navigate } from "../lib/router.js";
import { pending } from "../model/pending.js";
import { session } from "../model/session.js";
import { newAccount } from "../accounts/new-account.js";
import { menuButton } from "../shell/menu.js";
import { confirmDialog, openDialog } from "../shell/dialog.js";
import { checkField } from "../shell/fields.js";
import { problemNote } from "../shell/problem-note.js";
import { showError, toast } from "../shell/toasts.js";
import { emptyState, pageHead, tableSkeleton } from "../pages/page-parts.js";
import { addService } from "./add-service.js";
import { openCatalogue } from "./catalogue.js";
import "./campaign-section.js";
import { stageList, stageSkeleton } from "../accounts/stages.js";

const securityName = (security) => ({ ssl: "SSL/TLS", starttls: "STARTTLS", none: t("server.none") })[security];

class ProvidersPage extends Component {
  connected() {
    this.policy = h("div");
    this.requests = h("div");
    this.waiting = h("div");
    this.list = h("div.page-list", tableSkeleton());
    const add = session.mayAddProviders && h("button.button.primary", { type: "button", onclick: () => this.#add() }, icon("plus"), t("add"));
    const catalogue = session.user.isAdmin && h("button.button", { type: "button", onclick: () => this.#catalogue() }, icon("search"), t("catalogue.open"));
    fill(this, pageHead(t("providers.title"), t("providers.lead"), catalogue, add), this.waiting, this.requests, session.user.isAdmin && h("campaign-section"), this.list, this.policy);
    this.#drawWaiting();
    this.#drawPolicy();
    this.#load().then((providers) => {
      const wanted = providers?.find(({ id }) => id === this.params?.id);
      if (wanted) this.#edit(wanted);
    });
    if (session.user.isAdmin) this.#loadRequests();
  }

  #drawWaiting() {
    const { address } = pending;
    fill(this.waiting, address && h("div.note", { dataset: { level: "info" } }, icon("mail"),
      h("div.note-body", h("p.note-title", t("providers.waiting.title", { address })), h("p", t("providers.waiting.text"))),
      h("button.link", { type: "button", onclick: () => ((pending.address = null), this.#drawWaiting()) }, t("cancel"))));
  }

  async #load() {
    try {
      const { providers } = await rest.get("/providers");
      this.#draw(providers);
      return providers;
    } catch (problem) {
      fill(this.list, problemNote(problem));
      return null;
    }
  }

  #draw(providers) {
    if (!providers.length) {
      fill(this.list, emptyState("server", t("providers.empty.title"), t(session.mayAddProviders ? "providers.empty.text" : "providers.empty.administrators")));
      return;
    }
    fill(this.list, h("ul.cards", { role: "list" }, providers.map((provider) => this.#card(provider))));
  }

  #card(provider) {
    const line = (label, server) => h("div.server-line", h("dt", label), h("dd", `${server.host}:${server.port}`, h("span.tag", { dataset: { level: server.security === "none" ? "warning" : "" } }, icon(server.security === "none" ? "unlock" : "lock"), securityName(server.security))));
    return h("li.card", { "aria-label": provider.name },
      h("div.card-head", h("span.card-icon", icon("server")),
        h("div.card-words", h("h3", provider.name), h("p", (provider.domains ?? []).join(", ") || t("providers.noDomains"))),
        provider.isShared ? h("span.tag", t("providers.shared")) : h("span.tag", { dataset: { level: "quiet" } }, t("providers.private")),
        provider.mayEdit && menuButton({ content: icon("more"), label: t("providers.actions", { name: provider.name }), items: () => this.#menu(provider) })),
      h("dl.servers", line(t("server.imap.short"), provider.imap), line(t("server.smtp.short"), provider.smtp),
        h("div.server-line", h("dt", t("service.loginFormat")), h("dd", t(`loginFormat.${provider.loginFormat === "mailbox-name" ? "mailboxName" : provider.loginFormat}`))),
        h("div.server-line", h("dt", t("service.authentication")), h("dd", provider.authentication === "oauth2" ? "OAuth 2.0" : "Basic"))),
      this.#checked(provider),
      h("p.card-foot", t("providers.accounts", { count: provider.accountCount ?? 0 })));
  }

  /** Its real servers no longer answer like the entry: since when, and what to do. */
  #checked({ check }) {
    if (!check || check.verdict === "ok") return null;
    const why = (side) => side.diagnosis?.title ?? (side.lacksMethod ? t("providers.check.method") : null);
    const detail = check.sides.map((side) => why(side) && `${t(`side.${side.side}`)}: ${why(side)}`).filter(Boolean).join(". ");
    return problemNote({ title: t("providers.check.failed", { time: formats.relative(check.at) }), detail, fix: t("providers.check.fix") }, { level: "warning", isAlert: false });
  }

  async #check(provider) {
    try {
      const check = await rest.post(path`/providers/${provider.id}/check`);
      if (check.verdict === "ok") toast(t("test.good"));
      this.#load();
    } catch (problem) {
      showError(problem);
    }
  }

  async #catalogue() {
    const chosen = await openCatalogue();
    const provider = chosen?.candidate ? await addService({ candidate: chosen.candidate }) : chosen?.provider;
    if (!provider) return;
    toast(t("providers.added", { name: provider.name }));
    this.#load();
  }

  #menu(provider) {
    return [
      { label: t("edit"), icon: "drafts", onselect: () => this.#edit(provider) },
      { label: t("test.connection"), icon: "pulse", onselect: () => this.#test(provider) },
      { label: t("providers.check"), icon: "refresh", onselect: () => this.#check(provider) },
      session.user.isAdmin && !provider.isShared && { label: t("providers.share"), icon: "users", onselect: () => this.#share(provider) },
      "separator",
      { label: t("delete"), icon: "trash", isDangerous: true, onselect: () => this.#delete(provider) },
    ].filter(Boolean);
  }

  async #add() {
    const { address, candidate, from } = pending;
    const provider = await addService({ address, candidate });
    if (!provider) return;
    Object.assign(pending, { address: null, candidate: null, from: null });
    this.#drawWaiting();
    toast(t("providers.added", { name: provider.name }));
    this.#load();
    // The account's window goes on with the new provider.
    if (!address) return;
    const account = await newAccount({ address, provider });
    if (account && from) navigate(from);
    else if (this.isConnected) this.#load();
  }

  async #edit(provider) {
    const saved = await addService({ provider });
    if (saved) {
      toast(t("saved"));
      this.#load();
    }
  }

  async #share(provider) {
    await rest.post(path`/providers/${provider.id}/share`).then(() => this.#load(), showError);
  }

  #test(provider) {
    openDialog({ title: t("test.title", { name: provider.name }) }, async (window) => {
      fill(window.body, stageSkeleton());
      const { name, imap, smtp, loginFormat } = provider;
      const tested = { name, serviceType: "imap", imap, smtp, loginFormat };
      const found = await rest.post("/providers/test", { provider: tested }).catch((problem) => ({ problem }));
      fill(window.body, found.problem ? problemNote(found.problem) : stageList(found.stages));
    });
  }

  async #delete(provider) {
    const isSure = await confirmDialog({ title: t("providers.delete.title", { name: provider.name }), text: t("providers.delete.text"), action: t("delete"), isDangerous: true });
    if (!isSure) return;
    try {
      await rest.delete(path`/providers/${provider.id}`);
      toast(t("providers.deleted", { name: provider.name }));
      this.#load();
    } catch (problem) {
      if (problem.code === "provider-in-use") this.#inUse(provider, problem);
      else showError(problem);
    }
  }

  /** A provider in use stays; the refusal names the accounts that hold it. */
  #inUse(provider, problem) {
    const { accounts = [] } = problem.body;
    openDialog({ title: t("providers.inUse.title", { name: provider.name }), className: "dialog-small" }, (window) => {
      fill(window.body,
        h("p", t("providers.inUse.text", { count: accounts.length })),
        h("ul.plain-list", accounts.map(({ address, userName }) => h("li", h("strong", address), userName && ` — ${userName}`))),
        h("div.dialog-actions",
          h("a.button", { href: "/#/accounts", onclick: () => window.close() }, t("menu.accounts")),
          h("button.button.primary", { type: "button", autofocus: true, onclick: () => window.close() }, t("close"))));
    });
  }

  #drawPolicy() {
    if (!session.user.isAdmin) return;
    const field = checkField({ label: t("policy.administratorsOnly"), hint: t("policy.administratorsOnly.hint"), isChecked: session.policy.providersByAdministrators, isSwitch: true });
    field.input.addEventListener("change", () => session.savePolicy({ providersByAdministrators: field.value }).then(() => toast(t("saved")), (error) => ((field.value = !field.value), showError(error))));
    fill(this.policy, h("section.page-section", h("h2", t("policy.title")), field.element));
  }

  async #loadRequests() {
    const answer = await rest.get("/provider-requests").catch(() => ({ requests: [] }));
    const open = (answer.requests ?? []).filter((request) => !request.resolvedAt && !request.isResolved);
    fill(this.requests, open.length > 0 && h("section.page-section", h("h2", t("request.title")), h("ul.request-list", { role: "list" }, open.map((request) => h("li.request",
      h("div.card-words", h("strong", request.address), h("p", t("request.by", { name: request.userName ?? "", date: formats.dateTime(request.createdAt) })), request.note && h("q", request.note)),
      session.mayAddProviders && h("button.button.small", { type: "button", onclick: () => this.#addFor(request) }, t("newAccount.addProvider")),
      h("button.button.small", { type: "button", onclick: () => this.#resolve(request) }, t("request.resolve")))))));
  }

  async #addFor(request) {
    const provider = await addService({ address: request.address });
    if (!provider) return;
    await rest.post(path`/provider-requests/${request.id}/resolve`).catch(showError);
    this.#load();
    this.#loadRequests();
  }

  async #resolve(request) {
    await rest.post(path`/provider-requests/${request.id}/resolve`).then(() => this.#loadRequests(), showError);
  }
}

customElements.define("providers-page", ProvidersPage);
