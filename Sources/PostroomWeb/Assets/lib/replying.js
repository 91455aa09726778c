// Who an answer goes to, what it is called and what it quotes. Pure.

import { sameAddress, uniqueAddresses } from "./addresses.js";

const isOwn = (address, own) => own.some((mine) => sameAddress(mine, address));

/**
 * Recipients of an answer: {to, cc}. `own` are the addresses of the person who answers: they are left out, except where
 * nobody else is left. An answer to a message of one's own goes to those it went to.
 */
export function replyRecipients(email, own, toAll) {
  const from = email.replyTo?.length ? email.replyTo : email.from ?? [];
  const wasMine = (email.from ?? []).some((address) => isOwn(address, own));
  const to = wasMine && email.to?.length ? email.to : from;
  if (!toAll) return { to: uniqueAddresses(to), cc: [] };
  const everyone = wasMine ? to : [...to, ...(email.to ?? [])];
  const others = uniqueAddresses(everyone).filter((address) => !isOwn(address, own));
  const recipients = others.length ? others : uniqueAddresses(to);
  const cc = uniqueAddresses(email.cc ?? []).filter((address) => !isOwn(address, own) && !recipients.some((item) => sameAddress(item, address)));
  return { to: recipients, cc };
}

// Prefixes of answers and forwards in the languages people's programs write them in, also with a count: "Re[2]:".
const prefixes = /^(?:(?:re|aw|sv|vs|antw|odp|res|rif|tr|fwd?|wg|vb|пересл|отв|ответ|на)(?:\[\d+\]|\(\d+\))?\s*:\s*)+/iu;

/** The subject without prefixes. */
export const plainSubject = (subject) => (subject ?? "").trim().replace(prefixes, "").trim();

export const replySubject = (subject) => `Re: ${plainSubject(subject)}`.trim();
export const forwardSubject = (subject) => `Fwd: ${plainSubject(subject)}`.trim();

/** In-Reply-To and References of an answer (RFC 5322 §3.6.4), as JMAP lists of ids. */
export function replyReferences(email) {
  const id = email.messageId?.[0];
  const before = email.references?.length ? email.references : email.inReplyTo ?? [];
  return { inReplyTo: id ? [id] : null, references: id ? [...before.filter((item) => item !== id), id] : before.length ? before : null };
}

/** Each line behind "> ", quotes of quotes behind ">>". */
export const quoteText = (text) => text.trimEnd().split("\n").map((line) => (line.startsWith(">") ? `>${line}` : `> ${line}`.trimEnd())).join("\n");

/** Text cut into runs of quoted and own lines: [{depth, lines}], so that old quotes can be folded. */
export function quoteRuns(text) {
  const runs = [];
  for (const line of text.split("\n")) {
    const marks = /^((?:>\s?)+)/.exec(line)?.[1] ?? "";
    const depth = marks.replace(/\s/g, "").length;
    const last = runs.at(-1);
    if (last && last.depth > 0 === depth > 0) last.lines.push(line);
    else runs.push({ depth, lines: [line] });
  }
  return runs;
}

/** Links and addresses in a line: [{text}, {text, href}]. Trailing punctuation is not of the link. */
export function linkParts(line) {
  const parts = [];
  let end = 0;
  for (const match of line.matchAll(/\bhttps?:\/\/[^\s<>"]+|\bwww\.[^\s<>"]+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+/gu)) {
    let text = match[0].replace(/[.,;:!?'»”]+$/u, "");
    if (text.endsWith(")") && !text.includes("(")) text = text.slice(0, -1);
    if (match.index > end) parts.push({ text: line.slice(end, match.index) });
    const href = text.startsWith("http") ? text : text.startsWith("www.") ? `https://${text}` : `mailto:${text}`;
    parts.push({ text, href });
    end = match.index + text.length;
  }
  if (end < line.length) parts.push({ text: line.slice(end) });
  return parts;
}
