// Mail addresses as people type and read them. Pure. The server has the full RFC 5322 grammar; this one serves typing.

/** Splits typed text into addresses: commas, semicolons and line ends separate, quotes and angle brackets protect. */
export function splitAddresses(text) {
  const parts = [];
  let part = "";
  let inQuote = false;
  let inAngle = false;
  for (const char of text) {
    if (char === '"') inQuote = !inQuote;
    else if (char === "<" && !inQuote) inAngle = true;
    else if (char === ">" && !inQuote) inAngle = false;
    if (/[,;\n]/.test(char) && !inQuote && !inAngle) {
      parts.push(part);
      part = "";
    } else part += char;
  }
  parts.push(part);
  return parts.map((item) => item.trim()).filter(Boolean);
}

/** `Anna <anna@example.com>` or `anna@example.com` as {name, email}; email is the text itself where it is no address. */
export function parseAddress(text) {
  const whole = text.trim();
  const angled = /^(.*?)<\s*([^<>]*?)\s*>$/.exec(whole);
  if (!angled) return { name: null, email: whole.replace(/^mailto:/i, "") };
  const name = angled[1].trim().replace(/^"(.*)"$/, "$1").replace(/\\(.)/g, "$1");
  return { name: name || null, email: angled[2] };
}

export const parseAddresses = (text) => splitAddresses(text).map(parseAddress);

/** Whether it can be an address: something, "@", a domain. Letters of all scripts are allowed (RFC 6531). */
export const looksLikeAddress = (email) => /^[^\s@<>,;"()[\]\\]+@[^\s@<>,;"()[\]\\.]+(\.[^\s@<>,;"()[\]\\.]+)*\.?$|^"[^"]+"@\S+$/.test(email);

/** As it is written into a field: quoted where the name needs it. */
export function formatAddress({ name, email }) {
  if (!name) return email;
  const safe = /^[\p{L}\p{N} .'_-]+$/u.test(name) ? name : `"${name.replace(/(["\\])/g, "\\$1")}"`;
  return `${safe} <${email}>`;
}

/** What a list shows: the name, else the address. */
export const displayName = (address) => address?.name?.trim() || address?.email || "";

/** The first word of the name, for rows where several people stand. */
export function shortName(address) {
  const name = address?.name?.trim();
  if (!name) return (address?.email ?? "").split("@")[0];
  return name.includes(",") ? name.split(",")[1].trim().split(/\s+/)[0] || name : name.split(/\s+/)[0];
}

/** One or two letters for the round mark. */
export function initials(address) {
  const name = displayName(address).replace(/[^\p{L}\p{N}@\s._-]/gu, "").trim();
  const words = name.includes("@") ? [name] : name.split(/[\s._-]+/).filter(Boolean);
  return words.slice(0, 2).map((word) => Array.from(word)[0] ?? "").join("").toUpperCase() || "?";
}

/** The same person's mark has the same hue everywhere: 0…359 from the address. */
export function hue(address) {
  let hash = 0;
  for (const char of (address?.email ?? "").toLowerCase()) hash = (hash * 31 + char.codePointAt(0)) >>> 0;
  return hash % 360;
}

export const sameAddress = (left, right) => (left?.email ?? "").toLowerCase() === (right?.email ?? "").toLowerCase();

/** Each address once, the first spelling kept. */
export function uniqueAddresses(list) {
  const seen = new Set();
  return list.filter(({ email }) => email && !seen.has(email.toLowerCase()) && seen.add(email.toLowerCase()));
}

export const domainOf = (email) => email.slice(email.lastIndexOf("@") + 1).toLowerCase();
