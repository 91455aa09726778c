// What discovery found beside the servers: how it came to them, what a person must do at the service first, why to look twice.

import { h } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { formats, t } from "../lib/i18n.js";

/** Folded away: every source in the order of trust, with its verdict, its time and its reason. `found`: GET /discovery. */
export function howItWasFound(found) {
  if (!found?.sources?.length) return null;
  return h("details.explain",
    h("summary", t(found.match === "none" ? "discovery.asked" : "discovery.how")),
    h("ol.explain-list", { role: "list" }, found.sources.map((source) => h("li.explain-source", { dataset: { verdict: source.verdict } },
      h("div.explain-line", h("strong", source.title), h("span.explain-verdict", t(`discovery.verdict.${source.verdict}`)),
        source.milliseconds > 0 && h("span.stage-time", formats.duration(source.milliseconds))),
      (source.notes ?? []).map(({ text }) => h("p.explain-note", text))))));
}

/** What must be done at the service before the password is typed, with the place where an app password is made. */
export function serviceHint(candidate) {
  if (!candidate?.hint && !candidate?.appPassword) return null;
  const link = (url, text) => h("p", h("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, text));
  return h("div.note", { dataset: { level: "info" } }, icon("info"),
    h("div.note-body",
      candidate.hint && h("p", candidate.hint),
      candidate.appPassword && link(candidate.appPassword.url, t("discovery.appPassword", { name: candidate.name })),
      !candidate.appPassword && candidate.documentationUrl && link(candidate.documentationUrl, t("discovery.documentation"))));
}

/** The settings of a candidate in the form that an account's window works with; `id` is missing: the provider is made with the account. */
export const asProvider = (candidate) => ({ ...candidate, id: null, candidate });

/** What `POST /accounts` takes of it. */
export const settingsOf = ({ name, imap, smtp, loginFormat, authentication, domains }) => ({ name, imap, smtp, loginFormat, authentication, domains });
