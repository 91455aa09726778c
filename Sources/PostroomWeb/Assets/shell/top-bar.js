// The bar on top of every page: where one can go, who one is, and the switch of the communication panel.

import { Component, fill, h } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { formats, t } from "../lib/i18n.js";
import { mail } from "../model/mail.js";
import { session } from "../model/session.js";
import { avatar } from "../messages/avatar.js";
import { logo } from "./logo.js";
import { menuButton } from "./menu.js";

const pages = [
  ["mail", "/mail", "mail", "nav.mail"], ["accounts", "/#/accounts", "inbox", "nav.accounts"], ["providers", "/#/providers", "server", "nav.providers"],
  ["domains", "/#/domains", "globe", "nav.domains"], ["users", "/#/users", "users", "nav.users"],
];

class TopBar extends Component {
  connected() {
    const { user } = session;
    this.setAttribute("role", "banner");
    const shown = pages.filter(([name]) => name !== "users" || user.isAdmin);
    this.links = new Map(shown.map(([name, href, mark, label]) => [name, h("a.nav-link", { href }, icon(mark), h("span", t(label)))]));
    this.badge = h("span.nav-badge", { hidden: true });
    this.links.get("mail").append(this.badge);
    this.toggle = h("button.icon-button.panel-toggle", { type: "button", "aria-label": t("panel.title"), title: t("panel.title"), "aria-expanded": "false", onclick: () => this.emit("toggle-panel") }, icon("panel"));
    const person = menuButton({
      content: avatar({ name: user.displayName || user.name, email: user.name }), label: t("nav.user", { name: user.displayName || user.name }), className: "icon-button person-button",
      items: () => [
        { heading: user.displayName || user.name },
        { label: t("nav.profile"), icon: "user", href: "/#/profile" },
        "separator",
        { label: t("signOut"), icon: "out", onselect: () => session.signOut() },
      ],
    });
    const narrow = menuButton({ content: icon("list"), label: t("nav.menu"), className: "icon-button nav-narrow", align: "start", items: () => shown.map(([, href, mark, label]) => ({ label: t(label), icon: mark, href })) });
    fill(this, narrow, h("a.brand", { href: "/#/", "aria-label": t("nav.home") }, logo(), h("span", t("app.name"))),
      h("nav.nav", { "aria-label": t("nav.label") }, [...this.links.values()]), h("span.tool-gap"), h("a.nav-link.profile-link", { href: "/#/profile" }, icon("user"), h("span", t("nav.profile"))), this.toggle, person);
    this.profile = this.querySelector(".profile-link");
    this.listen(mail, "accounts", () => this.#watch());
    this.#watch();
  }

  setPage(page) {
    for (const [name, link] of [...this.links, ["profile", this.profile]]) {
      if (name === page) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    this.toggle.hidden = page === "mail";
  }

  setPanel(isOpen) {
    this.toggle.setAttribute("aria-expanded", String(isOpen));
  }

  #watched = new Set();

  #watch() {
    for (const account of mail.accounts.values()) {
      if (this.#watched.has(account)) continue;
      this.#watched.add(account);
      this.listen(account, "mailboxes", () => this.#count());
    }
    this.#count();
  }

  #count() {
    const count = mail.unreadInInboxes;
    this.badge.hidden = !count;
    this.badge.textContent = count > 999 ? "999+" : formats.number(count);
    this.badge.setAttribute("aria-label", t("home.unread", { count }));
    document.title = count ? `(${count > 999 ? "999+" : count}) ${t("app.name")}` : t("app.name");
  }
}

customElements.define("top-bar", TopBar);
