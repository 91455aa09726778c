// The communication panel: tabs on top, Email the first of them, its menu beside, the mail view below.

import { Component, fill, h, uniqueId } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { t } from "../lib/i18n.js";
import { hasPages, mailAddress, navigate } from "../lib/router.js";
import { absolute } from "../lib/api.js";
import { newAccount } from "../accounts/new-account.js";
import { menuButton } from "./menu.js";
import "../messages/mail-view.js";

class CommunicationPanel extends Component {
  connected() {
    this.view = h("mail-view");
    this.view.isPanel = true;
    const panelId = uniqueId("panel");
    const tab = h("button.panel-tab", { type: "button", role: "tab", id: `${panelId}-tab`, "aria-selected": "true", "aria-controls": panelId }, icon("mail"), t("panel.email"));
    const menu = menuButton({
      content: icon("down"), label: t("panel.menu"), className: "icon-button tab-menu", align: "start",
      items: () => [
        { label: t("menu.newAccount"), icon: "plus", onselect: () => newAccount() },
        { label: t("menu.accounts"), icon: "settings", href: this.#page("/#/accounts"), target: hasPages() ? null : "_blank" },
      ],
    });
    const wide = h("button.icon-button", { type: "button", "aria-label": t("panel.expand"), title: t("panel.expand"), onclick: () => this.#expand() }, icon("expand"));
    const close = !this.hasAttribute("embedded") && h("button.icon-button", { type: "button", "aria-label": t("panel.close"), title: t("panel.close"), onclick: () => this.emit("toggle-panel") }, icon("close"));
    fill(this,
      h("header.panel-head", h("div.panel-tabs", { role: "tablist", "aria-label": t("panel.title") }, tab), menu, h("span.tool-gap"), wide, close),
      h("div.panel-body", { role: "tabpanel", id: panelId, "aria-labelledby": `${panelId}-tab` }, this.view));
    this.view.open({});
  }

  #page(href) {
    return hasPages() ? href : absolute(href);
  }

  #expand() {
    const { account, folder, email } = this.view.place;
    navigate(this.#page(mailAddress({ account, folder, email })));
  }
}

customElements.define("communication-panel", CommunicationPanel);
