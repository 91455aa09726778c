// An error for people: what happened, why, what to do, who can do it, and the server's own words beside.

import { h } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { t } from "../lib/i18n.js";

const known = (key) => {
  const text = t(key);
  return text === key ? "" : text;
};

/** What happened and what to do about it, in one line. Takes a Problem or any Error. */
export function problemText(error) {
  const title = error?.title || known(`problem.${error?.code}.title`) || t("problem.unknown.title");
  const fix = error?.fix || known(`problem.${error?.code}.fix`) || error?.body?.description || "";
  return [title, fix].filter(Boolean).join(" ");
}

/**
 * A box with a problem or diagnosis: {title, detail, fix, actor, serverText, code}. `level`: "error", "warning" or "info".
 * `role="alert"` where it answers what the person just did.
 */
export function problemNote(problem, { level = "error", isAlert = true } = {}) {
  if (!problem) return null;
  const title = problem.title || known(`problem.${problem.code}.title`) || t("problem.unknown.title");
  const detail = problem.detail || known(`problem.${problem.code}.detail`);
  const fix = problem.fix || known(`problem.${problem.code}.fix`);
  const actor = problem.actor && known(`actor.${problem.actor}`);
  return h("div.note", { dataset: { level }, role: isAlert ? "alert" : null },
    icon(level === "info" ? "info" : "warning"),
    h("div.note-body",
      h("p.note-title", title),
      detail && h("p", detail),
      fix && h("p.note-fix", fix),
      actor && h("p.note-actor", t("actor.line", { actor })),
      problem.serverText && h("p.note-server", h("span", t("problem.serverSays")), " ", h("q", problem.serverText))));
}

export const infoNote = (...children) => h("div.note", { dataset: { level: "info" } }, icon("info"), h("div.note-body", children));
