import assert from "node:assert/strict";
import { test } from "node:test";
import { asset } from "./assets.mjs";

const { formatAddress, initials, looksLikeAddress, parseAddress, shortName, splitAddresses, uniqueAddresses } = await asset("lib/addresses.js");

const splits = [
  ["one address", "anna@example.com", ["anna@example.com"]],
  ["commas, semicolons and lines separate", "a@x.org, b@x.org; c@x.org\nd@x.org", ["a@x.org", "b@x.org", "c@x.org", "d@x.org"]],
  ["a comma in a quoted name does not", '"Kovaleva, Anna" <anna@x.org>, b@x.org', ['"Kovaleva, Anna" <anna@x.org>', "b@x.org"]],
  ["empty pieces are dropped", " , a@x.org,, ", ["a@x.org"]],
];
for (const [name, text, expected] of splits) test(`split: ${name}`, () => assert.deepEqual(splitAddresses(text), expected));

test("an address with a name and one without", () => {
  assert.deepEqual(parseAddress('"Kovaleva, Anna" <anna@x.org>'), { name: "Kovaleva, Anna", email: "anna@x.org" });
  assert.deepEqual(parseAddress("mailto:anna@x.org"), { name: null, email: "anna@x.org" });
});

for (const good of ["a@b", "anna.k+list@mail.example.com", "анна@почта.рф", '"odd name"@x.org']) test(`address: ${good}`, () => assert.ok(looksLikeAddress(good)));
for (const bad of ["", "anna", "anna@", "@x.org", "a b@x.org", "a@x..org", "a@b,c"]) test(`no address: ${bad || "(empty)"}`, () => assert.ok(!looksLikeAddress(bad)));

test("written and read again, an address is the same", () => {
  for (const address of [{ name: 'Say "hi", Ben', email: "b@x.org" }, { name: "Анна К.", email: "a@x.org" }]) assert.deepEqual(parseAddress(formatAddress(address)), address);
});

test("marks of people", () => {
  assert.equal(initials({ name: "Анна Ковалёва", email: "a@x" }), "АК");
  assert.equal(initials({ name: null, email: "info@x.org" }), "I");
  assert.equal(initials({ name: "Студия «Север»", email: "" }), "СС");
  assert.equal(shortName({ name: "Kovaleva, Anna", email: "" }), "Anna");
});

test("an address stands once, whatever its letters' case", () => {
  assert.deepEqual(uniqueAddresses([{ email: "A@x.org" }, { email: "a@X.org" }, { email: "b@x.org" }]).map(({ email }) => email), ["A@x.org", "b@x.org"]);
});
