// How full an account is at its mail server (RFC 9425): nothing where the server does not tell.

import { fill, h } from "../lib/dom.js";
import { formats, t } from "../lib/i18n.js";
import * as jmap from "../lib/jmap.js";

export function quotaMeters(account, signal) {
  const box = h("div.quota-meters");
  jmap.call(account.jmapAccountId, "Quota/get", { ids: null }, { signal }).then(({ list }) => fill(box, list.filter(({ hardLimit }) => hardLimit > 0).map(meter)), () => {});
  return box;
}

function meter({ name, resourceType, used, hardLimit }) {
  const show = resourceType === "octets" ? formats.size : formats.number;
  const text = t("quota.used", { used: show(used), limit: show(hardLimit) });
  return h("div.quota", h("p", h("span", t(resourceType === "octets" ? "quota.storage" : "quota.count")), h("span.quota-text", text)),
    h("meter", { min: 0, max: hardLimit, value: used, high: 0.9 * hardLimit, optimum: 0, "aria-label": `${name}: ${text}` }));
}
