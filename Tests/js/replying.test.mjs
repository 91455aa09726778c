import assert from "node:assert/strict";
import { test } from "node:test";
import { asset } from "./assets.mjs";

const { forwardSubject, linkParts, quoteRuns, quoteText, replyRecipients, replyReferences, replySubject } = await asset("lib/replying.js");

const people = (...emails) => emails.map((email) => ({ email }));
const emails = (list) => list.map(({ email }) => email);
const own = people("me@x.org", "Info@x.org");
const message = { from: people("ben@y.org"), to: people("ME@x.org", "lena@z.org"), cc: people("info@x.org", "team@y.org") };

test("an answer goes to the writer", () => assert.deepEqual(emails(replyRecipients(message, own, false).to), ["ben@y.org"]));
test("an answer to all leaves oneself out, whatever the case", () => {
  const { to, cc } = replyRecipients(message, own, true);
  assert.deepEqual([emails(to), emails(cc)], [["ben@y.org", "lena@z.org"], ["team@y.org"]]);
});
test("Reply-To goes before From", () => assert.deepEqual(emails(replyRecipients({ ...message, replyTo: people("list@y.org") }, own, false).to), ["list@y.org"]));
test("an answer to one's own message goes where that went", () => {
  assert.deepEqual(emails(replyRecipients({ from: people("me@x.org"), to: people("ben@y.org") }, own, false).to), ["ben@y.org"]);
});
test("a message to oneself can be answered", () => assert.deepEqual(emails(replyRecipients({ from: people("me@x.org"), to: people("me@x.org") }, own, true).to), ["me@x.org"]));

for (const [subject, expected] of [["Hello", "Re: Hello"], ["Re: Hello", "Re: Hello"], ["RE[2]: AW: Отв: Hello", "Re: Hello"], ["", "Re:"], [null, "Re:"], ["Report: May", "Re: Report: May"]]) {
  test(`answer to "${subject}" is "${expected}"`, () => assert.equal(replySubject(subject), expected));
}
test("a forward of an answer", () => assert.equal(forwardSubject("Re: Hello"), "Fwd: Hello"));

test("references grow by the answered message (RFC 5322 §3.6.4)", () => {
  assert.deepEqual(replyReferences({ messageId: ["c"], references: ["a", "b"] }), { inReplyTo: ["c"], references: ["a", "b", "c"] });
  assert.deepEqual(replyReferences({ messageId: ["b"], inReplyTo: ["a"] }), { inReplyTo: ["b"], references: ["a", "b"] });
  assert.deepEqual(replyReferences({ messageId: null }), { inReplyTo: null, references: null });
});

test("quotes are quoted deeper", () => assert.equal(quoteText("one\n\n> two\n"), "> one\n>\n>> two"));
test("runs of quoted and own lines", () => assert.deepEqual(quoteRuns("a\n> b\n>> c\nd").map(({ depth, lines }) => [depth > 0, lines.length]), [[false, 1], [true, 2], [false, 1]]));

test("links without the punctuation behind them", () => {
  const links = linkParts("See https://x.org/a(b), www.y.org. Or (http://z.org) anna@x.org!").filter(({ href }) => href).map(({ href }) => href);
  assert.deepEqual(links, ["https://x.org/a(b)", "https://www.y.org", "http://z.org", "mailto:anna@x.org"]);
});
test("the parts of a line are the line", () => {
  const line = "a javascript:alert(1) https://x.org?q=<b> c";
  assert.equal(linkParts(line).map(({ text }) => text).join(""), line);
  assert.ok(linkParts(line).every(({ href }) => !href || /^(https?|mailto):/.test(href)));
});
