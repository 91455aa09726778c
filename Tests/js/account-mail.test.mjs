import assert from "node:assert/strict";
import { test } from "node:test";
import { asset } from "./assets.mjs";

/** A JMAP server with the folders of one account; `hold` keeps the next answer back until the returned function is called. */
class Server {
  folders = [];
  state = "0";
  #held = null;

  hold() {
    let release;
    this.#held = new Promise((resolve) => (release = resolve));
    return release;
  }

  answer = async (url, { body } = {}) => {
    if (url.includes("well-known")) return Response.json({ apiUrl: "http://localhost/jmap" });
    const methodResponses = JSON.parse(body).methodCalls.map(([name, args, id]) => {
      const list = args.ids === null || args["#ids"]?.path === "/created" ? [...this.folders] : [];
      if (name === "Mailbox/changes") return [name, { newState: this.state, hasMoreChanges: false, created: this.folders.map((item) => item.id), updated: [], destroyed: [] }, id];
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
