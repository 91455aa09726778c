// What pages have in common.

import { h } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { t } from "../lib/i18n.js";

/** Title, a sentence, and the page's main actions. */
export const pageHead = (title, lead, ...actions) =>
  h("header.page-head", h("div", h("h1", title), lead && h("p.page-lead", lead)), h("div.page-actions", actions));

export const emptyState = (name, title, text, action) => h("div.empty", icon(name, "large"), h("h3", title), text && h("p", text), action);

export const tableSkeleton = (rows = 3) => h("div.table-skeleton", { role: "status", "aria-label": t("loading") }, Array.from({ length: rows }, () => h("span.skeleton")));

/** A table with a caption for assistive technology. `rows`: arrays of cells. */
export const table = (caption, heads, rows) =>
  h("div.table-box", h("table.table", h("caption.visually-hidden", caption),
    h("thead", h("tr", heads.map((head) => h("th", { scope: "col" }, head)))),
    h("tbody", rows.map((cells) => h("tr", cells.map((cell, index) => (index === 0 ? h("th", { scope: "row" }, cell) : h("td", { dataset: { label: heads[index] } }, cell))))))));
