// Tries a provider before it is saved, stage by stage.

import { fill, h } from "../lib/dom.js";
import { t } from "../lib/i18n.js";
import { rest } from "../lib/api.js";
import { problemNote } from "../shell/problem-note.js";
import { stageList, stageSkeleton } from "../accounts/stages.js";

/** Shows the stages in `place`. */
export async function testConnection(place, provider, address = null) {
  fill(place, stageSkeleton());
  try {
    const { stages } = await rest.post("/providers/test", { provider, address: address ?? undefined });
    const failed = stages.some(({ verdict }) => verdict === "failed");
    fill(place, h("p.test-verdict", { role: "status", dataset: { verdict: failed ? "failed" : "ok" } }, t(failed ? "test.failed" : "test.good")), stageList(stages));
  } catch (problem) {
    fill(place, problemNote(problem));
  }
  place.scrollIntoView({ block: "nearest" });
}
