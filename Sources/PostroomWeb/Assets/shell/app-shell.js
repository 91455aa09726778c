// The page around the pages: top bar, the page itself, and the communication panel beside it.

import { Component, fill, h } from "../lib/dom.js";
import { t } from "../lib/i18n.js";
import { mail } from "../model/mail.js";
import { session } from "../model/session.js";
import "./top-bar.js";
import "./communication-panel.js";
import "../pages/home-page.js";
import "../pages/mail-page.js";
import "../pages/domains-page.js";
import "../pages/profile-page.js";
import "../pages/signed-in-page.js";
import "../pages/users-page.js";
import "../accounts/accounts-page.js";
import "../providers/providers-page.js";

const pages = new Set(["home", "mail", "accounts", "providers", "domains", "profile", "users", "signed-in"]);

class AppShell extends Component {
  #page = null;
  #route = null;

  connected() {
    this.bar = h("top-bar");
    this.outlet = h("main.outlet", { id: "content", tabindex: "-1" });
    this.aside = h("aside.panel-side", { "aria-label": t("panel.title"), hidden: true });
    this.skip = h("a.skip-link", { href: "#content", onclick: (event) => (event.preventDefault(), this.outlet.focus()) }, t("nav.skip"));
    fill(this, this.skip, this.bar, h("div.shell-body", this.outlet, this.aside));
    this.listen(this, "toggle-panel", () => this.#setPanel(this.aside.hidden, true));
    // Mail is looked at behind the page's back, so that counts are there on every page.
    mail.start().then(() => [...mail.accounts.values()].forEach((account) => account.load().catch(() => {})), () => {});
  }

  disconnected() {
    mail.stop();
  }

  /** Shows the page of a route. */
  go(route) {
    const page = pages.has(route.page) && (route.page !== "users" || session.user.isAdmin) ? route.page : "home";
    const isMail = page === "mail";
    this.dataset.page = page;
    this.bar.setPage(page);
    const hasChanged = page !== this.#route?.page || route.params.id !== this.#route?.params.id;
    if (isMail && this.#page?.go) this.#page.go(route.params);
    else if (hasChanged || !this.#page) {
      this.#page = h(`${page}-page`);
      this.#page.params = route.params;
      this.#page.query = route.query;
      fill(this.outlet, this.#page);
      this.outlet.scrollTop = 0;
      if (this.#route && page !== this.#route.page) this.outlet.focus({ preventScroll: true });
    }
    this.#route = { ...route, page };
    this.#setPanel(!isMail && this.wantsPanel);
  }

  /** Open until closed on wide screens; a phone's screen is too small to start with it. */
  get wantsPanel() {
    const kept = localStorage.getItem("postroom.panel");
    return innerWidth > 760 ? kept !== "closed" : false;
  }

  #setPanel(isOpen, isChoice = false) {
    if (isChoice && innerWidth > 760) localStorage.setItem("postroom.panel", isOpen ? "open" : "closed");
    this.bar.setPanel(isOpen);
    this.aside.hidden = !isOpen;
    if (isOpen && !this.aside.firstElementChild) fill(this.aside, h("communication-panel"));
    if (!isOpen && this.#route?.page === "mail") fill(this.aside);
    if (!isChoice) return;
    if (isOpen) this.aside.querySelector("[role=tab]")?.focus();
    else this.bar.toggle.focus();
  }
}

customElements.define("app-shell", AppShell);
