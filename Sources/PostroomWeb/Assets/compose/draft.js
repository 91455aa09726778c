// A message being written: its fields, how it is kept in Drafts (RFC 8621 §4.6) and how it is sent (§7.5).

import * as jmap from "../lib/jmap.js";
import { sameAddress } from "../lib/addresses.js";
import { Problem } from "../lib/problem.js";
import { mail as allMail } from "../model/mail.js";

export class Draft {
  to = [];
  cc = [];
  bcc = [];
  subject = "";
  inReplyTo = null;
  references = null;
  /** {blobId, name, type, size, cid} */
  attachments = [];
  /** Nodes the editor starts with. */
  content = [];
  isPlain = false;
  /** The email in Drafts, once saved. */
  emailId = null;
  /** The email this answers or forwards: it is marked so when this is sent. */
  answers = null;
  forwards = null;
  #saving = Promise.resolve();

  constructor(mail) {
    this.mail = mail;
    this.identity = preferredIdentity(mail);
    this.sourceMail = mail;
  }

  /** Everything this person can send as: [{mail, identity}]. */
  static senders() {
    return [...allMail.accounts.values()].filter(({ account }) => account.sendEnabled).flatMap((mail) => mail.identities.map((identity) => ({ mail, identity })));
  }

  /** Answers go out from the address the message came to. */
  chooseIdentityFor(email) {
    const people = [...(email.to ?? []), ...(email.cc ?? []), ...(email.from ?? [])];
    const match = this.mail.identities.find((identity) => people.some((address) => sameAddress(address, identity)));
    if (match) this.identity = match;
  }

  chooseIdentity(address) {
    const match = address && this.mail.identities.find((identity) => sameAddress(address, identity));
    if (match) this.identity = match;
  }

  get recipients() {
    return [...this.to, ...this.cc, ...this.bcc];
  }

  /** The Email object to create; `body`: {text, html} with html null for plain text. */
  #toEmail({ text, html }) {
    const drafts = this.mail.withRole("drafts") ?? this.mail.withRole("inbox");
    if (!drafts) throw new Problem({ code: "no-drafts-folder" });
    const people = (list) => (list.length ? list.map(({ name, email }) => ({ name: name ?? null, email })) : undefined);
    const email = {
      mailboxIds: { [drafts.id]: true },
      keywords: { $draft: true, $seen: true },
      from: [{ name: this.identity.name || null, email: this.identity.email }],
      to: people(this.to), cc: people(this.cc), bcc: people(this.bcc),
      replyTo: this.identity.replyTo ?? undefined,
      subject: this.subject,
      inReplyTo: this.inReplyTo ?? undefined,
      references: this.references ?? undefined,
      textBody: [{ partId: "text", type: "text/plain" }],
      bodyValues: { text: { value: text } },
    };
    if (html !== null) {
      email.htmlBody = [{ partId: "html", type: "text/html" }];
      email.bodyValues.html = { value: html };
    }
    if (this.attachments.length) {
      email.attachments = this.attachments.map(({ blobId, name, type, cid }) => ({ blobId, name, type, disposition: cid ? "inline" : "attachment", ...(cid ? { cid } : {}) }));
    }
    return email;
  }

  /** Keeps it in Drafts: emails never change, so a new one takes the old one's place. Saves follow one another. */
  save(body) {
    this.#saving = this.#saving.catch(() => {}).then(() => this.#save(body));
    return this.#saving;
  }

  async #save(body) {
    await this.mail.foldersKnown();
    const batch = jmap.batch(this.mail.id);
    const set = batch.call("Email/set", { create: { draft: this.#toEmail(body) }, destroy: this.#savedHere });
    await batch.send();
    if (set.value.notCreated?.draft) throw new jmap.SetError(set.value.notCreated.draft);
    await this.#destroyRenamed(set.value);
    const [old, oldMail] = [this.emailId, this.savedIn];
    this.emailId = set.value.created.draft.id;
    this.savedIn = this.mail;
    if (old && oldMail && oldMail !== this.mail) jmap.call(oldMail.id, "Email/set", { destroy: [old] }).catch(() => {});
  }

  /** What a new version takes the place of. */
  get #savedHere() {
    return this.emailId && this.savedIn === this.mail ? [this.mail.present(this.emailId)] : [];
  }

  /** The old version may go by another id already, of which this page has not heard. */
  async #destroyRenamed({ notDestroyed }) {
    if (notDestroyed) await this.mail.destroy(Object.keys(notDestroyed)).catch(() => {});
  }

  /** Where `emailId` lives: a draft that was opened lives where it was found. */
  get savedIn() {
    return this.place ?? this.sourceMail;
  }

  set savedIn(mail) {
    this.place = mail;
  }

  /** Sends it: the id of the EmailSubmission. The message goes to Sent when the server has taken it over. */
  async send(body) {
    await this.#saving.catch(() => {});
    const { mail } = this;
    await mail.foldersKnown();
    const sent = mail.withRole("sent");
    const drafts = mail.withRole("drafts") ?? mail.withRole("inbox");
    const afterwards = { "keywords/$draft": null, "keywords/$seen": true };
    if (sent && drafts.id !== sent.id) Object.assign(afterwards, { [`mailboxIds/${drafts.id}`]: null, [`mailboxIds/${sent.id}`]: true });
    const batch = jmap.batch(mail.id);
    const set = batch.call("Email/set", { create: { draft: this.#toEmail(body) }, destroy: this.#savedHere });
    const submission = batch.call("EmailSubmission/set", {
      create: { send: { emailId: "#draft", identityId: this.identity.id, envelope: null } }, onSuccessUpdateEmail: { "#send": afterwards },
    });
    await batch.send({ strict: false });
    if (set.value.notCreated?.draft) throw new jmap.SetError(set.value.notCreated.draft);
    await this.#destroyRenamed(set.value);
    // From here on the message is in Drafts, whatever becomes of the submission.
    this.emailId = set.value.created.draft.id;
    this.savedIn = mail;
    if (submission.value.notCreated?.send) throw new jmap.SetError(submission.value.notCreated.send);
    this.#markOriginal();
    return submission.value.created.send.id;
  }

  #markOriginal() {
    const mark = (id, keyword) => this.sourceMail.change({ [id]: { [`keywords/${keyword}`]: true } }).catch(() => {});
    if (this.answers) mark(this.answers, "$answered");
    if (this.forwards) mark(this.forwards, "$forwarded");
  }

  async discard() {
    await this.#saving.catch(() => {});
    if (this.emailId) await this.savedIn.destroy([this.emailId]);
  }
}

function preferredIdentity(mail) {
  const own = mail.identities.find((identity) => sameAddress(identity, { email: mail.account.address }));
  return own ?? mail.identities[0] ?? { id: null, name: mail.account.senderName ?? "", email: mail.account.address };
}
