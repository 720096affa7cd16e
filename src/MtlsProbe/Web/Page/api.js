// The exporter's answers. What has not changed since the last time costs a 304 and no more.

const patience = 10_000; // ms until an answer counts as not coming
const longPatience = 120_000; // where the exporter waits for probes
const known = new Map(); // address -> { etag, data }, the last few
const most = 40;

let offset = 0; // of the exporter's clock against this machine's, ms

/** The exporter's clock, to a second: ages and what is left of certificates are told by it. */
export function now() {
  return Date.now() + offset;
}

/** An answer that is no success, with a sentence; ours is the API's own word, any other may be that of a proxy in between. */
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
  known.delete(address); // so that the order is that of use
  const etag = response.headers.get("ETag");
  if (etag) known.set(address, { etag, data });
  if (known.size > most) known.delete(known.keys().next().value);
  return data;
}

/** Asks the exporter to do something, and says whether that is over. */
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
