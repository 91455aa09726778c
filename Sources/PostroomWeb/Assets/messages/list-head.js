// Above the list: title, search, filters, the account's state, and the actions for selected messages.

import { Component, debounce, fill, h } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { formats, t } from "../lib/i18n.js";
import { path, rest } from "../lib/api.js";
import { mail } from "../model/mail.js";
import { menuButton } from "../shell/menu.js";
import { showError } from "../shell/toasts.js";
import { problemNote } from "../shell/problem-note.js";
import { accountSettings } from "../accounts/account-settings.js";
import { progressText } from "../accounts/status.js";
import { moveMenu } from "./move-menu.js";

class ListHead extends Component {
  connected() {
    this.folderButton = h("button.icon-button.only-narrow", { type: "button", "aria-label": t("mail.folders"), onclick: () => this.view.showFolders(true) }, icon("inbox"));
    this.heading = h("h2.list-title");
    this.count = h("span.list-count");
    this.input = h("input.search-input", { type: "search", placeholder: t("search.placeholder"), "aria-label": t("search"), enterkeyhint: "search", autocomplete: "off" });
    this.filter = menuButton({ content: icon("more"), label: t("list.options"), items: () => this.#options() });
    this.chip = h("button.chip", { type: "button", hidden: true, onclick: () => this.view.open({ filter: "all", email: null }) });
    this.normal = h("div.list-bar",
      this.folderButton,
      h("div.list-heading", this.heading, this.count, this.chip),
      h("button.icon-button.only-narrow", { type: "button", "aria-label": t("mail.compose"), title: t("mail.compose"), onclick: () => this.view.compose() }, icon("compose")),
      this.filter);
    this.selection = h("div.list-bar.selection-bar", { role: "toolbar", "aria-label": t("mail.selected.actions"), hidden: true });
    this.status = h("div.list-status");
    fill(this, this.normal, this.selection, h("div.search-box", { role: "search" }, icon("search"), this.input), this.status);
    const search = debounce(350, () => this.#search());
    this.listen(this.input, "input", search);
    this.listen(this.input, "keydown", (event) => {
      if (event.key === "Enter") search.flush();
      if (event.key === "ArrowDown") this.view.messages.focusCurrent();
      if (event.key !== "Escape") return;
      event.stopPropagation();
      this.input.value = "";
      this.#search();
      this.view.messages.focusCurrent();
    });
  }

  #search() {
    const search = this.input.value.trim();
    if (search !== this.view.place.search) this.view.open({ search, email: null });
  }

  draw() {
    const { place, mailbox } = this.view;
    this.heading.textContent = this.view.title;
    this.hidden = !this.view.mail;
    const isFiltered = place.filter !== "all";
    this.chip.hidden = !isFiltered;
    fill(this.chip, isFiltered && t(`filter.${place.filter}`), icon("close"));
    this.count.textContent = !place.search && mailbox?.unreadEmails && !isFiltered ? formats.number(mailbox.unreadEmails) : "";
    if (this.input.value.trim() !== place.search && document.activeElement !== this.input) this.input.value = place.search;
    this.drawStatus();
    this.drawSelection();
  }

  /** Tells what keeps the account from being up to date, and nothing while all is well. */
  drawStatus() {
    const account = this.view.mail?.account;
    const { phase, done, total, diagnosis, secondsLeft } = account?.status ?? {};
    if (phase === "needsAttention" || (phase === "waiting" && diagnosis)) {
      fill(this.status, problemNote(diagnosis ?? { title: t("status.needsAttention") }, { level: phase === "waiting" ? "warning" : "error", isAlert: false }),
        h("div.list-status-actions", h("button.button.small", { type: "button", onclick: () => accountSettings(account) }, t("account.settings"))));
    } else if (phase === "syncing" && total > 0) {
      fill(this.status, h("div.sync-line", h("progress", { max: total, value: done, "aria-label": t("status.syncing") }), h("span", progressText({ done, total, secondsLeft })), this.#searchNote()));
    } else if (phase === "paused") {
      fill(this.status, h("div.sync-line", icon("pause"), h("span", t("status.paused")), h("button.link", { type: "button", onclick: () => this.#post("resume") }, t("account.resume"))));
    } else fill(this.status, this.#searchNote());
  }

  /** How much a search looks through, as long as that is not everything; the mail server can be asked for the rest. */
  #searchNote() {
    const { place, search } = this.view;
    if (!place.search || !search) return null;
    if (search.missing !== undefined) return h("div.sync-line", { role: "status" }, icon("search"), h("span", t("search.server", { count: search.missing })));
    if (search.misunderstood?.length) return h("div.sync-line", { role: "status" }, icon("warning"), h("span", t("search.misunderstood", { text: search.misunderstood.join(", ") })));
    const { isComplete, indexed, emails, missing } = search.coverage;
    if (isComplete) return null;
    return h("div.sync-line", { role: "status" }, icon("search"), h("span", t("search.coverage", { indexed, total: emails + missing })),
      h("button.link", { type: "button", onclick: () => this.view.askServer() }, t("search.askServer")));
  }

  drawSelection() {
    const { messages, view } = { messages: this.view.messages, view: this.view };
    const count = messages.selected.size;
    this.selection.hidden = !count;
    this.normal.hidden = Boolean(count);
    if (!count) return void (this.selection.signature = "");
    const hasUnread = [...messages.selected].some((id) => view.list.isUnread(id));
    const signature = `${count} ${hasUnread}`;
    if (this.selection.signature === signature) return undefined;
    this.selection.signature = signature;
    const tool = (name, label, action) => h("button.icon-button", { type: "button", "aria-label": label, title: label, onclick: () => view.act(action) }, icon(name));
    return fill(this.selection,
      h("button.icon-button", { type: "button", "aria-label": t("mail.selected.clear"), onclick: () => messages.clearSelection() }, icon("close")),
      h("span.selection-count", { role: "status" }, t("mail.selected", { count })),
      view.mail.withRole("archive") && tool("archive", t("mail.archive"), "archive"),
      tool("trash", t("mail.delete"), "remove"),
      hasUnread ? tool("read", t("mail.markRead"), "read") : tool("unread", t("mail.markUnread"), "unread"),
      tool("flag", t("mail.flag"), "flag"),
      menuButton({ content: icon("move"), label: t("mail.move"), items: () => moveMenu(view.mail, (id) => view.act("move", undefined, id), view.list?.mailboxId) }));
  }

  #options() {
    const { view } = this;
    const filter = (name) => ({ label: t(`filter.${name}`), isChecked: view.place.filter === name, onselect: () => view.open({ filter: name, email: null }) });
    return [
      ...["all", "unread", "flagged", "attachments"].map(filter),
      "separator",
      { label: t("mail.selectAll"), icon: "check", onselect: () => view.messages.selectAll() },
      { label: t("mail.markAllRead"), icon: "read", onselect: () => view.markAllRead() },
      { label: t("account.syncNow"), icon: "refresh", onselect: () => this.#post("sync") },
      { label: t("shortcuts.title"), icon: "question", onselect: () => view.showShortcuts() },
    ];
  }

  async #post(what) {
    try {
      mail.takeAccount(await rest.post(path`/accounts/${this.view.mail.account.id}/${what}`));
    } catch (error) {
      showError(error);
    }
  }
}

customElements.define("list-head", ListHead);
