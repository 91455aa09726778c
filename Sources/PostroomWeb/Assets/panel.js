// <postroom-panel>: the communication panel inside another web application.
//
//   <script type="module" src="https://mail.example.com/panel.js"></script>
//   <postroom-panel token="…" language="ru"></postroom-panel>
//
// `token` is an API token of the person; without it the session cookie of the same site is used. `server` names Postroom where
// this file was loaded from somewhere else. The panel has a shadow tree of its own: the page's styles and it do not touch.

import { fill, h } from "./lib/dom.js";
import { connectTo, rest } from "./lib/api.js";
import { asset } from "./lib/asset.js";
import { t, useLocale } from "./lib/i18n.js";
import { mail } from "./model/mail.js";
import { session } from "./model/session.js";
import { setLayer } from "./shell/layer.js";
import { problemNote } from "./shell/problem-note.js";
import "./shell/communication-panel.js";

const sheets = ["colors", "meanings", "base", "controls", "dialogs", "panel", "mail", "reading", "compose", "pages"];

class PostroomPanel extends HTMLElement {
  async connectedCallback() {
    const server = this.getAttribute("server") ?? new URL(import.meta.url).origin;
    connectTo({ base: server === location.origin ? "" : server, token: this.getAttribute("token") });
    const root = this.shadowRoot ?? this.attachShadow({ mode: "open" });
    const layer = h("div.embedded-layer");
    fill(root, sheets.map((name) => h("link", { rel: "stylesheet", href: asset(`styles/${name}.css`) })), layer);
    setLayer(layer);
    try {
      session.user = await rest.get("/profile");
      session.policy = (await rest.get("/session")).policy ?? session.policy;
      await useLocale({ ...session.user, language: this.getAttribute("language") ?? session.user.language });
      fill(layer, h("communication-panel", { embedded: true }));
    } catch (error) {
      await useLocale({ language: this.getAttribute("language") });
      fill(layer, h("div.embedded-problem", problemNote(error), error.status === 401 && h("p", t("panel.signedOut"))));
    }
  }

  disconnectedCallback() {
    mail.stop();
    setLayer(null);
  }
}

customElements.define("postroom-panel", PostroomPanel);
