// The window in which an account signs in again at its provider's page; mail, ids and progress stay.

import { fill, h } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { t } from "../lib/i18n.js";
import { mail } from "../model/mail.js";
import { openDialog } from "../shell/dialog.js";
import { problemNote } from "../shell/problem-note.js";
import { toast } from "../shell/toasts.js";
import { signInStep } from "./sign-in-at.js";

/** Whether an account waits for its person at the provider's page. */
export const needsSignIn = (account) => account.authentication === "oauth2" && account.grant?.state !== "active";

/** Resolves to the account, or undefined. `begun`: as in sign-in-at.js. */
export const signInAgain = (account, begun = null) => openDialog({ title: t("oauth.again"), className: "dialog-account" }, (window) => {
  const step = signInStep({
    provider: { name: account.providerName }, request: () => ({ accountId: account.id }), signal: window.signal, begun,
    onaccount: (signedIn) => {
      mail.takeAccount(signedIn);
      toast(t("oauth.again.done", { address: signedIn.address }));
      window.close(signedIn);
    },
  });
  fill(window.body,
    h("p.step-address", icon("mail"), h("strong", account.address)),
    account.grant?.diagnosis && !begun && problemNote(account.grant.diagnosis, { level: "warning", isAlert: false }),
    h("p.step-lead", t("oauth.again.text", { name: account.providerName })), step.element,
    h("div.dialog-actions", h("button.button", { type: "button", onclick: () => window.close() }, t("cancel")), step.button));
  step.button.setAttribute("autofocus", "");
});
