// What is typed into the search field. The server reads it, so that the page, the command line and scripts speak one language.

import { path, rest } from "../lib/api.js";

/** {filter, misunderstood, coverage}: a JMAP filter, pieces that say nothing known, and how much of the mail a search looks through. */
export const readSearch = (account, text) =>
  rest.get(path`/accounts/${account.id}/search-filter?query=${text}&offset=${-new Date().getTimezoneOffset()}`);

/** {emailIds, missing}: what the mail server itself finds. */
export const askServer = (account, text) => rest.get(path`/accounts/${account.id}/server-search?query=${text}`);

/** Several filters as one; null where nothing is asked for. */
export function allOf(filters) {
  const wanted = filters.filter(Boolean);
  return wanted.length > 1 ? { operator: "AND", conditions: wanted } : wanted[0] ?? null;
}
