// After Send: a note that follows the message until the server has taken it over or refused it.

import { t } from "../lib/i18n.js";
import { path, rest } from "../lib/api.js";
import * as jmap from "../lib/jmap.js";
import { toast } from "../shell/toasts.js";
import { startCompose } from "./start.js";

const settled = new Set(["sent", "refused", "unknown", "canceled"]);

/** Shows "Sending…", then what became of it. `draft` is what was sent: its email is opened again where it comes back. */
export async function followSubmission(mail, id, draft) {
  const note = toast(t("submission.sending"), { seconds: 30 });
  const abort = new AbortController();
  const look = async () => {
    const submission = await find(mail, id);
    if (!submission || abort.signal.aborted) return;
    if (!settled.has(submission.state)) {
      if (submission.state === "queued" && submission.diagnosis) done(t("sent.waiting"), "info");
      return;
    }
    const refused = submission.recipients.filter(({ verdict }) => verdict === "refused").map(({ address }) => address);
    if (submission.state === "sent" && refused.length) done(t("sent.partly", { addresses: refused.join(", ") }), "error");
    else if (submission.state === "sent") done(t("sent.done"), "info");
    else if (submission.state === "refused") done(t("sent.refused"), "error", t("outbox.edit"), () => startCompose({ kind: "draft", mail, emailId: submission.emailId ?? draft.emailId, isCopy: true }));
    else if (submission.state === "unknown") done(t("sent.unknown"), "error");
  };
  const done = (text, kind, action, onAction) => {
    abort.abort();
    note.close();
    toast(text, { kind, action, onAction, seconds: kind === "error" ? 15 : 5 });
  };
  mail.addEventListener("submissions", () => look().catch(() => {}), { signal: abort.signal });
  setTimeout(() => abort.abort(), 30_000);
  for (const wait of [300, 1500, 4000, 10_000]) {
    await new Promise((resolve) => setTimeout(resolve, wait));
    if (abort.signal.aborted) return;
    await look().catch(() => {});
  }
}

async function find(mail, id) {
  const { submissions } = await rest.get(path`/accounts/${mail.account.id}/submissions`);
  const found = submissions.find((item) => item.id === id);
  if (found) return found;
  // The outbox lists what is unfinished; JMAP knows the rest.
  const { list } = await jmap.call(mail.id, "EmailSubmission/get", { ids: [id] });
  const [submission] = list;
  if (!submission) return null;
  const recipients = Object.entries(submission.deliveryStatus ?? {}).map(([address, { smtpReply, delivered }]) => ({ address, verdict: /^5/.test(smtpReply ?? "") || delivered === "no" ? "refused" : "accepted", reply: smtpReply }));
  const state = { pending: "queued", canceled: "canceled", final: recipients.length && recipients.every(({ verdict }) => verdict === "refused") ? "refused" : "sent" }[submission.undoStatus];
  return { ...submission, recipients, state };
}
