// All accounts of the signed-in person and their mail; one event stream keeps them up to date.
//
// Events: "accounts" (the list or a status changed), "connection" (`isOnline` changed), "arrived" (detail: {mail, emails}).

import { path, rest } from "../lib/api.js";
import { events, forgetSession } from "../lib/jmap.js";
import { AccountMail } from "./account-mail.js";

class Mail extends EventTarget {
  /** AccountMail by JMAP account id, in the order of the list of accounts. */
  accounts = new Map();
  isLoaded = false;
  isOnline = true;
  #stop = null;
  #started = null;

  /** Loads the accounts and opens the event stream, once for all views of a page. */
  start() {
    this.#started ??= this.#start().catch((error) => {
      this.#started = null;
      throw error;
    });
    return this.#started;
  }

  async #start() {
    await this.reload();
    this.#stop = await events({
      state: (data) => this.#stateChanged(data.changed ?? {}),
      account: (data) => this.#accountChanged(data.accountId),
      open: () => this.#connected(),
      lost: () => this.#setOnline(false),
    });
  }

  stop() {
    this.#stop?.();
    this.#started = null;
    this.#stop = null;
    this.accounts.clear();
    this.isLoaded = false;
    this.isOnline = true;
  }

  /** The accounts as the server has them now. */
  async reload() {
    const { accounts } = await rest.get("/accounts");
    const old = this.accounts;
    if (accounts.some(({ jmapAccountId }) => !old.has(jmapAccountId))) forgetSession();
    this.accounts = new Map(accounts.map((account) => {
      const mail = old.get(account.jmapAccountId) ?? new AccountMail(account);
      mail.account = account;
      return [account.jmapAccountId, mail];
    }));
    this.isLoaded = true;
    this.#fire("accounts");
  }

  /** An account as a REST answer gave it: replaces what is known of it. */
  takeAccount(account) {
    const mail = this.accounts.get(account.jmapAccountId);
    if (!mail) return void this.reload();
    mail.account = account;
    this.#fire("accounts");
  }

  byAccountId(id) {
    return [...this.accounts.values()].find(({ account }) => account.id === id || account.jmapAccountId === id) ?? null;
  }

  /** Where writing starts: the default account, else the first that may send. */
  get defaultForSending() {
    const sending = [...this.accounts.values()].filter(({ account }) => account.sendEnabled);
    return sending.find(({ account }) => account.isDefault) ?? sending[0] ?? null;
  }

  /** Every address mail of this person is sent as. */
  get ownAddresses() {
    return [...this.accounts.values()].flatMap((mail) => [{ email: mail.account.address }, ...mail.identities]);
  }

  get unreadInInboxes() {
    return [...this.accounts.values()].reduce((sum, mail) => sum + (mail.withRole("inbox")?.unreadEmails ?? 0), 0);
  }

  #stateChanged(changed) {
    for (const [id, states] of Object.entries(changed)) {
      const mail = this.accounts.get(id);
      if (mail) mail.sync(states).catch(() => {});
      else this.reload().catch(() => {});
    }
  }

  async #accountChanged(id) {
    const known = this.byAccountId(id);
    if (!known) return this.reload().catch(() => {});
    try {
      this.takeAccount(await rest.get(path`/accounts/${known.account.id}`));
    } catch (problem) {
      if (problem.status === 404) this.reload().catch(() => {});
    }
  }

  /** After a gap nobody knows what was missed: everything that is on screen asks what changed. */
  #connected() {
    if (!this.isOnline) this.reload().catch(() => {});
    this.#setOnline(true);
    for (const mail of this.accounts.values()) mail.sync({ Mailbox: undefined, Email: undefined, EmailSubmission: null }).catch(() => {});
  }

  #setOnline(value) {
    if (this.isOnline === value) return;
    this.isOnline = value;
    this.#fire("connection");
  }

  #fire(type) {
    this.dispatchEvent(new Event(type));
  }
}

export const mail = new Mail();
