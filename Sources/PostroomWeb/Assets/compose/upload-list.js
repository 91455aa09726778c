// Files attached to a draft: uploaded at once, shown with their state, removed with a button.

import { Component, h, reconcile } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { formats, t } from "../lib/i18n.js";
import { upload } from "../lib/jmap.js";
import { extension, kind } from "../messages/attachment-list.js";
import { problemText } from "../shell/problem-note.js";

class UploadList extends Component {
  #items = [];
  #next = 0;

  /** `mail`: the account whose blobs they become. */
  mail = null;

  /** Attachments that are there already: {blobId, name, type, size, cid}. */
  set value(list) {
    this.#items = list.map((part) => ({ key: this.#next++, state: "done", ...part }));
    this.#draw();
  }

  get value() {
    return this.#items.filter(({ state }) => state === "done").map(({ blobId, name, type, size, cid }) => ({ blobId, name, type, size, cid }));
  }

  get isBusy() {
    return this.#items.some(({ state }) => state === "uploading");
  }

  get hasFailed() {
    return this.#items.some(({ state }) => state === "failed");
  }

  add(files) {
    for (const file of files) {
      const item = { key: this.#next++, state: "uploading", name: file.name, type: file.type || "application/octet-stream", size: file.size, file, abort: new AbortController() };
      this.#items.push(item);
      this.#upload(item);
    }
    this.#draw();
  }

  connected() {
    this.classList.add("upload-list");
    this.setAttribute("role", "list");
    this.setAttribute("aria-label", t("attachments"));
    this.#draw();
  }

  disconnected() {
    for (const item of this.#items) item.abort?.abort();
  }

  async #upload(item) {
    item.state = "uploading";
    this.#draw();
    try {
      const { blobId, type, size } = await upload(this.mail.id, item.file, { signal: item.abort.signal });
      Object.assign(item, { blobId, type: type || item.type, size, state: "done" });
    } catch (error) {
      if (error.name === "AbortError") return;
      Object.assign(item, { state: "failed", error });
    }
    this.#draw();
    this.emit("change");
  }

  #draw() {
    this.hidden = !this.#items.length;
    reconcile(this, this.#items, { key: ({ key, state }) => `${key}-${state}`, make: (item) => this.#make(item), update: () => {} });
  }

  #make(item) {
    const state = { uploading: t("upload.running"), failed: item.error && problemText(item.error), done: formats.size(item.size ?? 0) }[item.state];
    return h("div.attachment.is-upload", { role: "listitem", dataset: { state: item.state } },
      h("span.attachment-kind", { dataset: { kind: kind(item.type) } }, extension(item.name ?? "", item.type)),
      h("span.attachment-words", h("span.attachment-name", item.name || t("attachment.unnamed")), h("span.attachment-size", state)),
      item.state === "failed" && h("button.icon-button", { type: "button", "aria-label": t("retry"), onclick: () => this.#upload(item) }, icon("refresh")),
      h("button.icon-button", { type: "button", "aria-label": t("upload.remove", { name: item.name }), onclick: () => this.#remove(item) }, icon("close")));
  }

  #remove(item) {
    item.abort?.abort();
    this.#items = this.#items.filter((other) => other !== item);
    this.#draw();
    this.emit("change");
  }
}

customElements.define("upload-list", UploadList);
