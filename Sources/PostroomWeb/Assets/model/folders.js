// The folders of an account in the order people expect, as a tree. Pure.

export const roleOrder = ["inbox", "drafts", "sent", "archive", "junk", "trash"];

/** Mailboxes as rows [{mailbox, depth, hasChildren}], special ones first, children under their parents. */
export function folderRows(mailboxes, collator = new Intl.Collator()) {
  const all = [...mailboxes];
  const known = new Set(all.map(({ id }) => id));
  const children = new Map();
  for (const mailbox of all) {
    // A parent that is not here, or that the folder is itself, would hide it.
    const parent = known.has(mailbox.parentId) && mailbox.parentId !== mailbox.id ? mailbox.parentId : null;
    if (!children.has(parent)) children.set(parent, []);
    children.get(parent).push(mailbox);
  }
  const rank = ({ role }) => (roleOrder.includes(role) ? roleOrder.indexOf(role) : roleOrder.length);
  const inOrder = (left, right) => rank(left) - rank(right) || (left.sortOrder ?? 0) - (right.sortOrder ?? 0) || collator.compare(left.name, right.name);
  const rows = [];
  const visit = (parent, depth) => {
    for (const mailbox of (children.get(parent) ?? []).sort(inOrder)) {
      rows.push({ mailbox, depth, hasChildren: children.has(mailbox.id) });
      visit(mailbox.id, depth + 1);
    }
  };
  visit(null, 0);
  return rows;
}

/** Names from the top: ["Projects", "2026"]. */
export function folderPath(mailboxes, id) {
  const names = [];
  const seen = new Set();
  for (let mailbox = mailboxes.get(id); mailbox && !seen.has(mailbox.id); mailbox = mailboxes.get(mailbox.parentId)) {
    seen.add(mailbox.id);
    names.unshift(mailbox.name);
  }
  return names;
}
