// Checks Kubernetes objects against the models of their APIs: types, required fields, and fields that do not exist. Reads YAML documents from
// standard input, prints one line per fault, and exits with 1 if there is one. Runs in the folder where the packages are installed.
//
// The models are compiled JSON Schemas. They accept unknown fields, but read every field that they know: a field that was not read does not exist.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const packages = ["kubernetes-models", "@kubernetes-models/prometheus-operator", "@kubernetes-models/cert-manager"];
const fileOf = (...path) => join(process.cwd(), "node_modules", ...path);
const load = (file) => import(pathToFileURL(file));

const { parseAllDocuments } = (await load(fileOf("yaml", "dist", "index.js"))).default;

const modelOf = async ({ apiVersion, kind }) => {
  const file = packages.map((name) => fileOf(name, apiVersion, `${kind}.js`)).find((path) => existsSync(path));
  return file && (await load(file))[kind];
};

// The value, and which of its fields are read. Lists and texts have no fields of their own.
const watched = (value, path, unread) => {
  if (value === null || typeof value !== "object") return value;
  const children = Array.isArray(value) ? [] : {};
  for (const [key, child] of Object.entries(value)) {
    const at = Array.isArray(value) ? `${path}[${key}]` : `${path}.${key}`;
    children[key] = watched(child, at, unread);
    if (!Array.isArray(value)) unread.add(at);
  }
  return new Proxy(children, {
    get(target, key) {
      if (!Array.isArray(target)) unread.delete(`${path}.${String(key)}`);
      return target[key];
    },
  });
};

const faultsOf = async (object) => {
  const Model = await modelOf(object);
  if (!Model) return [`${object.apiVersion} has no ${object.kind}`];
  const unread = new Set();
  const model = new Model();
  for (const [key, value] of Object.entries(object)) {
    model[key] = watched(value, key, unread);
  }
  const faults = [];
  try {
    model.validate();
  } catch (error) {
    faults.push(error.message.replaceAll("\n", "; "));
  }
  return [...faults, ...[...unread].map((path) => `${path} does not exist`)];
};

let failed = false;
for (const document of parseAllDocuments(readFileSync(0, "utf8"))) {
  if (document.errors.length) throw document.errors[0];
  const object = document.toJS();
  if (object === null) continue;
  for (const fault of await faultsOf(object)) {
    console.log(`${object.kind} ${object.metadata?.name}: ${fault}`);
    failed = true;
  }
}
process.exitCode = failed ? 1 : 0;
