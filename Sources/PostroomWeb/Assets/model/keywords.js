// Changing emails here before the server has answered, and what that does to the counts of folders. Pure.

/** An email after a JMAP patch ("keywords/$seen": true, "mailboxIds/7": null, …): a new object with those members new. */
export function patched(email, patch) {
  const result = { ...email };
  for (const [path, value] of Object.entries(patch)) {
    const [member, name] = path.split("/");
    if (name === undefined) result[member] = value;
    else {
      result[member] = { ...result[member] };
      if (value) result[member][name] = true;
      else delete result[member][name];
    }
  }
  return result;
}

/** The patch that takes `patch` back from `email` as it was before. */
export function inverse(email, patch) {
  const result = {};
  for (const path of Object.keys(patch)) {
    const [member, name] = path.split("/");
    result[path] = name === undefined ? email[member] : email[member]?.[name] ? true : null;
  }
  return result;
}

/** How many more messages and unread ones each mailbox has after: {mailboxId: {total, unread}}. */
export function countChanges(before, after) {
  const changes = {};
  const add = (email, sign) => {
    for (const id of Object.keys(email.mailboxIds ?? {})) {
      changes[id] ??= { total: 0, unread: 0 };
      changes[id].total += sign;
      if (!email.keywords?.$seen) changes[id].unread += sign;
    }
  };
  add(before, -1);
  add(after, 1);
  return changes;
}

export const isUnread = (email) => !email?.keywords?.$seen && !email?.keywords?.$draft;
export const isFlagged = (email) => Boolean(email?.keywords?.$flagged);
export const isDraft = (email) => Boolean(email?.keywords?.$draft);
