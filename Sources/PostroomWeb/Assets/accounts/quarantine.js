// Messages that an account's server would not give: a part of its settings, not there at all where there are none.

import { fill, h } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { formats, t } from "../lib/i18n.js";
import { path, rest } from "../lib/api.js";
import { actionButton } from "../shell/fields.js";
import { problemNote } from "../shell/problem-note.js";
import { showError } from "../shell/toasts.js";

/** After "Try again" the server is asked within moments: when to look what came of it, in milliseconds. */
const looks = [1000, 2000, 4000, 8000, 15000];

export function quarantine(account, signal) {
  const box = h("div.quarantine");
  if (account.quarantined) load();
  return box;

  async function load(tried = new Map(), isAnswered = false) {
    try {
      const { messages, total } = await rest.get(path`/accounts/${account.id}/quarantine`, { signal });
      // What is neither back here nor known to be fetched is on its way.
      const isWaiting = !isAnswered && [...tried].some(([id, since]) => !messages.some((message) => message.emailId === id && message.since !== since));
      fill(box, (messages.length || tried.size) && h("fieldset.group", h("legend", t("quarantine.title")),
        h("p.field-hint", { role: "status" }, messages.length ? t("quarantine.hint") : isWaiting ? t("quarantine.trying") : t("quarantine.none")),
        h("ul.quarantine-list", { role: "list" }, messages.map(row)),
        total > messages.length && h("p.field-hint", t("quarantine.more", { count: total - messages.length })),
        messages.length > 1 && retryButton(t("quarantine.retryAll"), messages)));
    } catch (problem) {
      if (problem.name !== "AbortError") fill(box, problemNote(problem));
    }
  }

  function row(message) {
    const subject = message.subject || t("quarantine.noSubject");
    const places = message.copies.map(({ folder, role, uid }) => t("quarantine.place", { folder: role && t(`folder.${role}`) !== `folder.${role}` ? t(`folder.${role}`) : folder, uid: uid ?? "–" }));
    const facts = [message.from, formats.dateTime(message.receivedAt), formats.size(message.size), ...places].filter(Boolean);
    return h("li.quarantine-row", { "aria-label": subject },
      h("div.quarantine-words",
        h("strong.quarantine-subject", subject),
        h("span.quarantine-facts", facts.join(" · ")),
        h("span.quarantine-reason", message.reason ? t("quarantine.reason", { text: message.reason }) : t("quarantine.noReason")),
        message.since && h("span.quarantine-facts", t("quarantine.since", { time: formats.relative(message.since) }))),
      retryButton(t("quarantine.retry"), [message]));
  }

  function retryButton(label, messages) {
    const button = actionButton(label, () => retry(messages), { className: "button small" });
    button.prepend(icon("refresh"));
    return button;
  }

  async function retry(messages) {
    const status = async () => (await rest.get(path`/accounts/${account.id}`, { signal })).status;
    let before;
    try {
      before = (await status()).lastSyncedAt;
      await rest.post(path`/accounts/${account.id}/quarantine/retry`, { emailIds: messages.map(({ emailId }) => emailId) });
    } catch (problem) {
      return showError(problem);
    }
    const tried = new Map(messages.map(({ emailId, since }) => [emailId, since]));
    for (const pause of looks) {
      await load(tried);
      await new Promise((done) => setTimeout(done, pause));
      if (signal.aborted) return undefined;
      // Everything was compared since: whatever is not here has been fetched.
      const now = await status().catch(() => null);
      if (now?.phase === "upToDate" && now.lastSyncedAt !== before) return load(tried, true);
    }
    return load();
  }
}
