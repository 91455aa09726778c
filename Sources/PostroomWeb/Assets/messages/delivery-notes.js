// Whom a sent message did not reach, and why, as the servers on its way reported: {recipient, title, detail, fix, serverText, isFinal}.

import { h } from "../lib/dom.js";
import { t } from "../lib/i18n.js";
import { problemNote } from "../shell/problem-note.js";

/** A message to many may come back from as many: more than these would push its text away. */
const most = 3;

export function deliveryNotes(problems) {
  const notes = problems.slice(0, most).map((problem) => problemNote(problem, { level: problem.isFinal ? "error" : "warning", isAlert: false }));
  const rest = problems.slice(most).map(({ recipient }) => recipient);
  return rest.length ? [...notes, h("p.more-reports", t("delivery.more", { addresses: rest.join(", ") }))] : notes;
}

/** What is known of one recipient, in a word. */
export function deliveryWord({ verdict, delivered, displayed }) {
  if (displayed === "yes") return "displayed";
  if (delivered === "yes") return "delivered";
  return delivered === "no" && verdict === "accepted" ? "undelivered" : verdict;
}
