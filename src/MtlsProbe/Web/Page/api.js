// The exporter's answers. If nothing has changed since the last request, the response is a 304.

const patience = 10_000; // ms to wait for an answer
const longPatience = 120_000; // if the exporter waits for probes
const known = new Map(); // address -> { etag, data } of the last few addresses
const most = 40;

let offset = 0; // of the exporter's clock from this machine's, in ms

/** The exporter's clock, accurate to a second: ages and remaining lifetimes are computed with it. */
export function now() {
  return Date.now() + offset;
}

/** An unsuccessful answer, with a sentence. If isOurs is set, it is from the API; otherwise it may be from a proxy in between. */
export class Refusal extends Error {
  constructor(status, message, isOurs) {
    super(message);
    this.status = status;
    this.isOurs = isOurs;
  }
}

/** Reads an address of the API, relative to the page. */
export async function get(address, signal) {
  const before = known.get(address);
  const response = await send(address, { headers: before ? { "If-None-Match": before.etag } : {} }, signal);
  if (response.status === 304 && before) return before.data;
  const data = (response.headers.get("Content-Type") ?? "").startsWith("text/markdown") ? await response.text() : await response.json();
  known.delete(address); // to keep the order of use
  const etag = response.headers.get("ETag");
  if (etag) known.set(address, { etag, data });
  if (known.size > most) known.delete(known.keys().next().value);
  return data;
}

/** Asks the exporter to do something, and returns whether that has ended. */
export async function post(address) {
  const response = await send(address, { method: "POST", headers: { "X-MtlsProbe": "1" } }, undefined, longPatience);
  return { answer: await response.json(), over: response.status !== 202 };
}

async function send(address, options, signal, limit = patience) {
  const signals = [AbortSignal.timeout(limit), ...(signal ? [signal] : [])];
  const response = await fetch(address, { ...options, cache: "no-store", credentials: "same-origin", signal: AbortSignal.any(signals) });
  const date = Date.parse(response.headers.get("Date") ?? "");
  if (!Number.isNaN(date)) offset = date - Date.now();
  if (response.ok || response.status === 304) return response;
  const type = response.headers.get("Content-Type") ?? "";
  throw new Refusal(response.status, await sentence(response, type), type.startsWith("application/problem+json"));
}

async function sentence(response, type) {
  const text = await response.text();
  if (type.startsWith("text/plain") && text.trim() !== "") return text.trim();
  try {
    return String(JSON.parse(text).detail ?? `The answer has status ${response.status}.`);
  } catch {
    return `The answer has status ${response.status}.`; // a page of a proxy
  }
}
