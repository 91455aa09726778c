import assert from "node:assert/strict";
import { test } from "node:test";
import { asset } from "./assets.mjs";

const { makeFormats } = await asset("lib/formats.js");
const moment = "2026-11-23T21:05:00Z";

for (const [dateFormat, expected] of [["yyyy-MM-dd", "2026-11-23"], ["dd.MM.yyyy", "23.11.2026"], ["MM/dd/yyyy", "11/23/2026"], ["dd/MM/yyyy", "23/11/2026"]]) {
  test(`date as ${dateFormat}`, () => assert.equal(makeFormats({ dateFormat, timeZone: "UTC" }).date(moment), expected));
}
test("the profile's time zone decides the day", () => assert.equal(makeFormats({ dateFormat: "yyyy-MM-dd", timeZone: "Europe/Moscow" }).date(moment), "2026-11-24"));
test("24 and 12 hours", () => {
  assert.equal(makeFormats({ timeFormat: "24h", timeZone: "UTC" }).time(moment), "21:05");
  assert.match(makeFormats({ timeFormat: "12h", timeZone: "UTC" }).time(moment), /^9:05\sPM$/i);
});
test("midnight is 00 in 24 hours", () => assert.equal(makeFormats({ timeFormat: "24h", timeZone: "UTC" }).time("2026-11-23T00:07:00Z"), "00:07"));
test("a zone this browser does not know does no harm", () => assert.doesNotThrow(() => makeFormats({ timeZone: "Mars/Olympus" }).dateTime(moment)));
test("in a list: the time today, the date long ago", () => {
  const formats = makeFormats({ language: "ru", dateFormat: "dd.MM.yyyy", timeFormat: "24h", timeZone: "UTC" });
  assert.equal(formats.list(moment, Date.parse("2026-11-23T23:00:00Z")), "21:05");
  assert.equal(formats.list(moment, Date.parse("2027-11-23T23:00:00Z")), "23.11.2026");
});
test("ago, in the user's language", () => {
  assert.equal(makeFormats({ language: "en" }).relative(moment, Date.parse(moment) + 120_000), "2 minutes ago");
  assert.equal(makeFormats({ language: "ru" }).relative(moment, Date.parse(moment) + 120_000), "2 минуты назад");
});
test("sizes", () => {
  const { size } = makeFormats({ language: "en" });
  assert.deepEqual([0, 999, 1500, 184_320, 5_300_000].map(size), ["0 bytes", "999 bytes", "1.5 kB", "184 kB", "5.3 MB"]);
});
test("how long something took", () => {
  assert.equal(makeFormats({ language: "en" }).duration(73), "73 ms");
  assert.equal(makeFormats({ language: "ru" }).duration(1530), "1,5 с");
});
