// A message's HTML in a frame of an origin of its own, without scripts: sanitised by the server, pictures from outside on request.

import { Component, fill, h } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { t } from "../lib/i18n.js";
import { absolute, path, send, usesToken } from "../lib/api.js";
import { problemNote } from "../shell/problem-note.js";

class HtmlFrame extends Component {
  #mail = null;
  #email = null;
  #source = null;
  #width = 0;
  #timer = 0;

  show(mail, email) {
    this.#mail = mail;
    this.#email = email;
  }

  connected() {
    this.#load(false);
    this.observer = new ResizeObserver(([entry]) => {
      const width = Math.round(entry.contentRect.width);
      if (!this.#source || width === this.#width) return;
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#measure(), 120);
    });
    this.observer.observe(this);
  }

  disconnected() {
    this.observer.disconnect();
    clearTimeout(this.#timer);
  }

  async #load(isRemote) {
    const url = `/api/v1${path`/accounts/${this.#mail.account.id}/emails/${this.#email.id}/html`}?remote=${isRemote ? 1 : 0}`;
    if (!isRemote) fill(this, h("div.message-skeleton", Array.from({ length: 5 }, () => h("span.skeleton"))));
    let response;
    let html;
    try {
      response = await send(url, { accept: "text/html", signal: this.signal });
      html = await response.text();
    } catch (error) {
      if (error.name !== "AbortError") fill(this, problemNote(error));
      return;
    }
    // By address the frame gets the policy the server sends with it; a token cannot travel that way.
    this.#source = usesToken() ? { srcdoc: html } : { src: absolute(url) };
    this.frame = h("iframe.message-frame", {
      title: t("message.content"), sandbox: "allow-popups allow-popups-to-escape-sandbox", referrerpolicy: "no-referrer", ...this.#source,
    });
    const isBlocked = !isRemote && response.headers.get("X-Remote-Content") === "1";
    const bar = isBlocked && h("div.remote-bar", icon("picture"), h("span", t("message.remoteBlocked")),
      h("button.link", { type: "button", onclick: () => this.#load(true) }, t("message.showPictures")));
    fill(this, bar, this.frame);
    this.#measure();
  }

  /**
   * The shown frame cannot be measured, being of another origin. A twin that may neither run scripts, open windows nor be seen is
   * laid out at the same width, and gives its height.
   */
  #measure() {
    this.#width = Math.round(this.getBoundingClientRect().width);
    const twin = h("iframe.message-twin", { sandbox: "allow-same-origin", "aria-hidden": "true", tabindex: "-1", referrerpolicy: "no-referrer", ...this.#source });
    twin.addEventListener("load", () => {
      const root = twin.contentDocument?.documentElement;
      if (!root) return twin.remove();
      const take = () => this.frame?.style.setProperty("block-size", `${Math.min(Math.max(Math.ceil(root.getBoundingClientRect().height), 24), 20_000) + (root.scrollWidth > root.clientWidth ? 18 : 2)}px`);
      take();
      // Pictures may come a little later.
      return setTimeout(() => {
        if (this.isConnected) take();
        twin.remove();
      }, 600);
    });
    this.append(twin);
  }
}

customElements.define("html-frame", HtmlFrame);
