import assert from "node:assert/strict";
import { test } from "node:test";
import { asset } from "./assets.mjs";

/** A JMAP server with the folders of one account; `hold` keeps the next answer back until the returned function is called. */
class Server {
  folders = [];
  state = "0";
  /** What /changes says of emails, and the ids that they go by now. */
  emailChanges = { created: [], updated: [], destroyed: [] };
  emailIds = {};
  asked = [];
  #held = null;

  hold() {
    let release;
    this.#held = new Promise((resolve) => (release = resolve));
    return release;
  }

  answer = async (url, { body } = {}) => {
    if (url.includes("well-known")) return Response.json({ apiUrl: "http://localhost/jmap" });
    if (url.includes("/email-ids")) {
      this.asked.push(decodeURIComponent(url.split("ids=")[1]));
      return Response.json({ emailIds: this.emailIds });
    }
    const methodResponses = JSON.parse(body).methodCalls.map(([name, args, id]) => {
      const list = args.ids === null || args["#ids"]?.path === "/created" ? [...this.folders] : [];
      if (name === "Mailbox/changes") return [name, { newState: this.state, hasMoreChanges: false, created: this.folders.map((item) => item.id), updated: [], destroyed: [] }, id];
      if (name === "Email/changes") return [name, { newState: "f", hasMoreChanges: false, ...this.emailChanges }, id];
      if (name === "Email/set") {
        const refused = (ids) => Object.fromEntries(ids.filter((item) => item in this.emailIds).map((item) => [item, { type: "notFound" }]));
        this.asked.push(...Object.keys(args.update ?? {}), ...(args.destroy ?? []));
        return [name, { notUpdated: args.update ? refused(Object.keys(args.update)) : null, notDestroyed: args.destroy ? refused(args.destroy) : null }, id];
      }
      return [name, { state: name.startsWith("Mailbox") ? this.state : "e", list: name.startsWith("Mailbox") ? list : [] }, id];
    });
    const held = this.#held;
    this.#held = null;
    await held;
    return Response.json({ methodResponses });
  };
}

globalThis.location ??= new URL("http://localhost/");
globalThis.document ??= { documentElement: { lang: "en" }, baseURI: "http://localhost/" };
const server = new Server();
globalThis.fetch = server.answer;
const { AccountMail } = await asset("model/account-mail.js");

const inbox = { id: "1", name: "INBOX", role: "inbox", totalEmails: 0, unreadEmails: 0 };

test("a change told while the folders are being loaded is not lost", async () => {
  const mail = new AccountMail({ jmapAccountId: "a" });
  const release = server.hold();
  const loading = mail.load();
  await new Promise((resolve) => setTimeout(resolve, 10));
  Object.assign(server, { folders: [inbox], state: "1" });
  const syncing = mail.sync({ Mailbox: "1" });
  release();
  await Promise.all([loading, syncing]);
  assert.equal(mail.withRole("inbox")?.name, "INBOX");
});

test("writing waits for the folders of an account that has just been connected", async () => {
  Object.assign(server, { folders: [], state: "0" });
  const mail = new AccountMail({ jmapAccountId: "b" });
  const known = mail.foldersKnown();
  await mail.load();
  Object.assign(server, { folders: [inbox], state: "1" });
  await mail.sync({ Mailbox: "1" });
  await known;
  assert.equal(mail.withRole("inbox")?.name, "INBOX");
});

test("an email under a new id is the one that was known, and everything here follows it", async () => {
  const mail = new AccountMail({ id: "1", jmapAccountId: "c" });
  await mail.load();
  mail.take([{ id: "e1", keywords: {}, mailboxIds: {} }, { id: "e2", keywords: {}, mailboxIds: {} }]);
  Object.assign(server, { emailChanges: { created: ["e8", "e9"], updated: [], destroyed: ["e1", "e2", "e3"] }, emailIds: { e1: "e9", e2: null }, asked: [] });
  await mail.sync({ Email: "f" });
  assert.deepEqual(server.asked, ["e1,e2"]);
  assert.equal(mail.present("e1"), "e9");
  assert.equal(mail.present("e2"), "e2");
  assert.ok(mail.isRenamed("e9") && !mail.isRenamed("e8"));
  // Once more: the first id leads to the last.
  mail.take([{ id: "e9", keywords: {}, mailboxIds: {} }]);
  Object.assign(server, { emailChanges: { created: ["e20"], updated: [], destroyed: ["e9"] }, emailIds: { e9: "e20" } });
  await mail.sync({ Email: "g" });
  assert.equal(mail.present("e1"), "e20");
  mail.take([{ id: "e20", keywords: {}, mailboxIds: {} }]);
  await mail.change({ e1: { "keywords/$answered": true } });
  assert.ok(mail.emails.get("e20").keywords.$answered);
});

test("a change of an email whose new id is not known here yet reaches it", async () => {
  const mail = new AccountMail({ id: "1", jmapAccountId: "e" });
  await mail.load();
  Object.assign(server, { emailIds: { e5: "e6" }, asked: [] });
  await mail.change({ e5: { "keywords/$answered": true } });
  assert.deepEqual(server.asked, ["e5", "e5", "e6"]);
  Object.assign(server, { emailIds: { e7: "e8" }, asked: [] });
  await mail.destroy(["e1", "e7"]);
  assert.deepEqual(server.asked, ["e1", "e7", "e7", "e8"]);
  // What is really gone is refused once.
  Object.assign(server, { emailIds: { e9: null }, asked: [] });
  await assert.rejects(mail.change({ e9: { "keywords/$seen": true } }));
  assert.deepEqual(server.asked, ["e9", "e9"]);
});

test("where nothing came, nobody is asked what became of it", async () => {
  const mail = new AccountMail({ id: "1", jmapAccountId: "d" });
  await mail.load();
  mail.take([{ id: "e1", keywords: {}, mailboxIds: {} }]);
  Object.assign(server, { emailChanges: { created: [], updated: [], destroyed: ["e1"] }, asked: [] });
  await mail.sync({ Email: "f" });
  assert.deepEqual(server.asked, []);
});
