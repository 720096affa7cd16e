// Descriptions of elements, and the smallest change that makes the document match them. What is already there stays: focus, selection,
// scroll positions, open details and half-typed text survive an update. Text goes in as text nodes only, never as markup.

const svgTags = new Set(["svg", "g", "path", "circle", "rect", "line", "title"]);
const described = new WeakMap(); // element -> the description it was last made to match

/**
 * Describes an element. Children: descriptions, texts, numbers, lists of them; null and false are left out. Attributes, and besides them
 * key (tells it from its siblings), own (its children are its own affair once it is there), vars (custom properties), on… (what it does).
 */
export function h(tag, props, ...children) {
  return { tag, props: props ?? {}, children: flatten(children, []) };
}

/** Makes the children of an element match. */
export function render(parent, ...children) {
  const focused = document.activeElement;
  patchChildren(parent, flatten(children, []));
  if (focused && focused !== document.activeElement && focused.isConnected) focused.focus({ preventScroll: true });
}

function flatten(children, into) {
  for (const child of children) {
    if (Array.isArray(child)) flatten(child, into);
    else if (child !== null && child !== undefined && child !== false && child !== "") into.push(typeof child === "object" ? child : String(child));
  }
  return into;
}

function patchChildren(parent, wanted) {
  const keyed = new Map();
  for (const node of parent.childNodes) {
    const key = described.get(node)?.props.key;
    if (key !== undefined) keyed.set(key, node);
  }

  let next = parent.firstChild;
  for (const child of wanted) {
    const found = match(child, next, keyed);
    if (!found) {
      parent.insertBefore(create(child), next);
      continue;
    }
    if (found === next) next = next.nextSibling;
    else parent.insertBefore(found, next);
    update(found, child);
  }

  while (next) {
    const after = next.nextSibling;
    next.remove();
    next = after;
  }
}

/** The node that can become this child: the one of its key, else the one that stands here if it is of the kind and has no key. */
function match(child, next, keyed) {
  if (typeof child === "string") return next?.nodeType === Node.TEXT_NODE ? next : null;
  if (child.props.key !== undefined) {
    const node = keyed.get(child.props.key);
    keyed.delete(child.props.key);
    return node && described.get(node).tag === child.tag ? node : null;
  }
  const known = next && described.get(next);
  return known && known.tag === child.tag && known.props.key === undefined ? next : null;
}

function create(child) {
  if (typeof child === "string") return document.createTextNode(child);
  const element = svgTags.has(child.tag)
    ? document.createElementNS("http://www.w3.org/2000/svg", child.tag)
    : document.createElement(child.tag);
  update(element, child);
  return element;
}

function update(node, child) {
  if (typeof child === "string") {
    if (node.data !== child) node.data = child;
    return;
  }
  const before = described.get(node)?.props ?? {};
  for (const name of Object.keys(before)) if (!(name in child.props)) set(node, name, null, before[name]);
  for (const [name, value] of Object.entries(child.props)) if (name !== "value" && value !== before[name]) set(node, name, value, before[name]);
  if (!child.props.own || !described.has(node)) patchChildren(node, child.children);
  if ("value" in child.props && child.props.value !== before.value) setValue(node, child.props.value); // a select takes it once it has the option
  described.set(node, child);
}

function set(element, name, value, before) {
  if (name === "key" || name === "own") return;
  if (name.startsWith("on")) element[name] = value ?? null;
  else if (name === "vars") setVariables(element, value ?? {}, before ?? {});
  else if (name === "open") element.open ||= value && before === undefined; // the reader opens and closes; we only say how it begins
  else if (value === null || value === undefined || value === false) element.removeAttribute(name);
  else element.setAttribute(name, value === true ? "" : value);
}

/** Custom properties, by the object model: the policy of the page forbids style attributes. */
function setVariables(element, value, before) {
  for (const name of Object.keys(before)) if (!(name in value)) element.style.removeProperty(name);
  for (const [name, one] of Object.entries(value)) if (one !== before[name]) element.style.setProperty(name, one);
}

/** Nobody's typing is overwritten. */
function setValue(element, value) {
  if (element !== document.activeElement && element.value !== value) element.value = value;
}
