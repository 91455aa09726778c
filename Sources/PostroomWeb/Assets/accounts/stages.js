// What a connection test or the doctor found, stage by stage, for receiving and for sending.

import { fill, h } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { formats, t } from "../lib/i18n.js";
import { path, rest } from "../lib/api.js";
import { actionButton } from "../shell/fields.js";
import { problemNote } from "../shell/problem-note.js";

const marks = { ok: "check", warning: "warning", failed: "close", skipped: "more" };

/** `stages`: as the REST API gives them. */
export function stageList(stages) {
  const sides = ["imap", "smtp"].filter((side) => stages.some((stage) => stage.side === side));
  return h("div.stages", sides.map((side) => h("section.stage-side", { "aria-label": t(`side.${side}`) },
    h("h4.stage-title", t(`side.${side}`)),
    h("ol.stage-list", { role: "list" }, stages.filter((stage) => stage.side === side).map(stageItem)))));
}

function stageItem(stage) {
  return h("li.stage", { dataset: { verdict: stage.verdict } },
    h("span.stage-mark", icon(marks[stage.verdict] ?? "more")),
    h("div.stage-words",
      h("div.stage-line", h("strong", t(`stage.${stage.stage}`)), h("span.stage-verdict", t(`verdict.${stage.verdict}`)),
        stage.milliseconds > 0 && h("span.stage-time", formats.duration(stage.milliseconds))),
      stage.evidence && h("p.stage-evidence", stage.evidence),
      stage.diagnosis && stage.verdict !== "ok" && problemNote(stage.diagnosis, { level: stage.verdict === "failed" ? "error" : "warning", isAlert: false })));
}

export const stageSkeleton = () => h("div.stages", { role: "status", "aria-label": t("test.running") }, Array.from({ length: 5 }, () => h("span.skeleton.stage-skeleton")));

/** The separate verdicts for receiving and sending of a refused connection. */
export function verdictPair(verdicts) {
  return h("div.verdicts", ["imap", "smtp"].filter((side) => verdicts?.[side]).map((side) => {
    const { verdict, diagnosis } = verdicts[side];
    const isGood = verdict === "ok" || verdict === "warning";
    return h("div.verdict", { dataset: { verdict } },
      h("p.verdict-line", icon(isGood ? "check" : verdict === "skipped" ? "more" : "close"), h("strong", t(`side.${side}`)), h("span", t(`verdict.signIn.${verdict}`))),
      !isGood && diagnosis && problemNote(diagnosis, { isAlert: false }));
  }));
}

/** Examines an account and shows the stages in `place`; when all is well it offers to send a message to oneself and to wait for it. */
export async function examine(account, place, { signal, sendMessage = false } = {}) {
  fill(place, sendMessage && h("p.step-busy", { role: "status" }, t("doctor.waiting")), stageSkeleton());
  const found = await rest.post(path`/accounts/${account.id}/doctor`, { sendMessage }, { signal }).catch((problem) => ({ problem }));
  if (found.problem?.name === "AbortError") return;
  if (found.problem) return fill(place, problemNote(found.problem));
  const isGood = found.stages.every(({ verdict }) => verdict !== "failed");
  const more = actionButton(t("doctor.sendMessage"), () => examine(account, place, { signal, sendMessage: true }), { className: "button small" });
  fill(place, stageList(found.stages), isGood && !sendMessage && h("div.step-add", h("p", t("doctor.sendMessage.hint")), more));
}
