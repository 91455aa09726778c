import assert from "node:assert/strict";
import { test } from "node:test";
import { asset } from "./assets.mjs";

const { backOff, EventParser } = await asset("lib/event-stream.js");
const { mailAddress, parseRoute } = await asset("lib/router.js");

test("events cut anywhere are read whole", () => {
  const text = ': hi\r\n\r\nid: 7\nevent: state\ndata: {"a":\ndata: 1}\n\nevent: ping\ndata: {}\n\n';
  for (let cut = 0; cut <= text.length; cut++) {
    const parser = new EventParser();
    const events = [...parser.push(text.slice(0, cut)), ...parser.push(text.slice(cut))];
    assert.deepEqual(events.map(({ event, data }) => [event, data]), [["state", '{"a":\n1}'], ["ping", "{}"]], `cut at ${cut}`);
    assert.equal(events[0].id, "7");
  }
});
test("an event without data is none", () => assert.deepEqual(new EventParser().push("event: x\n\n"), []));
test("waiting longer each time, within bounds", () => {
  assert.ok(backOff(0, 0.5) <= 1000 && backOff(3, 0.5) === 8000 && backOff(20, 1) <= 39_000);
});

const routes = [
  ["/", "", "home", { id: null }], ["/", "#/accounts/7", "accounts", { id: "7" }], ["/", "#/setup/a%2Fb", "setup", { id: "a/b" }],
  ["/mail", "#/a1/m2/e3", "mail", { account: "a1", folder: "m2", email: "e3" }], ["/mail", "", "mail", { account: null, folder: null, email: null }],
];
for (const [pathname, hash, page, params] of routes) {
  test(`${pathname}${hash} is ${page}`, () => {
    const route = parseRoute({ pathname, hash });
    assert.equal(route.page, page);
    assert.deepEqual(route.params, params);
  });
}
test("the address of a place leads back to it", () => {
  const place = { account: "a/1", folder: "m 2", email: null };
  const href = mailAddress(place);
  assert.deepEqual(parseRoute({ pathname: "/mail", hash: href.slice(href.indexOf("#")) }).params, place);
});
