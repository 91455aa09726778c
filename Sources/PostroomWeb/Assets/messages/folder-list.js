// The folders of an account as a list of links, special ones first, with unread counts; messages can be dropped on them.

import { Component, fill, h, reconcile } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { formats, language, t } from "../lib/i18n.js";
import * as jmap from "../lib/jmap.js";
import { path, rest } from "../lib/api.js";
import { folderName, move } from "../model/actions.js";
import { folderRows } from "../model/folders.js";
import { menuButton } from "../shell/menu.js";
import { confirmDialog } from "../shell/dialog.js";
import { showError, toast } from "../shell/toasts.js";
import { askName } from "../shell/ask-name.js";

const iconOf = ({ role }) => (["inbox", "drafts", "sent", "archive", "junk", "trash"].includes(role) ? role : "folder");

class FolderList extends Component {
  #account = null;
  #abort = null;
  #waiting = 0;
  list = h("ul.folders", { role: "list" });

  set account(mail) {
    this.#abort?.abort();
    this.#abort = new AbortController();
    this.#account = mail;
    this.#waiting = 0;
    if (!mail) return;
    mail.addEventListener("mailboxes", () => this.draw(), { signal: this.#abort.signal });
    mail.addEventListener("submissions", () => this.countOutbox(), { signal: this.#abort.signal });
    this.countOutbox();
  }

  connected() {
    fill(this, this.list);
  }

  disconnected() {
    this.#abort?.abort();
  }

  /** How many messages wait or need a decision: the outbox is only listed while there are some. */
  async countOutbox() {
    const account = this.#account;
    const answer = await rest.get(path`/accounts/${account.account.id}/submissions`).catch(() => null);
    if (account !== this.#account || !answer) return;
    this.#waiting = answer.submissions.filter(({ state }) => !["sent", "canceled"].includes(state)).length;
    this.draw();
  }

  draw() {
    const account = this.#account;
    if (!account) return fill(this.list);
    if (!account.isLoaded) return fill(this.list, Array.from({ length: 6 }, () => h("li.skeleton.folder-skeleton")));
    const rows = folderRows(account.mailboxes.values(), new Intl.Collator(language)).map(({ mailbox, depth }) => ({ ...mailbox, depth }));
    const at = rows.findIndex(({ role }) => role === "sent") + 1 || rows.length;
    if (this.#waiting || this.view.place.folder === "outbox") rows.splice(at, 0, { id: "outbox", role: "outbox", name: "", depth: 0, unreadEmails: this.#waiting });
    this.list.querySelectorAll(":scope > .skeleton").forEach((item) => item.remove());
    reconcile(this.list, rows, { key: ({ id }) => id, make: (row) => this.#make(row), update: (item, row) => this.#update(item, row) });
    return undefined;
  }

  #make(row) {
    const link = h("button.folder", { type: "button" }, icon(row.id === "outbox" ? "outbox" : iconOf(row)), h("span.folder-name"), h("span.folder-count"));
    const more = row.id !== "outbox" && menuButton({ content: icon("more"), label: t("folder.more"), className: "icon-button folder-more", items: () => this.#menu(row.id) });
    const item = h("li", link, more);
    link.addEventListener("click", () => {
      this.view.open({ folder: row.id, email: null, search: "", filter: "all" });
      this.view.showFolders(false);
    });
    for (const type of ["dragover", "dragleave", "drop"]) link.addEventListener(type, (event) => this.#drag(event, row.id, link));
    this.#update(item, row);
    return item;
  }

  #update(item, row) {
    const link = item.querySelector(".folder");
    const name = row.id === "outbox" ? t("folder.outbox") : folderName(row);
    const count = row.role === "drafts" ? row.totalEmails : row.unreadEmails;
    const isCurrent = row.id === this.view.place.folder && !this.view.place.search;
    link.querySelector(".folder-name").textContent = name;
    link.querySelector(".folder-count").textContent = count && row.role !== "trash" ? formats.number(count) : "";
    link.setAttribute("aria-label", count && row.role !== "drafts" ? t("folder.unread", { name, count }) : name);
    link.classList.toggle("has-unread", Boolean(count) && !["drafts", "junk", "trash"].includes(row.role));
    item.style.setProperty("--depth", row.depth);
    if (isCurrent) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }

  #drag(event, id, link) {
    if (!event.dataTransfer.types.includes("application/x-postroom-emails")) return;
    event.preventDefault();
    link.classList.toggle("is-target", event.type === "dragover");
    if (event.type !== "drop") return;
    const ids = JSON.parse(event.dataTransfer.getData("application/x-postroom-emails"));
    move(this.#account, ids.map((email) => this.#account.emails.get(email)).filter(Boolean), this.view.list?.mailboxId, id);
  }

  #menu(id) {
    const mailbox = this.#account.mailboxes.get(id);
    const rights = mailbox?.myRights ?? {};
    return [
      { label: t("folder.new"), icon: "plus", onselect: () => this.#create(id) },
      !mailbox.role && rights.mayRename !== false && { label: t("folder.rename"), icon: "drafts", onselect: () => this.#rename(mailbox) },
      !mailbox.role && rights.mayDelete !== false && { label: t("folder.delete"), icon: "trash", isDangerous: true, onselect: () => this.#delete(mailbox) },
    ].filter(Boolean);
  }

  async #set(change) {
    try {
      jmap.checkSet(await jmap.call(this.#account.id, "Mailbox/set", change));
      await this.#account.sync({ Mailbox: undefined });
    } catch (error) {
      showError(error);
    }
  }

  async #create(parentId) {
    const name = await askName({ title: t("folder.new"), label: t("folder.name"), action: t("add") });
    const parent = this.#account.mailboxes.get(parentId);
    if (name) await this.#set({ create: { new: { name, parentId: parent?.role ? null : parentId } } });
  }

  async #rename(mailbox) {
    const name = await askName({ title: t("folder.rename"), label: t("folder.name"), value: mailbox.name, action: t("save") });
    if (name && name !== mailbox.name) await this.#set({ update: { [mailbox.id]: { name } } });
  }

  async #delete(mailbox) {
    if (mailbox.totalEmails) return toast(t("folder.notEmpty", { name: mailbox.name, count: mailbox.totalEmails }), { kind: "error" });
    const isSure = await confirmDialog({ title: t("folder.delete.title", { name: mailbox.name }), text: t("folder.delete.text"), action: t("delete"), isDangerous: true });
    if (!isSure) return undefined;
    await this.#set({ destroy: [mailbox.id] });
    return this.view.open({ folder: null, email: null });
  }
}

customElements.define("folder-list", FolderList);
