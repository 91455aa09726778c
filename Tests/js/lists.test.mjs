import assert from "node:assert/strict";
import { test } from "node:test";
import { asset } from "./assets.mjs";

const { missingPages, scrollToShow, visibleRange } = await asset("lib/windowing.js");
const { folderPath, folderRows } = await asset("model/folders.js");
const { countChanges, inverse, patched } = await asset("model/keywords.js");
const { allOf } = await asset("model/search.js");

test("rows in view and some around them", () => assert.deepEqual(visibleRange({ scrollTop: 1000, height: 500, rowHeight: 50, total: 1000, overscan: 2 }), { from: 18, to: 32 }));
test("a list shorter than before does not ask for rows it has not", () => assert.deepEqual(visibleRange({ scrollTop: 5000, height: 500, rowHeight: 50, total: 3, overscan: 2 }), { from: 1, to: 3 }));
test("an empty list", () => assert.deepEqual(visibleRange({ scrollTop: 0, height: 500, rowHeight: 50, total: 0 }), { from: 0, to: 0 }));
test("pages a range touches", () => assert.deepEqual(missingPages({ from: 45, to: 151, size: 50, isLoaded: (page) => page === 1 }), [0, 2, 3]));
test("scrolling only as far as needed", () => {
  assert.equal(scrollToShow({ index: 5, scrollTop: 0, height: 500, rowHeight: 50 }), null);
  assert.equal(scrollToShow({ index: 10, scrollTop: 0, height: 500, rowHeight: 50 }), 50);
  assert.equal(scrollToShow({ index: 1, scrollTop: 200, height: 500, rowHeight: 50 }), 50);
});

const mailboxes = [
  { id: "9", name: "Б", parentId: null, role: null }, { id: "1", name: "Trash", parentId: null, role: "trash" }, { id: "2", name: "INBOX", parentId: null, role: "inbox" },
  { id: "3", name: "А", parentId: "9", role: null }, { id: "4", name: "Lost", parentId: "missing", role: null }, { id: "5", name: "Loop", parentId: "5", role: null },
];
test("special folders first, children under parents, nothing lost", () => {
  assert.deepEqual(folderRows(mailboxes).map(({ mailbox, depth }) => [mailbox.id, depth]), [["2", 0], ["1", 0], ["5", 0], ["4", 0], ["9", 0], ["3", 1]]);
});
test("the path of a folder", () => assert.deepEqual(folderPath(new Map(mailboxes.map((item) => [item.id, item])), "3"), ["Б", "А"]));

const email = { id: "e", keywords: { $flagged: true }, mailboxIds: { 1: true } };
test("a patch is applied and taken back", () => {
  const patch = { "keywords/$seen": true, "keywords/$flagged": null, "mailboxIds/1": null, "mailboxIds/2": true };
  const after = patched(email, patch);
  assert.deepEqual(after, { id: "e", keywords: { $seen: true }, mailboxIds: { 2: true } });
  assert.deepEqual(patched(after, inverse(email, patch)), email);
  assert.deepEqual(email.keywords, { $flagged: true });
});
test("counts follow a move and a reading", () => {
  assert.deepEqual(countChanges(email, patched(email, { "mailboxIds/1": null, "mailboxIds/2": true })), { 1: { total: -1, unread: -1 }, 2: { total: 1, unread: 1 } });
  assert.deepEqual(countChanges(email, patched(email, { "keywords/$seen": true })), { 1: { total: 0, unread: -1 } });
});

test("filters are put together", () => {
  assert.deepEqual(allOf([{ text: "oak" }, { hasAttachment: true }]), { operator: "AND", conditions: [{ text: "oak" }, { hasAttachment: true }] });
  assert.deepEqual(allOf([null, { text: "oak" }]), { text: "oak" });
  assert.equal(allOf([null, undefined]), null);
});
