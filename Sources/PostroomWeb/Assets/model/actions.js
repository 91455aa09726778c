// What people do with messages. Everything shows at once and can be undone where mail allows it.

import { t } from "../lib/i18n.js";
import { showError, toast } from "../shell/toasts.js";
import { confirmDialog } from "../shell/dialog.js";
import { inverse } from "./keywords.js";

/** Runs patches [{email, patch}] and offers to undo them with `message`; without one it is done silently. */
async function change(mail, items, message) {
  if (!items.length) return;
  if (mail.isReadOnly) {
    // Opening a message marks it read by itself: nobody asked for that.
    if (message) toast(t("mail.readOnly"));
    return;
  }
  const patches = Object.fromEntries(items.map(({ email, patch }) => [email.id, patch]));
  const back = Object.fromEntries(items.map(({ email, patch }) => [email.id, inverse(email, patch)]));
  const done = mail.change(patches);
  const note = message && toast(message, { action: t("undo"), onAction: () => done.then(() => mail.change(back)).catch(showError) });
  await done.catch((error) => {
    note?.close();
    showError(error);
  });
}

const withKeyword = (keyword, value) => (email) => ({ email, patch: { [`keywords/${keyword}`]: value ? true : null } });

export const markRead = (mail, emails, isRead = true) =>
  change(mail, emails.filter((email) => Boolean(email.keywords?.$seen) !== isRead).map(withKeyword("$seen", isRead)));

export const flag = (mail, emails, isFlagged = true) =>
  change(mail, emails.filter((email) => Boolean(email.keywords?.$flagged) !== isFlagged).map(withKeyword("$flagged", isFlagged)));

/** Moves from one folder (null: from all it is in) to another. */
export function move(mail, emails, fromId, toId, message) {
  const target = mail.mailboxes.get(toId);
  const items = emails.filter((email) => !email.mailboxIds?.[toId]).map((email) => {
    const sources = fromId && email.mailboxIds?.[fromId] ? [fromId] : Object.keys(email.mailboxIds ?? {});
    return { email, patch: { ...Object.fromEntries(sources.map((id) => [`mailboxIds/${id}`, null])), [`mailboxIds/${toId}`]: true } };
  });
  return change(mail, items, message ?? t("mail.moved", { count: items.length, folder: target ? folderName(target) : "" }));
}

export function archive(mail, emails, fromId) {
  const target = mail.withRole("archive");
  if (!target) return toast(t("mail.noArchive"));
  return move(mail, emails, fromId, target.id, t("mail.archived", { count: emails.length }));
}

export const junk = (mail, emails, fromId) => {
  const target = mail.withRole("junk");
  return target ? move(mail, emails, fromId, target.id) : toast(t("mail.noJunk"));
};

/** To the Trash; what is there already, or where there is no Trash, is deleted for good after asking. */
export async function remove(mail, emails, fromId) {
  if (mail.isReadOnly) return void toast(t("mail.readOnly"));
  const trash = mail.withRole("trash");
  if (trash && emails.some((email) => !email.mailboxIds?.[trash.id])) {
    return move(mail, emails, fromId, trash.id, t("mail.trashed", { count: emails.length }));
  }
  const isSure = await confirmDialog({
    title: t("mail.deleteForever.title", { count: emails.length }),
    text: t("mail.deleteForever.text"),
    action: t("mail.deleteForever.action"),
    isDangerous: true,
  });
  if (isSure) await mail.destroy(emails.map(({ id }) => id)).then(() => toast(t("mail.deletedForever", { count: emails.length })), showError);
}

/** The folder's name in the user's language where it is one of the special ones. */
export const folderName = (mailbox) => (mailbox.role && t(`folder.${mailbox.role}`) !== `folder.${mailbox.role}` ? t(`folder.${mailbox.role}`) : mailbox.name);
