// Signing in at a provider's own page (OAuth 2.0): opens it in a window of its own and waits until the person has come back.
//
//   const step = signInStep({ provider, request: () => ({ address, providerId }), onaccount: (account) => … });
//   fill(window.body, step.element, h("div.dialog-actions", step.button));

import { fill, h } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { t } from "../lib/i18n.js";
import { absolute, path, rest, usesToken } from "../lib/api.js";
import { hasPages } from "../lib/router.js";
import { actionButton } from "../shell/fields.js";
import { problemNote } from "../shell/problem-note.js";
import { verdictPair } from "./stages.js";

const kept = "postroom.sign-in";

/** The sign-in that this very tab left for, so that the page that it comes back to goes on with it; null: another tab did. */
export function takeLeft(id) {
  const left = JSON.parse(sessionStorage.getItem(kept) ?? "null");
  if (left?.id !== id) return null;
  sessionStorage.removeItem(kept);
  return left;
}

/**
 * `request()`: what the sign-in is for, as the REST API takes it; null where a field is at fault. `signal` ends the waiting.
 * `begun`: the id of a sign-in that the person has come back from already.
 */
export function signInStep({ provider, request, onaccount, signal, begun = null }) {
  const outcome = h("div.step-outcome", { "aria-live": "polite" });
  const label = t("oauth.signInAt", { name: provider.name });
  // Inside another application there is no session of Postroom's own that the provider's page could come back to.
  const isElsewhere = usesToken() || !hasPages();
  const button = isElsewhere
    ? h("a.button.primary", { href: absolute("/#/accounts"), target: "_blank", rel: "noopener" }, t("oauth.inPostroom"))
    : actionButton(label, () => run(), { className: "button primary" });
  if (!isElsewhere) button.prepend(icon("external"));

  async function run() {
    const body = request();
    if (!body) return undefined;
    // Opened while the press counts: a window that opens later is taken for a pop-up.
    const opened = window.open("", "_blank", "popup,width=560,height=760");
    if (opened) opened.opener = null;
    let attempt;
    try {
      attempt = await rest.post("/oauth/sign-ins", body, { signal });
    } catch (problem) {
      opened?.close();
      return fail(problem);
    }
    if (!opened) {
      sessionStorage.setItem(kept, JSON.stringify({ id: attempt.id, provider, address: attempt.address, accountId: body.accountId ?? null }));
      return location.assign(attempt.authorizeUrl);
    }
    opened.location.replace(attempt.authorizeUrl);
    const again = h("a", { href: attempt.authorizeUrl, target: "_blank", rel: "noopener" }, t("oauth.openAgain"));
    fill(outcome, h("p.step-busy", icon("clock"), " ", t("oauth.waiting", { name: provider.name }), " ", again));
    return wait(attempt.id);
  }

  async function wait(id) {
    while (!signal.aborted) {
      await new Promise((resolve) => setTimeout(resolve, 700));
      if (signal.aborted) return undefined;
      try {
        const attempt = await rest.get(path`/oauth/sign-ins/${id}`, { signal });
        if (attempt.phase === "expired") return fail({ code: "sign-in-expired" });
        if (attempt.phase !== "waiting") return finish(id);
      } catch (problem) {
        if (problem.name === "AbortError") return undefined;
        if (!problem.isAway) return fail(problem);
      }
    }
    return undefined;
  }

  async function finish(id) {
    fill(outcome, h("p.step-busy", t("newAccount.connecting")), h("div.verdicts", ["imap", "smtp"].map((side) => h("div.verdict", { dataset: { verdict: "busy" } },
      h("p.verdict-line", icon("clock"), h("strong", t(`side.${side}`)), h("span", t("verdict.signIn.busy")))))));
    try {
      return onaccount(await rest.post(path`/oauth/sign-ins/${id}/finish`));
    } catch (problem) {
      return fail(problem);
    }
  }

  function fail(problem) {
    if (problem.name === "AbortError") return undefined;
    return fill(outcome, problem.body?.verdicts ? verdictPair(problem.body.verdicts) : problemNote(problem));
  }

  if (begun) finish(begun);
  return { element: outcome, button };
}
