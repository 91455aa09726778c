// For administrators: the accounts whose owners must sign in again at their provider, with a link to send to each.

import { Component, fill, h } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { t } from "../lib/i18n.js";
import { rest } from "../lib/api.js";
import { problemNote } from "../shell/problem-note.js";
import { toast } from "../shell/toasts.js";
import { table } from "../pages/page-parts.js";

/** Where the browser keeps the clipboard closed, the text is shown to be copied by hand. */
const copy = (text) => navigator.clipboard.writeText(text).then(() => toast(t("copied")), () => toast(text));

class CampaignSection extends Component {
  async connected() {
    const found = await rest.get("/reauthorizations", { signal: this.signal }).catch((problem) => ({ problem }));
    if (!this.isConnected) return;
    if (found.problem) return void fill(this, problemNote(found.problem));
    const providers = Map.groupBy(found.accounts, ({ providerName }) => providerName);
    fill(this, found.accounts.length > 0 && h("section.page-section", h("h2", t("campaign.title")), h("p.page-lead", t("campaign.lead")),
      [...providers].map(([name, accounts]) => h("div.campaign-group",
        h("div.section-head", h("h3", t("campaign.provider", { name, count: accounts.length })), this.#copyButton(t("campaign.copyAll"), accounts.map(({ address, link }) => `${address} ${link}`).join("\n"))),
        table(name, [t("campaign.owner"), t("grants.account"), t("campaign.reason"), ""], accounts.map((account) => [
          account.userName, account.address, account.diagnosis?.title ?? "", this.#copyIcon(account),
        ]))))));
  }

  #copyButton(label, text) {
    return h("button.button.small", { type: "button", onclick: () => copy(text) }, icon("link"), label);
  }

  #copyIcon({ address, link }) {
    return h("button.icon-button", { type: "button", "aria-label": t("campaign.copy", { address }), title: t("campaign.copy", { address }), onclick: () => copy(link) }, icon("link"));
  }
}

customElements.define("campaign-section", CampaignSection);
