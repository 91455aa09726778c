// The mail client: accounts and folders, the list, the opened conversation. It adapts to the width it is given, so that it is
// the whole page at /mail, the panel beside other pages and a phone's screen alike.
//
//   <mail-view></mail-view>          view.open({account, folder, email}); fires "place" when the person goes somewhere else

import { Component, fill, h } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { t } from "../lib/i18n.js";
import { mail } from "../model/mail.js";
import { MessageList } from "../model/message-list.js";
import { folderName } from "../model/actions.js";
import { allOf, askServer, readSearch } from "../model/search.js";
import { announce, showError } from "../shell/toasts.js";
import { displayName } from "../lib/addresses.js";
import { startCompose } from "../compose/start.js";
import { newAccount } from "../accounts/new-account.js";
import { markAllRead, runAction } from "./view-actions.js";
import { bindShortcuts, showShortcuts } from "./shortcuts.js";
import "./account-switcher.js";
import "./folder-list.js";
import "./message-list.js";
import "./list-head.js";
import "./thread-view.js";
import "./outbox-view.js";

const filters = { all: null, unread: { notKeyword: "$seen" }, flagged: { hasKeyword: "$flagged" }, attachments: { hasAttachment: true } };

export class MailView extends Component {
  /** Where we are: {account, folder, email, search, filter}; folder "outbox" is the outbox. */
  place = { account: null, folder: null, email: null, search: "", filter: "all" };
  list = null;
  /** Of the search that is shown: {coverage, misunderstood, missing}. */
  search = null;
  /** Where to go once the accounts are known. */
  #wanted = null;
  #watched = null;
  #reading = null;

  get mail() {
    return mail.accounts.get(this.place.account) ?? null;
  }

  connected() {
    this.switcher = h("account-switcher");
    this.folders = h("folder-list");
    this.head = h("list-head");
    this.messages = h("message-list");
    this.thread = h("thread-view", { tabindex: "-1" });
    this.outbox = h("outbox-view", { hidden: true });
    this.offline = h("div.offline", { role: "status", hidden: true }, icon("warning"), t("offline"));
    for (const part of [this.switcher, this.folders, this.head, this.messages, this.thread, this.outbox]) part.view = this;
    const side = h("nav.mail-side", { "aria-label": t("mail.folders") },
      this.switcher,
      h("button.button.primary.compose-button", { type: "button", onclick: () => this.compose() }, icon("compose"), t("mail.compose")),
      this.folders);
    const middle = h("section.mail-middle", { "aria-label": t("mail.list") }, this.offline, this.head, this.messages, this.outbox);
    const reading = h("section.mail-reading", { "aria-label": t("mail.reading") }, this.thread);
    this.cover = h("button.side-cover", { type: "button", tabindex: "-1", "aria-label": t("close"), onclick: () => this.showFolders(false) });
    this.frame = h("div.mail-frame", { dataset: { pane: "list" } }, side, this.cover, middle, reading);
    fill(this, this.frame);
    this.listen(mail, "accounts", () => this.#accountsChanged());
    this.listen(mail, "connection", () => (this.offline.hidden = mail.isOnline));
    this.listen(this, "keydown", (event) => event.key === "Escape" && this.frame.classList.contains("with-folders") && this.showFolders(false));
    bindShortcuts(this);
    mail.start().then(() => this.isConnected && this.#accountsChanged(), (error) => this.messages.showProblem(error));
  }

  disconnected() {
    this.#watched?.abort();
    this.list?.close();
    this.list = null;
  }

  /** Goes to a place; members that are left out stay. */
  async open(change) {
    if (!mail.isLoaded) {
      this.#wanted = { ...this.#wanted, ...change };
      return this.#showWelcome();
    }
    const before = this.place;
    const place = { ...before, ...change };
    if (!mail.accounts.has(place.account)) place.account = this.#rememberedAccount();
    if (place.account !== before.account) {
      if (!("folder" in change)) place.folder = null;
      if (!("email" in change)) place.email = null;
      if (!("search" in change)) place.search = "";
    }
    this.place = place;
    const account = this.mail;
    this.switcher.draw();
    if (!account) return this.#showWelcome();
    if (place.account !== before.account) {
      this.folders.account = account;
      this.#watch(account);
    }
    this.folders.draw();
    if (!account.isLoaded) {
      this.messages.showSkeleton();
      try {
        await account.load();
      } catch (error) {
        return this.messages.showProblem(error, () => this.open({}));
      }
      if (this.place !== place) return undefined;
    }
    if (place.folder !== "outbox" && !account.mailboxes.has(place.folder)) place.folder = account.withRole("inbox")?.id ?? [...account.mailboxes.keys()][0] ?? null;
    this.#remember();
    const isSameList = this.list && this.list.mail === account && ["folder", "search", "filter"].every((key) => place[key] === before[key]);
    if (!isSameList) this.#openList(account);
    this.folders.draw();
    this.head.draw();
    this.#showThread(account, place, before);
    if (!change.isQuiet) this.emit("place", { ...place });
    return undefined;
  }

  /** The folder shown may come later than the account, and may be deleted elsewhere. */
  #watch(account) {
    this.#watched?.abort();
    this.#watched = new AbortController();
    account.addEventListener("mailboxes", () => {
      const { folder } = this.place;
      if (folder !== "outbox" && !account.mailboxes.has(folder) && (folder || account.mailboxes.size)) this.open({ folder: null, isQuiet: true });
      else this.head.draw();
    }, { signal: this.#watched.signal });
  }

  #openList(account) {
    const { folder, search, filter } = this.place;
    this.list?.close();
    this.list = null;
    this.search = null;
    this.#reading = null;
    const isOutbox = folder === "outbox";
    this.outbox.hidden = !isOutbox;
    this.messages.hidden = isOutbox;
    if (isOutbox) return this.outbox.show(account);
    // Until the account's folders are known there is nothing to ask for; #watch comes back.
    if (search) return this.#openSearch(account);
    if (!folder) return this.messages.showEmpty({ icon: "refresh", title: t("list.syncing.title"), text: t("list.syncing.text") });
    const collapseThreads = !["drafts", "sent"].includes(account.mailboxes.get(folder)?.role);
    return this.#showList(new MessageList(account, { filter: allOf([{ inMailbox: folder }, filters[filter]]), mailboxId: folder, collapseThreads }));
  }

  async #openSearch(account) {
    const { search, filter } = this.place;
    const mark = (this.#reading = {});
    this.messages.showSkeleton();
    try {
      const { filter: found, coverage, misunderstood } = await readSearch(account.account, search);
      if (this.#reading !== mark) return;
      this.search = { coverage, misunderstood };
      this.#showList(new MessageList(account, { filter: allOf([found, filters[filter]]), collapseThreads: false }));
      this.head.drawStatus();
    } catch (error) {
      if (this.#reading === mark) this.messages.showProblem(error, () => this.#openSearch(account));
    }
  }

  /** Shows what the mail server itself finds, for mail that is not indexed here yet. */
  async askServer() {
    const { mail: account } = this;
    const mark = (this.#reading = {});
    this.messages.showSkeleton();
    try {
      const { emailIds, missing } = await askServer(account.account, this.place.search);
      if (this.#reading !== mark) return;
      this.search = { ...this.search, missing };
      this.list?.close();
      this.#showList(new MessageList(account, { ids: emailIds, collapseThreads: false }));
      this.head.drawStatus();
    } catch (error) {
      if (this.#reading === mark) this.messages.showProblem(error, () => this.askServer());
    }
  }

  #showList(list) {
    this.list = list;
    this.list.addEventListener("arrived", (event) => announce(t("mail.arrived", { from: displayName(event.detail[0].from?.[0]), subject: event.detail[0].subject ?? "" })));
    this.messages.show(this.list);
  }

  #showThread(account, place, before) {
    const isOpen = Boolean(place.email);
    if (isOpen && (place.email !== before.email || place.account !== before.account || !this.thread.isShowing(place.email))) this.thread.show(account, place.email, this.list);
    else if (!isOpen) this.thread.showNothing(true);
    this.setPane(isOpen ? "reading" : "list");
    this.messages.setCurrent(place.email);
  }

  /** Which of the panes a narrow view shows. */
  setPane(pane) {
    if (this.frame.dataset.pane === pane) return;
    this.frame.dataset.pane = pane;
    this.showFolders(false);
    if (!this.isNarrow) return;
    if (pane === "reading") this.thread.focus({ preventScroll: true });
    else this.messages.focusCurrent();
  }

  get isNarrow() {
    return this.getBoundingClientRect().width < 720;
  }

  showFolders(isShown = !this.frame.classList.contains("with-folders")) {
    const was = this.frame.classList.contains("with-folders");
    this.frame.classList.toggle("with-folders", isShown);
    if (isShown) this.switcher.querySelector("button")?.focus();
    else if (was && this.head.folderButton?.offsetParent) this.head.folderButton.focus();
  }

  get mailbox() {
    return this.mail?.mailboxes.get(this.place.folder) ?? null;
  }

  get title() {
    if (this.place.search) return t("search.results");
    if (this.place.folder === "outbox") return t("folder.outbox");
    return this.mailbox ? folderName(this.mailbox) : "";
  }

  openEmail(id) {
    const email = this.mail.emails.get(id);
    if (email?.keywords?.$draft && this.mailbox?.role === "drafts") return startCompose({ kind: "draft", mail: this.mail, emailId: id }).catch(showError);
    return this.open({ email: id });
  }

  back() {
    return this.open({ email: null });
  }

  compose(options = {}) {
    return startCompose({ kind: "new", mail: this.mail, ...options }).catch(showError);
  }

  /** Does something with the messages of `ids`, or with the selected ones. */
  act(action, ids, extra) {
    return runAction(this, action, ids, extra).catch(showError);
  }

  markAllRead() {
    return markAllRead(this).catch(showError);
  }

  showShortcuts() {
    return showShortcuts();
  }

  #accountsChanged() {
    this.switcher.draw();
    const isGone = this.place.account && !mail.accounts.has(this.place.account);
    const wanted = mail.isLoaded && this.#wanted;
    if (wanted) this.#wanted = null;
    if (wanted) this.open(wanted);
    else if (!this.place.account || isGone || !this.list) this.open({ account: isGone ? null : this.place.account, isQuiet: true });
    this.head.drawStatus();
    this.messages.draw();
  }

  #showWelcome() {
    this.list?.close();
    this.list = null;
    this.folders.account = null;
    this.head.draw();
    this.outbox.hidden = true;
    this.messages.hidden = false;
    this.thread.showNothing(false);
    if (!mail.isLoaded) return this.messages.showSkeleton();
    this.messages.showEmpty({
      icon: "mail", title: t("mail.noAccounts.title"), text: t("mail.noAccounts.text"),
      action: h("button.button.primary", { type: "button", onclick: () => newAccount() }, icon("plus"), t("menu.newAccount")),
    });
  }

  #rememberedAccount() {
    const remembered = localStorage.getItem("postroom.account");
    return mail.accounts.has(remembered) ? remembered : mail.defaultForSending?.id ?? [...mail.accounts.keys()][0] ?? null;
  }

  #remember() {
    localStorage.setItem("postroom.account", this.place.account);
  }
}

customElements.define("mail-view", MailView);
