// The mail of one account as this page knows it: folders, emails, conversations, and how they are kept up to date.
//
// Events: "mailboxes" (the list or counts changed), "emails" (detail: Set of ids that changed), "submissions".

import * as jmap from "../lib/jmap.js";
import { path, rest } from "../lib/api.js";
import { countChanges, patched } from "./keywords.js";

/** What a row of a list needs (RFC 8621 §4.1). */
export const rowProperties = ["id", "threadId", "mailboxIds", "keywords", "from", "to", "subject", "receivedAt", "preview", "hasAttachment", "size"];
/** What reading and answering needs beside it. */
export const fullProperties = [
  ...rowProperties, "blobId", "cc", "bcc", "replyTo", "sentAt", "messageId", "inReplyTo", "references", "textBody", "htmlBody", "attachments", "bodyValues",
];

export class AccountMail extends EventTarget {
  mailboxes = new Map();
  emails = new Map();
  threads = new Map();
  identities = [];
  lists = new Set();
  isLoaded = false;
  /** Ids that emails go by now, by those of before: those of conversations that grew together have new ones (RFC 8621 §3). */
  #present = new Map();
  #states = {};
  #loading = null;
  #syncing = null;
  #wanted = null;

  /** `account` is the account as the REST API gives it; it is replaced when its status changes. */
  constructor(account) {
    super();
    this.account = account;
  }

  get id() {
    return this.account.jmapAccountId;
  }

  /** Shared with this person for reading alone. */
  get isReadOnly() {
    return this.account.access === "read";
  }

  /** Folders and senders, once. */
  load() {
    this.#loading ??= this.#load().catch((error) => {
      this.#loading = null;
      throw error;
    });
    return this.#loading;
  }

  async #load() {
    const batch = jmap.batch(this.id);
    const mailboxes = batch.call("Mailbox/get", { ids: null });
    const identities = batch.call("Identity/get", { ids: null });
    const emails = batch.call("Email/get", { ids: [], properties: ["id"] });
    await batch.send({ strict: false });
    this.#takeMailboxes(mailboxes.value);
    this.identities = identities.result?.list ?? [];
    this.#states.Email = emails.result?.state;
    this.isLoaded = true;
    this.#fire("mailboxes");
  }

  /** Waits until there is a folder to write into: right after an account was connected its folders are still on their way. */
  async foldersKnown(patience = 20_000) {
    await this.load();
    if (this.withRole("drafts") ?? this.withRole("inbox")) return;
    await new Promise((resolve) => {
      const stop = new AbortController();
      const end = () => (stop.abort(), resolve());
      const timer = setTimeout(end, patience);
      stop.signal.addEventListener("abort", () => clearTimeout(timer));
      this.addEventListener("mailboxes", () => (this.withRole("drafts") ?? this.withRole("inbox")) && end(), { signal: stop.signal });
    });
  }

  withRole(role) {
    return [...this.mailboxes.values()].find((mailbox) => mailbox.role === role) ?? null;
  }

  /** Brings a /get's answer into what is known. */
  take(emails) {
    for (const email of emails) this.emails.set(email.id, { ...this.emails.get(email.id), ...email });
  }

  takeThreads(threads) {
    for (const thread of threads) this.threads.set(thread.id, thread.emailIds);
  }

  /** The emails of a conversation that are known, oldest first. */
  thread(threadId) {
    return (this.threads.get(threadId) ?? []).map((id) => this.emails.get(id)).filter(Boolean);
  }

  /** Fetches a whole conversation with its bodies. */
  async loadThread(threadId) {
    const batch = jmap.batch(this.id);
    const thread = batch.call("Thread/get", { ids: [threadId] });
    const emails = batch.call("Email/get", {
      "#ids": thread.ref("/list/*/emailIds"), properties: fullProperties, fetchTextBodyValues: true, fetchHTMLBodyValues: false, maxBodyValueBytes: 1_000_000,
    });
    await batch.send();
    this.take(emails.value.list.map((email) => ({ ...email, isFull: true })));
    this.takeThreads(thread.value.list);
    return this.thread(threadId);
  }

  async loadEmail(id, { html = false } = {}) {
    const properties = fullProperties;
    const result = await jmap.call(this.id, "Email/get", { ids: [id], properties, fetchTextBodyValues: true, fetchHTMLBodyValues: html, maxBodyValueBytes: 1_000_000 });
    this.take(result.list.map((email) => ({ ...email, isFull: true })));
    return this.emails.get(id);
  }

  /** The id that an email known here goes by now. */
  present(id) {
    let now = id;
    while (this.#present.has(now)) now = this.#present.get(now);
    return now;
  }

  /** Whether it is an email under a new id, not a new email. */
  isRenamed(id) {
    return [...this.#present.values()].includes(id);
  }

  /** The same for an id from anywhere, a link for one; null where the email is gone. */
  async findPresent(id) {
    await this.#learnPresent([id]);
    const now = this.present(id);
    return now === id ? null : now;
  }

  async #learnPresent(ids) {
    const answer = await rest.get(path`/accounts/${this.account.id}/email-ids?ids=${ids.slice(0, 200).join(",")}`).catch(() => null);
    for (const [id, now] of Object.entries(answer?.emailIds ?? {})) if (now && now !== id) this.#present.set(id, now);
  }

  /** Of what the server did not find: ids of emails that go by others now, of which this page had not heard. */
  async #renamed(refused) {
    const lost = Object.entries(refused ?? {}).filter(([, { type }]) => type === "notFound").map(([id]) => id);
    if (lost.length) await this.#learnPresent(lost);
    return lost.filter((id) => this.present(id) !== id);
  }

  /** Changes emails here at once and then on the server; takes it back and throws where the server refuses. */
  async change(wanted) {
    const patches = Object.fromEntries(Object.entries(wanted).map(([id, patch]) => [this.present(id), patch]));
    const before = new Map();
    for (const [id, patch] of Object.entries(patches)) {
      const email = this.emails.get(id);
      if (!email) continue;
      before.set(id, email);
      this.#replace(id, patched(email, patch));
    }
    this.#emailsChanged([...before.keys()]);
    try {
      const result = await jmap.call(this.id, "Email/set", { update: patches });
      if ((await this.#renamed(result.notUpdated)).length) return await this.change(wanted);
      return jmap.checkSet(result);
    } catch (error) {
      for (const [id, email] of before) this.#replace(id, email);
      this.#emailsChanged([...before.keys()]);
      throw error;
    }
  }

  /** Deletes for good. */
  async destroy(wanted) {
    const ids = wanted.map((id) => this.present(id));
    const before = ids.map((id) => this.emails.get(id)).filter(Boolean);
    for (const email of before) this.#replace(email.id, { ...email, mailboxIds: {} });
    this.#emailsChanged(ids);
    try {
      const result = await jmap.call(this.id, "Email/set", { destroy: ids });
      const renamed = await this.#renamed(result.notDestroyed);
      if (renamed.length) await this.destroy(renamed);
      for (const id of renamed) delete result.notDestroyed[id];
      jmap.checkSet(result);
      for (const id of ids) this.emails.delete(id);
    } catch (error) {
      for (const email of before) this.#replace(email.id, email);
      this.#emailsChanged(ids);
      throw error;
    }
  }

  #replace(id, email) {
    const before = this.emails.get(id);
    this.emails.set(id, email);
    for (const [mailboxId, { total, unread }] of Object.entries(countChanges(before, email))) {
      const mailbox = this.mailboxes.get(mailboxId);
      if (!mailbox || (!total && !unread)) continue;
      const totalEmails = Math.max(0, mailbox.totalEmails + total);
      this.mailboxes.set(mailboxId, { ...mailbox, totalEmails, unreadEmails: Math.max(0, mailbox.unreadEmails + unread) });
    }
  }

  #emailsChanged(ids) {
    this.dispatchEvent(new CustomEvent("emails", { detail: new Set(ids) }));
    this.#fire("mailboxes");
  }

  /** Told by the event source: new states by type. Runs one after another; what comes in between is joined. */
  sync(states) {
    this.#wanted = { ...this.#wanted, ...states };
    this.#syncing ??= this.#syncAll().finally(() => (this.#syncing = null));
    return this.#syncing;
  }

  async #syncAll() {
    while (this.#wanted) {
      // What is being loaded may be older than what we were told: only after it is known whether that is news.
      await this.#loading?.catch(() => {});
      const wanted = this.#wanted;
      this.#wanted = null;
      const isNew = (type) => type in wanted && wanted[type] !== this.#states[type];
      if (wanted.EmailSubmission !== undefined) this.#fire("submissions");
      if (isNew("Identity") || wanted.Identity === null) await this.#syncIdentities(wanted.Identity);
      if (!this.isLoaded) continue;
      if (isNew("Mailbox")) await this.#syncMailboxes();
      if (isNew("Email")) await this.#syncEmails();
    }
  }

  async #syncMailboxes() {
    const batch = jmap.batch(this.id);
    const changes = batch.call("Mailbox/changes", { sinceState: this.#states.Mailbox });
    const created = batch.call("Mailbox/get", { "#ids": changes.ref("/created") });
    const updated = batch.call("Mailbox/get", { "#ids": changes.ref("/updated") });
    await batch.send({ strict: false });
    if (changes.error || changes.result.hasMoreChanges) this.#takeMailboxes(await jmap.call(this.id, "Mailbox/get", { ids: null }));
    else {
      for (const mailbox of [...(created.result?.list ?? []), ...(updated.result?.list ?? [])]) this.mailboxes.set(mailbox.id, mailbox);
      for (const id of changes.result.destroyed) this.mailboxes.delete(id);
      this.#states.Mailbox = changes.result.newState;
    }
    this.#fire("mailboxes");
  }

  #takeMailboxes({ list, state }) {
    this.mailboxes = new Map(list.map((mailbox) => [mailbox.id, mailbox]));
    this.#states.Mailbox = state;
  }

  async #syncIdentities(state) {
    this.identities = (await jmap.call(this.id, "Identity/get", { ids: null })).list;
    this.#states.Identity = state;
  }

  /** Fetches what is shown here of what changed, and lets the lists look again. While mail pours in, only the lists look. */
  async #syncEmails() {
    const changed = new Set();
    const gone = new Set();
    let isAnyNew = false;
    for (let round = 0; ; round++) {
      const changes = await jmap.call(this.id, "Email/changes", { sinceState: this.#states.Email, maxChanges: 500 }).catch(() => null);
      if (!changes || (changes.hasMoreChanges && round === 3)) {
        const { state } = await jmap.call(this.id, "Email/get", { ids: [], properties: ["id"] });
        this.#states.Email = state;
        for (const id of this.emails.keys()) changed.add(id);
        break;
      }
      for (const id of [...changes.created, ...changes.updated, ...changes.destroyed]) changed.add(id);
      for (const id of changes.destroyed) if (this.emails.delete(id)) gone.add(id);
      isAnyNew ||= changes.created.length > 0;
      this.#states.Email = changes.newState;
      if (!changes.hasMoreChanges) break;
    }
    if (gone.size && isAnyNew) await this.#learnPresent([...gone]);
    const known = [...changed].filter((id) => this.emails.has(id));
    for (let start = 0; start < known.length; start += 200) {
      const { list, notFound } = await jmap.call(this.id, "Email/get", { ids: known.slice(start, start + 200), properties: rowProperties });
      this.take(list);
      for (const id of notFound ?? []) this.emails.delete(id);
    }
    await Promise.all([...this.lists].map((list) => list.refresh()));
    this.dispatchEvent(new CustomEvent("emails", { detail: changed }));
  }

  #fire(type) {
    this.dispatchEvent(new Event(type));
  }
}
