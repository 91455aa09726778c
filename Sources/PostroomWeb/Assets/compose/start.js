// Opens the window to write in: new, an answer, a forward, a draft. One at a time: another one saves and closes the first.

import { h } from "../lib/dom.js";
import { layer } from "../shell/layer.js";
import { toast } from "../shell/toasts.js";
import { t } from "../lib/i18n.js";
import { mail as allMail } from "../model/mail.js";
import { Draft } from "./draft.js";
import { beginnings } from "./beginnings.js";
import "./compose-window.js";

/**
 * `kind`: "new", "reply", "replyAll", "forward", "draft". `mail` and `emailId` name what is answered or gone on with;
 * `to` is a text of recipients. `isCopy` leaves the email of a refused message where it is.
 */
export async function startCompose({ kind = "new", mail = null, emailId = null, to = "", subject = "", isCopy = false }) {
  await allMail.start();
  // What is shared for less than sending is answered from an account of one's own.
  const isShared = mail && mail.account.access !== "owner" && !mail.account.sendEnabled;
  const account = mail?.account.sendEnabled || (emailId && !isShared) ? mail : allMail.defaultForSending;
  if (!account) return toast(t("compose.noAccount"), { kind: "error" });
  await Promise.all([...allMail.accounts.values()].map((item) => item.load().catch(() => {})));
  const open = layer().querySelector("compose-window");
  if (open) {
    if (emailId && open.draft.emailId === emailId) return open.focusText();
    await open.leave();
  }
  const draft = new Draft(account);
  if (emailId) draft.sourceMail = mail;
  const element = h("compose-window");
  element.draft = draft;
  await beginnings[kind](draft, { account: emailId ? mail : account, emailId, to, subject, isCopy });
  layer().append(element);
  return element;
}
