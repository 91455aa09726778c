// Words of the page in the user's language. One file a language in ../i18n; adding a language is adding a file and a line here.

import { makeFormats } from "./formats.js";

export const languages = { en: "English", ru: "Русский" };

let dictionary = {};
let fallback = {};
let rules = new Intl.PluralRules("en");

/** The language in use: a key of `languages`. */
export let language = "en";
/** Dates, times, sizes and numbers the way the user's profile says. */
export let formats = makeFormats({ language: "en" });

/** The first of the wanted languages that there is. `wanted` are BCP 47 tags, best first; empty ones are passed over. */
export function chooseLanguage(wanted, known = Object.keys(languages)) {
  for (const tag of wanted) {
    const base = String(tag || "").toLowerCase().split("-")[0];
    if (known.includes(base)) return base;
  }
  return known[0];
}

/** Loads words and formats for a profile ({language, dateFormat, timeFormat, timeZone}) or, without one, as the browser says. */
export async function useLocale(profile) {
  language = chooseLanguage([profile?.language, ...navigator.languages]);
  const [words, english] = await Promise.all([import(`../i18n/${language}.js`), import("../i18n/en.js")]);
  dictionary = words.default;
  fallback = english.default;
  rules = new Intl.PluralRules(language);
  formats = makeFormats({ ...profile, language });
  document.documentElement.lang = language;
}

/**
 * The text for a key. `{name}` in it is replaced by `params.name`; an entry with plural forms is chosen by `params.count`.
 * A key nobody has translated shows itself, so that it is seen.
 */
export const t = (key, params = {}) => translate(dictionary[key] ?? fallback[key] ?? key, params, rules, formats);

export function translate(entry, params, pluralRules, numbers) {
  const text = typeof entry === "string" ? entry : entry[pluralRules.select(params.count ?? 0)] ?? entry.other;
  return text.replace(/\{(\w+)\}/g, (whole, name) => {
    const value = params[name];
    if (value === undefined || value === null) return whole;
    return typeof value === "number" ? numbers.number(value) : String(value);
  });
}
