// What the list's and the conversation's buttons and keys do.

import { archive, flag, junk, markRead, move, remove } from "../model/actions.js";
import { isFlagged, isUnread } from "../model/keywords.js";
import * as jmap from "../lib/jmap.js";
import { t } from "../lib/i18n.js";
import { toast } from "../shell/toasts.js";

const leaving = new Set(["archive", "remove", "junk", "move"]);

/** `ids`: rows; the selected ones, or the current one, where left out. `extra`: the folder to move to. */
export async function runAction(view, action, ids = view.messages.targets, extra = null) {
  const { list, mail, messages } = view;
  if (!list || !ids.length) return;
  const emails = messages.emailsOf(ids);
  const from = list.mailboxId;
  const isOpen = ids.includes(view.place.email);
  const next = leaving.has(action) && isOpen ? messages.neighbour(ids) : null;
  const run = {
    read: () => markRead(mail, emails, true),
    unread: () => markUnread(mail, list, emails, ids),
    flag: () => (emails.some(isFlagged) && ids.length === 1 ? flag(mail, emails.filter(isFlagged), false) : flag(mail, emails.slice(-1 * Math.max(1, ids.length === 1 ? 1 : emails.length)), true)),
    archive: () => archive(mail, emails, from),
    junk: () => junk(mail, emails, from),
    remove: () => remove(mail, emails, from),
    move: () => move(mail, emails, from, extra),
    toggleRead: () => (emails.some(isUnread) ? markRead(mail, emails, true) : markUnread(mail, list, emails, ids)),
  }[action];
  const done = run();
  messages.clearSelection();
  if (leaving.has(action) && isOpen) {
    await (action === "remove" ? done : null);
    if (!list.ids.includes(ids[0])) await view.open({ email: view.isNarrow ? null : next });
  } else if (action === "unread" && isOpen) await view.open({ email: null });
  await done;
}

/** Of a conversation only the last message becomes unread: all of them would be new again otherwise. */
const markUnread = (mail, list, emails, ids) => markRead(mail, ids.map((id) => list.group(id).at(-1)).filter((email) => emails.includes(email)), false);

/** The whole folder, asked for on the server: the list knows only what was looked at. */
export async function markAllRead(view) {
  const { mail, place } = view;
  if (!mail?.mailboxes.has(place.folder)) return;
  const filter = { operator: "AND", conditions: [{ inMailbox: place.folder }, { notKeyword: "$seen" }] };
  let count = 0;
  for (;;) {
    const { ids } = await jmap.call(mail.id, "Email/query", { filter, limit: 200 });
    if (!ids.length) break;
    jmap.checkSet(await jmap.call(mail.id, "Email/set", { update: Object.fromEntries(ids.map((id) => [id, { "keywords/$seen": true }])) }));
    count += ids.length;
    if (ids.length < 200) break;
  }
  await mail.sync({ Email: undefined, Mailbox: undefined });
  toast(t("mail.markedRead", { count }));
}
