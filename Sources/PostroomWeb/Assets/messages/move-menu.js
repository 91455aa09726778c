// The folders a message can be moved to, as menu items.

import { language, t } from "../lib/i18n.js";
import { folderName } from "../model/actions.js";
import { folderRows } from "../model/folders.js";

export const moveMenu = (mail, onselect, fromId = null) => [
  { heading: t("mail.moveTo") },
  ...folderRows(mail.mailboxes.values(), new Intl.Collator(language))
    .filter(({ mailbox }) => mailbox.id !== fromId && mailbox.role !== "drafts" && mailbox.myRights?.mayAddItems !== false)
    .map(({ mailbox, depth }) => ({ label: folderName(mailbox), depth, icon: mailbox.role ?? "folder", onselect: () => onselect(mailbox.id) })),
];
