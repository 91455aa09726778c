// One query of emails, loaded page by page as it is looked at, and kept up to date.
//
// Fires "change" whenever rows, their order or the total changed; "arrived" (detail: emails) when new ones came on top.

import * as jmap from "../lib/jmap.js";
import { missingPages } from "../lib/windowing.js";
import { isUnread } from "./keywords.js";
import { rowProperties } from "./account-mail.js";

export const pageSize = 50;
const threadProperties = ["id", "threadId", "mailboxIds", "keywords", "from", "receivedAt"];

export class MessageList extends EventTarget {
  ids = [];
  /** null until the first answer. */
  total = null;
  error = null;
  #pages = new Map();
  #abort = new AbortController();

  /**
   * `mail` is an AccountMail; `filter` a JMAP filter; `mailboxId` the folder it is about, or null for a search everywhere; `ids` are given
   * where somebody else has searched.
   */
  constructor(mail, { filter = null, mailboxId = null, collapseThreads = true, ids = null }) {
    super();
    Object.assign(this, { mail, filter, mailboxId, collapseThreads, given: ids });
    mail.lists.add(this);
    mail.addEventListener("emails", (event) => this.#emailsChanged(event.detail), { signal: this.#abort.signal });
  }

  close() {
    this.mail.lists.delete(this);
    this.#abort.abort();
  }

  email(index) {
    const id = this.ids[index];
    return id === undefined ? undefined : this.mail.emails.get(id);
  }

  /** What stands behind a row: the emails of its conversation in this folder, or the email alone. */
  group(id) {
    const email = this.mail.emails.get(id);
    if (!email) return [];
    if (!this.collapseThreads) return [email];
    const thread = this.mail.thread(email.threadId);
    const here = this.mailboxId ? thread.filter((item) => item.mailboxIds?.[this.mailboxId]) : thread;
    return here.length ? here : [email];
  }

  isUnread(id) {
    return this.group(id).some(isUnread);
  }

  /** Loads the pages that rows `from`..<`to` need. */
  async show(from, to) {
    const pages = missingPages({ from, to, size: pageSize, isLoaded: (page) => this.#pages.has(page) });
    await Promise.all(pages.map((page) => this.#loadPage(page)));
  }

  async #loadPage(page) {
    const mark = {};
    this.#pages.set(page, mark);
    try {
      const { ids, total } = await this.#query(page * pageSize, pageSize);
      if (this.#pages.get(page) !== mark) return;
      this.total = total ?? Math.max(this.total ?? 0, page * pageSize + ids.length);
      ids.forEach((id, index) => (this.ids[page * pageSize + index] = id));
      this.error = null;
    } catch (error) {
      if (error.name === "AbortError") return;
      this.#pages.delete(page);
      this.error = error;
    }
    this.#changed();
  }

  /** Asks again for what is loaded, keeping what is known; called when the account's emails changed. */
  async refresh() {
    if (this.total === null && !this.error) return;
    const loaded = Math.max(0, ...[...this.#pages.keys()].map((page) => page + 1)) * pageSize;
    const limit = Math.min(Math.max(loaded, pageSize), 5 * pageSize);
    const before = new Set(this.ids);
    const hadAny = this.total !== null;
    const answer = await this.#query(0, limit).catch((error) => ({ error }));
    if (answer.error) return;
    this.ids = answer.ids;
    this.total = answer.total ?? answer.ids.length;
    this.error = null;
    this.#pages = new Map(Array.from({ length: Math.ceil(limit / pageSize) }, (_, page) => [page, {}]));
    this.#changed();
    const arrived = answer.ids.slice(0, 10).filter((id) => hadAny && !before.has(id) && !this.mail.isRenamed(id) && this.isUnread(id));
    if (arrived.length) this.dispatchEvent(new CustomEvent("arrived", { detail: arrived.map((id) => this.mail.emails.get(id)) }));
  }

  async #query(position, limit) {
    const batch = jmap.batch(this.mail.id);
    if (this.given) {
      const ids = this.given.slice(position, position + limit);
      const emails = batch.call("Email/get", { ids, properties: rowProperties });
      if (ids.length) await batch.send({ strict: false, signal: this.#abort.signal });
      this.mail.take(emails.result?.list ?? []);
      return { ids, total: this.given.length };
    }
    const query = batch.call("Email/query", {
      filter: this.filter, sort: [{ property: "receivedAt", isAscending: false }], collapseThreads: this.collapseThreads, position, limit, calculateTotal: true,
    });
    const emails = batch.call("Email/get", { "#ids": query.ref("/ids"), properties: rowProperties });
    const threads = this.collapseThreads ? batch.call("Thread/get", { "#ids": emails.ref("/list/*/threadId") }) : null;
    const others = threads && batch.call("Email/get", { "#ids": threads.ref("/list/*/emailIds"), properties: threadProperties });
    await batch.send({ strict: false, signal: this.#abort.signal });
    this.mail.take(emails.value.list);
    this.mail.takeThreads(threads?.result?.list ?? []);
    this.mail.take(others?.result?.list ?? []);
    return query.value;
  }

  /** Rows that a change here took out of the folder go at once, before the server says so. */
  #emailsChanged(ids) {
    if (this.mailboxId) {
      const isGone = (id) => {
        const email = ids.has(id) ? this.mail.emails.get(id) : null;
        return email && !this.group(id).some((item) => item.mailboxIds?.[this.mailboxId]);
      };
      const before = this.ids.length;
      this.ids = this.ids.filter((id) => !isGone(id));
      if (this.total !== null) this.total -= before - this.ids.length;
    }
    this.#changed();
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}
