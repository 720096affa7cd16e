// Times and numbers in words. "Now" is the exporter's clock, passed by the caller.

const minute = 60, hour = 3600, day = 86400, year = 365.2425 * day;

/** How long ago, or "" for an unknown time. */
export function ago(time, now) {
  if (!time) return "";
  const seconds = (now - Date.parse(time)) / 1000;
  return seconds < 1 ? "just now" : span(seconds) + " ago";
}

/** A duration in one unit, rounded down and not negative: 59 s, 3 min, 47 h, 12 days, 8 years. */
export function span(seconds) {
  if (seconds < 2 * minute) return `${Math.max(0, Math.floor(seconds))} s`;
  if (seconds < 2 * hour) return `${Math.floor(seconds / minute)} min`;
  if (seconds < 2 * day) return `${Math.floor(seconds / hour)} h`;
  if (seconds < 2 * year) return `${number(Math.floor(seconds / day))} days`;
  return `${number(Math.floor(seconds / year))} years`;
}

/** The time left: "89 days left", "expired 2 days ago". */
export function left(notAfter, now) {
  const seconds = (Date.parse(notAfter) - now) / 1000;
  return seconds <= 0 ? `expired ${span(-seconds)} ago` : `${span(seconds)} left`;
}

/** A duration of a probe, in seconds. */
export function duration(seconds) {
  if (seconds === null || seconds === undefined) return "";
  return seconds < 1 ? `${(seconds * 1000).toFixed(seconds < 0.1 ? 1 : 0)} ms` : `${seconds.toFixed(2)} s`;
}

/** A point in time as the command line writes it: 2027-02-19 05:24:51Z. */
export function moment(time) {
  return time ? new Date(time).toISOString().replace("T", " ").replace(/\.\d+Z/, "Z") : "";
}

export function number(value) {
  return value.toLocaleString("en");
}

/** "1 target", "3 targets". */
export function count(value, noun, plural = noun + "s") {
  return `${number(value)} ${value === 1 ? noun : plural}`;
}

/** A sentence of the exporter, with its full stop; null if there is none. */
export function sentence(said) {
  return said && (/[.?!]$/.test(said) ? said : said + ".");
}

/** A serial number or fingerprint short enough for a table. Both ends are kept, because serial numbers are often counted up. */
export function short(hex) {
  return hex && hex.length > 12 ? `${hex.slice(0, 4)}…${hex.slice(-4)}` : hex;
}

const invisible = /[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu;

/**
 * Text from a peer, made safe as on the command line: it cannot change the writing direction or be invisible, and its length is limited. The
 * exporter already truncates such text; this limit is longer than any sentence of the exporter itself, because advice must not be cut.
 */
export function visible(value, limit = 4000) {
  const characters = value.length > limit ? [...value] : null;
  const shown = characters && characters.length > limit ? characters.slice(0, limit).join("") : value;
  const tail = shown === value ? "" : `… (${number(characters.length - limit)} more characters)`;
  return shown.replace(invisible, character => `\\u{${character.codePointAt(0).toString(16)}}`) + tail;
}
