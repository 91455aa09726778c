// A message's HTML in a frame of an origin of its own, without scripts: sanitised by the server, pictures from outside on request.

import { Component, fill, h } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { t } from "../lib/i18n.js";
import { absolute, path, send, usesToken } from "../lib/api.js";
import { problemNote } from "../shell/problem-note.js";

class HtmlFrame extends Component {
  #mail = null;
  #email = null;
  #html = null;
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
      if (this.#html === null || width === this.#width) return;
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
    this.#html = html;
    // By address the frame gets the policy the server sends with it; a token cannot travel that way.
    const source = usesToken() ? { srcdoc: html } : { src: absolute(url) };
    this.frame = h("iframe.message-frame", {
      title: t("message.content"), sandbox: "allow-popups allow-popups-to-escape-sandbox", referrerpolicy: "no-referrer", ...source,
    });
    const isBlocked = !isRemote && response.headers.get("X-Remote-Content") === "1";
    const bar = isBlocked && h("div.remote-bar", icon("picture"), h("span", t("message.remoteBlocked")),
      h("button.link", { type: "button", onclick: () => this.#load(true) }, t("message.showPictures")));
    fill(this, bar, this.frame);
    this.#measure();
  }

  /**
   * The shown frame cannot be measured, being of another origin. A twin that may neither run scripts, open windows nor load
   * anything is laid out at the same width, and gives its height.
   */
  #measure() {
    this.#width = Math.round(this.getBoundingClientRect().width);
    const holder = h("div.message-twin", { "aria-hidden": "true" });
    const style = { position: "absolute", "inline-size": "100%", "block-size": "8rem", border: "0", "color-scheme": "light" };
    const twin = h("iframe", { sandbox: "allow-same-origin", tabindex: "-1", referrerpolicy: "no-referrer", srcdoc: withoutRemote(this.#html), style });
    holder.attachShadow({ mode: "closed" }).append(twin);
    twin.addEventListener("load", () => {
      const root = twin.contentDocument?.documentElement;
      if (root && this.frame) {
        const scrollbar = root.scrollWidth > root.clientWidth ? 18 : 2;
        const height = Math.ceil(root.getBoundingClientRect().height) + scrollbar + unknownPictures(root) * 160;
        this.frame.style.setProperty("block-size", `${Math.min(Math.max(height, 32), 30_000)}px`);
      }
      holder.remove();
    });
    this.append(holder);
  }
}

/** Pictures from outside are not fetched twice, and never before they are asked for. */
const withoutRemote = (html) => html.replace(/(\s)src=(["']?)https?:/gi, "$1data-src=$2https:");

/** How many pictures have a size nobody knows before they are there; at most four are made room for. */
const unknownPictures = (root) => Math.min(4, [...root.querySelectorAll("img[data-src]")].filter((image) => !image.getAttribute("height") && !image.style.height).length);

customElements.define("html-frame", HtmlFrame);
