// dom.js: elements from data. Nothing here reads markup, so nothing from a
// case file can become markup.

/**
 * @param {string} tag "button.plain" makes an element with that class
 * @param {object} [props] properties; data- and aria- names and "role", "for" become attributes; on makes listeners
 * @param {...(Node | string | null | false)} children
 * @returns {HTMLElement}
 */
export function el(tag, props = {}, ...children) {
  const [name, ...classes] = tag.split(".");
  const node = document.createElement(name);
  if (classes.length) node.className = classes.join(" ");
  for (const [key, value] of Object.entries(props)) {
    if (value === undefined || value === null) continue;
    if (key === "on") for (const [event, f] of Object.entries(value)) node.addEventListener(event, f);
    else if (/^(data-|aria-|role$|for$|lang$|list$)/.test(key)) node.setAttribute(key, value);
    else node[key] = value;
  }
  node.append(...children.filter((child) => child !== null && child !== false && child !== undefined));
  return node;
}

const svgSpace = "http://www.w3.org/2000/svg";

/** @param {string} tag @param {object} attributes @param {...Node} children @returns {SVGElement} */
export function svg(tag, attributes = {}, ...children) {
  const node = document.createElementNS(svgSpace, tag);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

const drawn = new Map();

/** @param {string} name of img/icons.svg @returns {SVGElement} */
export function icon(name) {
  if (!drawn.has(name)) {
    const href = new URL(`../../img/icons.svg#${name}`, import.meta.url).href;
    drawn.set(name, svg("svg", { class: "icon", width: 16, height: 16, "aria-hidden": "true" }, svg("use", { href })));
  }
  return drawn.get(name).cloneNode(true);
}
