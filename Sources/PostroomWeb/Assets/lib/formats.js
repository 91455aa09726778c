// Dates, sizes and numbers by the user's profile. Pure: the same profile and moment give the same text.

const day = 86_400_000;

/**
 * `profile`: {language, dateFormat: "auto"|"yyyy-MM-dd"|"dd.MM.yyyy"|"MM/dd/yyyy"|"dd/MM/yyyy", timeFormat: "auto"|"24h"|"12h",
 * timeZone: IANA name or ""}. Each function takes a Date, milliseconds or an RFC 3339 text.
 */
export function makeFormats({ language = "en", dateFormat = "auto", timeFormat = "auto", timeZone = "" } = {}) {
  const zone = knownZone(timeZone);
  const locale = language === "en" ? chooseRegion("en") : language;
  const intl = (options) => new Intl.DateTimeFormat(locale, { timeZone: zone, ...options });
  const clock = { hour: "2-digit", minute: "2-digit", ...(timeFormat === "auto" ? {} : { hourCycle: timeFormat === "12h" ? "h12" : "h23" }) };
  if (timeFormat === "12h") clock.hour = "numeric";

  const timeText = intl(clock);
  const dateText = intl({ day: "numeric", month: "short", year: "numeric" });
  const dayMonth = intl({ day: "numeric", month: "short" });
  const weekday = intl({ weekday: "short" });
  const weekdayLong = intl({ weekday: "long" });
  const numeric = new Intl.DateTimeFormat("en-CA", { timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit" });
  const relativeText = new Intl.RelativeTimeFormat(language, { numeric: "auto", style: "long" });
  const numberText = new Intl.NumberFormat(language);

  /** The calendar day in the profile's time zone as yyyy-MM-dd, comparable as text. */
  const dayKey = (moment) => {
    const part = Object.fromEntries(numeric.formatToParts(asDate(moment)).map((item) => [item.type, item.value]));
    return `${part.year}-${part.month}-${part.day}`;
  };

  const date = (moment) => {
    if (dateFormat === "auto") return dateText.format(asDate(moment));
    const [year, month, dayOfMonth] = dayKey(moment).split("-");
    return dateFormat.replace("yyyy", year).replace("MM", month).replace("dd", dayOfMonth);
  };
  const time = (moment) => timeText.format(asDate(moment));

  return {
    dayKey,
    date,
    time,
    dateTime: (moment) => `${date(moment)}, ${time(moment)}`,
    /** With the weekday, for the head of an opened message. */
    full: (moment) => `${weekday.format(asDate(moment))}, ${date(moment)}, ${time(moment)}`,
    /** For a row of a list: the time today, the weekday this week, day and month this year, else the date. */
    list(moment, now = Date.now()) {
      const then = asDate(moment);
      if (dayKey(then) === dayKey(now)) return time(then);
      const age = now - then.getTime();
      if (age > 0 && age < 6 * day) return weekday.format(then);
      if (dateFormat === "auto" && dayKey(then).slice(0, 4) === dayKey(now).slice(0, 4)) return dayMonth.format(then);
      return date(then);
    },
    weekdayLong: (moment) => weekdayLong.format(asDate(moment)),
    relative(moment, now = Date.now()) {
      const seconds = Math.round((asDate(moment).getTime() - now) / 1000);
      for (const [unit, size] of [["day", 86_400], ["hour", 3600], ["minute", 60]]) {
        if (Math.abs(seconds) >= size) return relativeText.format(Math.trunc(seconds / size), unit);
      }
      return relativeText.format(Math.abs(seconds) < 10 ? 0 : seconds, "second");
    },
    number: (value) => numberText.format(value),
    /** Octets for people: 1 kB is 1000 octets. */
    size(octets) {
      const units = ["byte", "kilobyte", "megabyte", "gigabyte"];
      const power = Math.min(units.length - 1, octets < 1000 ? 0 : Math.floor(Math.log10(octets) / 3));
      const value = octets / 1000 ** power;
      const options = { style: "unit", unit: units[power], unitDisplay: power === 0 ? "long" : "short", maximumFractionDigits: value < 10 && power > 0 ? 1 : 0 };
      return new Intl.NumberFormat(language, options).format(value);
    },
    /** How long something took. */
    duration(milliseconds) {
      const isShort = milliseconds < 1000;
      const options = { style: "unit", unit: isShort ? "millisecond" : "second", unitDisplay: "short", maximumFractionDigits: isShort ? 0 : 1 };
      return new Intl.NumberFormat(language, options).format(isShort ? milliseconds : milliseconds / 1000);
    },
  };
}

const asDate = (moment) => (moment instanceof Date ? moment : new Date(moment));

/** The zone if this browser knows it; undefined, which is the browser's own, if not. */
function knownZone(name) {
  if (!name) return undefined;
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone;
  } catch {
    return undefined;
  }
}

/** "en" alone means American dates. The browser's own kind of English is better; where it has none, the one most of the world reads. */
function chooseRegion(base) {
  const own = globalThis.navigator?.languages ?? [];
  return own.find((tag) => tag.toLowerCase().startsWith(`${base}-`)) ?? (own.length && !own.includes(base) ? "en-GB" : base);
}

/** All time zones the browser knows, for a choice. */
export const timeZones = () => Intl.supportedValuesOf?.("timeZone") ?? ["UTC"];
