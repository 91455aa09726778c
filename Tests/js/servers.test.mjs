import assert from "node:assert/strict";
import { test } from "node:test";
import { asset } from "./assets.mjs";

const { hostFault, portFault, portFor, securityFor } = await asset("lib/servers.js");

const securities = [
  ["imap", "993", "starttls", "ssl"], ["imap", "143", "ssl", "starttls"], ["imap", "143", "none", "none"], ["imap", "1143", "ssl", "ssl"],
  ["smtp", "465", "starttls", "ssl"], ["smtp", "587", "ssl", "starttls"], ["smtp", "25", "ssl", "starttls"], ["smtp", "2525", "none", "none"],
];
for (const [side, port, current, expected] of securities) test(`${side} port ${port} with ${current} proposes ${expected}`, () => assert.equal(securityFor(side, port, current), expected));

const proposals = [
  ["imap", "ssl", "143", 993], ["imap", "starttls", "993", 143], ["imap", "ssl", "10993", 10993], ["smtp", "starttls", "465", 587], ["smtp", "ssl", "", 465], ["smtp", "none", "465", 587],
];
for (const [side, security, current, expected] of proposals) test(`${side} ${security} with port "${current}" proposes ${expected}`, () => assert.equal(portFor(side, security, current), expected));

test("455 is explained for sending and an ordinary port for receiving", () => {
  assert.equal(portFault("smtp", "455"), "port-455");
  assert.equal(portFault("imap", "455"), null);
});
for (const [text, fault] of [["", "required"], ["abc", "invalid-port"], ["0", "invalid-port"], ["65536", "invalid-port"], ["65535", null], [" 993 ", null]]) {
  test(`port "${text}" is ${fault ?? "good"}`, () => assert.equal(portFault("imap", text), fault));
}

const hosts = [
  ["imap.example.com", null], ["localhost", null], ["почта.рф", null], ["192.0.2.1", null], ["2001:db8::1", null], ["imap.example.com.", null],
  ["", { code: "required" }], ["imap@domain.com", { code: "host-looks-like-address", suggestion: "imap.domain.com" }],
  ["https://mail.example.com/x", { code: "invalid-host", suggestion: "mail.example.com" }], ["mail.example.com:993", { code: "invalid-host", suggestion: "mail.example.com" }],
  ["mail example.com", { code: "invalid-host" }], ["-mail.example.com", { code: "invalid-host" }], ["mail..example.com", { code: "invalid-host" }],
];
for (const [text, fault] of hosts) test(`host "${text}" is ${fault?.code ?? "good"}`, () => assert.deepEqual(hostFault(text), fault));
