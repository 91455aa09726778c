// What the provider form knows of hosts, ports and security. Pure; the server checks again on Apply.

export const defaults = {
  imap: { port: 993, security: "ssl" },
  smtp: { port: 465, security: "ssl" },
};

/** Ports with a meaning of their own, by side. */
export const ports = {
  imap: { ssl: 993, starttls: 143, none: 143 },
  smtp: { ssl: 465, starttls: 587, none: 587 },
};

/** The port that goes with a security, proposed when the security is chosen. A port of the user's own is kept. */
export function portFor(side, security, current) {
  const known = [...Object.values(ports[side]), 25];
  return current === "" || current === null || known.includes(Number(current)) ? ports[side][security] : Number(current);
}

/** The security that goes with a port, proposed when the port is typed; the current one for a port without a meaning. */
export function securityFor(side, port, current) {
  const number = Number(port);
  if (number === ports[side].ssl) return "ssl";
  if (number === ports[side].starttls) return current === "none" ? "none" : "starttls";
  if (side === "smtp" && number === 25 && current === "ssl") return "starttls";
  return current;
}

/** Why a port can't be as typed: "required", "invalid-port", "port-455" (the misprint of 465), or null. */
export function portFault(side, text) {
  const typed = String(text).trim();
  if (!typed) return "required";
  if (!/^\d{1,5}$/.test(typed)) return "invalid-port";
  const number = Number(typed);
  if (side === "smtp" && number === 455) return "port-455";
  return number >= 1 && number <= 65_535 ? null : "invalid-port";
}

/** Why a host can't be as typed: {code: "required"|"host-looks-like-address"|"invalid-host", suggestion?}, or null. */
export function hostFault(text) {
  const host = text.trim();
  if (!host) return { code: "required" };
  // The source document writes hosts as "imap@domain.com"; a name of a server has a point there.
  const address = /^([\w-]+)@([\w-]+(?:\.[\w-]+)+)$/u.exec(host);
  if (address) return { code: "host-looks-like-address", suggestion: `${address[1]}.${address[2]}`.toLowerCase() };
  const url = /^\w+:\/\/([^/:]+)/.exec(host);
  if (url) return { code: "invalid-host", suggestion: url[1] };
  const hostAndPort = /^([^:\s]+):(\d+)$/.exec(host);
  if (hostAndPort) return { code: "invalid-host", suggestion: hostAndPort[1] };
  if (/^\[?[0-9a-f:]+\]?$/i.test(host) && host.includes("::")) return null;
  const labels = host.replace(/\.$/, "").split(".");
  const isName = host.length <= 253 && labels.every((label) => /^(?!-)[\p{L}\p{N}_-]{1,63}(?<!-)$/u.test(label));
  return isName ? null : { code: "invalid-host" };
}

/** Names worth proposing for a new provider, from the person's own domain. */
export function proposeServers(domain) {
  return domain ? { name: domain, imap: `imap.${domain}`, smtp: `smtp.${domain}` } : { name: "", imap: "", smtp: "" };
}
