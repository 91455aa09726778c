// What is typed into the search box as a JMAP filter (RFC 8621 §4.4.1). Pure.
//
//   from:anna has:attachment "board meeting" -> {operator: "AND", conditions: [{from: "anna"}, …]}

const textFields = { from: "from", to: "to", cc: "cc", bcc: "bcc", subject: "subject", body: "body", от: "from", кому: "to", тема: "subject", текст: "body" };
const marks = {
  "has:attachment": { hasAttachment: true },
  "is:unread": { notKeyword: "$seen" },
  "is:read": { hasKeyword: "$seen" },
  "is:flagged": { hasKeyword: "$flagged" },
  "is:answered": { hasKeyword: "$answered" },
  "есть:вложение": { hasAttachment: true },
  "есть:непрочитанное": { notKeyword: "$seen" },
};
const dates = { before: "before", after: "after", до: "before", после: "after" };

/** Words of the query: quoted phrases hold together, also behind `name:`. */
export function searchTerms(text) {
  return [...text.matchAll(/(?:([\p{L}]+):)?(?:"([^"]*)"?|(\S+))/gu)].map(([whole, name, quoted, word]) => ({
    name: name?.toLowerCase(),
    value: quoted ?? word ?? "",
    whole,
  }));
}

/** A JMAP filter; null for an empty text. `mailboxId` bounds it to a folder. */
export function searchFilter(text, mailboxId = null) {
  const conditions = [];
  const free = [];
  for (const { name, value, whole } of searchTerms(text)) {
    const mark = marks[whole.toLowerCase()];
    if (mark) conditions.push({ ...mark });
    else if (name && textFields[name] && value) conditions.push({ [textFields[name]]: value });
    else if (name && dates[name] && /^\d{4}-\d{2}-\d{2}$/.test(value)) conditions.push({ [dates[name]]: `${value}T00:00:00Z` });
    else if (whole) free.push(whole);
  }
  if (free.length) conditions.unshift({ text: free.join(" ") });
  if (!conditions.length) return null;
  if (mailboxId) conditions.push({ inMailbox: mailboxId });
  return conditions.length === 1 ? conditions[0] : { operator: "AND", conditions };
}
