// Every language has every word the page uses, with all its plural forms and the same places to fill.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { asset } from "./assets.mjs";

const root = new URL("../../Sources/PostroomWeb/Assets/", import.meta.url);
const languages = readdirSync(new URL("i18n/", root)).map((name) => name.replace(".js", ""));
const dictionaries = Object.fromEntries(await Promise.all(languages.map(async (name) => [name, (await asset(`i18n/${name}.js`)).default])));
const english = dictionaries.en;
const sources = readdirSync(root, { recursive: true }).filter((name) => name.endsWith(".js") && !name.startsWith("i18n"));
const code = sources.map((name) => readFileSync(new URL(name, root), "utf8")).join("\n");
const places = (text) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort().join();

const { languages: offered, translate, chooseLanguage } = await asset("lib/i18n.js");

test("each file is a language people can choose", () => assert.deepEqual(Object.keys(offered).sort(), languages.toSorted()));
test("every key in the code has its English", () => {
  const used = new Set([...code.matchAll(/\bt\(\s*"([^"]+)"/g), ...code.matchAll(/\bt\([^()"]*\? "([^"]+)" : "[^"]+"\)/g), ...code.matchAll(/\bt\([^()"]*\? "[^"]+" : "([^"]+)"\)/g)].map(([, key]) => key));
  assert.ok(used.size > 300);
  assert.deepEqual([...used].filter((key) => !(key in english)), []);
});
test("every English word is used", () => {
  const starts = [...code.matchAll(/`([\w.]+\.)\$\{/g)].map(([, start]) => start);
  const unused = Object.keys(english).filter((key) => !code.includes(`"${key}"`) && !starts.some((start) => key.startsWith(start)));
  assert.deepEqual(unused, []);
});

for (const [name, words] of Object.entries(dictionaries)) {
  test(`${name}: the same keys as English`, () => assert.deepEqual(Object.keys(words).sort(), Object.keys(english).sort()));
  test(`${name}: all plural forms, and the same places to fill`, () => {
    const forms = new Intl.PluralRules(name).resolvedOptions().pluralCategories.toSorted();
    for (const [key, entry] of Object.entries(words)) {
      const original = english[key];
      assert.equal(typeof entry, typeof original, key);
      if (typeof entry === "string") assert.equal(places(entry), places(original), key);
      else {
        assert.deepEqual(Object.keys(entry).toSorted(), forms, key);
        assert.equal(places(entry.other), places(original.other), key);
      }
    }
  });
}

test("Russian counts", () => {
  const rules = new Intl.PluralRules("ru");
  const text = (count) => translate(dictionaries.ru["row.thread"], { count }, rules, { number: String });
  assert.deepEqual([1, 2, 5, 11, 21, 22].map(text), ["1 письмо", "2 письма", "5 писем", "11 писем", "21 письмо", "22 письма"]);
});
test("the language wanted most of those there are", () => {
  assert.equal(chooseLanguage(["", "de-DE", "ru-RU", "en"], ["en", "ru"]), "ru");
  assert.equal(chooseLanguage(["fr"], ["en", "ru"]), "en");
});
