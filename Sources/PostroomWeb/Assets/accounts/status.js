// An account's state in words, from evidence only.

import { formats, t } from "../lib/i18n.js";

/** "Fetching mail: 100 of 2,000, about 2 minutes left", the last part once there is a pace. */
export function progressText({ done, total, secondsLeft }) {
  if (!secondsLeft) return t("status.progress", { done, total });
  return secondsLeft < 60 ? t("status.progress.soon", { done, total }) : t("status.progress.left", { done, total, count: Math.ceil(secondsLeft / 60) });
}

/** {text, level}: level is "good", "busy", "warning", "bad" or "quiet". */
export function statusLine(account) {
  const { phase = "idle", done = 0, total = 0, lastSyncedAt, retryAt, diagnosis, secondsLeft } = account.status ?? {};
  if (account.isPaused || phase === "paused") return { text: t("status.paused"), level: "quiet" };
  if (!account.receiveEnabled) return { text: t("status.receiveOff"), level: "quiet" };
  switch (phase) {
    case "connecting": return { text: t("status.connecting"), level: "busy" };
    case "syncing": return { text: total ? progressText({ done, total, secondsLeft }) : t("status.syncing"), level: "busy" };
    case "upToDate": return { text: lastSyncedAt ? t("status.upToDateAt", { time: formats.relative(lastSyncedAt) }) : t("status.upToDate"), level: "good" };
    case "waiting": return { text: retryAt ? t("status.retryAt", { time: formats.time(retryAt) }) : t("status.waiting"), level: "warning" };
    case "needsAttention": return { text: diagnosis?.title || t("status.needsAttention"), level: "bad" };
    default: return { text: t("status.idle"), level: "quiet" };
  }
}

/** How fresh the account is, a sentence each: last sign of life, lag of the newest message, what is missing, the last gap. */
export function freshness(account) {
  const { lastProofOfLife, lag, gap, done = 0, total = 0 } = account.status ?? {};
  const count = total - done;
  return [
    lastProofOfLife ? t("status.proof", { time: formats.relative(lastProofOfLife) }) : t("status.noProof"),
    typeof lag === "number" && t("status.lag", { time: formats.duration(lag) }),
    count > 0 && t("status.missing", { count }),
    gap && t("status.gap", { from: formats.dateTime(gap.from), to: formats.dateTime(gap.closedAt) }),
  ].filter(Boolean);
}
