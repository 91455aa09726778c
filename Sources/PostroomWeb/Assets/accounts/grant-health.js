// How an account's sign-in at its provider is: until when it holds, when it was renewed, what it covers, what comes next.

import { h } from "../lib/dom.js";
import { formats, t } from "../lib/i18n.js";

/** `grant`: as the REST API gives it. */
export function grantHealth(grant) {
  const line = (label, value) => value && h("div.server-line", h("dt", label), h("dd", value));
  return h("dl.servers.grant-health",
    line(t("grants.identity"), grant.identity),
    line(t("grants.state"), t(`grants.next.${grant.nextAction}`, { time: grant.nextRefreshAt ? formats.relative(grant.nextRefreshAt) : "" })),
    line(t("grants.expires"), grant.state === "active" && formats.dateTime(grant.expiresAt)),
    line(t("grants.lastRefresh"), grant.lastRefreshAt ? formats.relative(grant.lastRefreshAt) : t("grants.notYet")),
    line(t("grants.granted"), formats.dateTime(grant.grantedAt)),
    line(t("grants.scopes"), (grant.scopes ?? []).join(" ")));
}
