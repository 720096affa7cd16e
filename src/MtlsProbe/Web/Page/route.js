// The reader's place is the fragment of the address: #/target/NAME?address=… It can be shared, and the back button works.

/** @returns {{ path: string[], query: URLSearchParams }} */
export function parse(hash) {
  const [path, query] = split(hash.replace(/^#\/?/, ""));
  return { path: path.split("/").filter(part => part !== "").map(decode), query: new URLSearchParams(query) };
}

/** Parameters for which an empty value has a meaning: the group of targets without the label. */
const mayBeEmpty = ["in", "group"];

/** The address of a place. Empty values of the query are omitted, and a list of values becomes repeated parameters. */
export function link(path, query = {}) {
  const search = new URLSearchParams();
  for (const [name, values] of Object.entries(query))
    for (const value of [values].flat()) if (value !== null && value !== undefined && (value !== "" || mayBeEmpty.includes(name))) search.append(name, value);
  const tail = search.toString();
  return "#/" + path.map(encodeURIComponent).join("/") + (tail ? "?" + tail : "");
}

/** The same place with some parameters changed; repeated parameters are kept. */
export function changed(route, changes) {
  const query = Object.fromEntries([...route.query.keys()].map(name => [name, route.query.getAll(name)]));
  return link(route.path, { ...query, ...changes });
}

function split(text) {
  const at = text.indexOf("?");
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}

function decode(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // a hand-written address with a single %
  }
}
