// Elements from plain values. Texts become text nodes: nothing that comes from the stack is ever read as markup.

const SVG = "http://www.w3.org/2000/svg";

function fill(made, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else made.setAttribute(name, value === true ? "" : String(value));
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ""));
  return made;
}

export const element = (tag, attributes = {}, ...children) => fill(document.createElement(tag), attributes, children);

export const drawing = (tag, attributes = {}, ...children) => fill(document.createElementNS(SVG, tag), attributes, children);

export const byId = (id) => document.getElementById(id);

// Change a text only when it is another one: the page is read aloud to some, and selections stay.
export function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

export function mark(node, name, value) {
  if (node.getAttribute(name) !== value) node.setAttribute(name, value);
}

// A table whose rows are kept by their keys, so that focus and scroll position survive every update.
export class LiveTable {
  constructor(table, columns) {
    this.columns = columns;
    this.rows = new Map();
    this.body = element("tbody");
    const heads = columns.map((column) => element("th", { scope: "col", class: column.number ? "number" : null }, column.title));
    table.append(element("thead", {}, element("tr", {}, heads)), this.body);
  }

  update(values, key) {
    const seen = new Set();
    let before = null;
    for (const value of values) {
      const id = key(value);
      seen.add(id);
      if (!this.rows.has(id)) this.rows.set(id, this.made());
      const row = this.rows.get(id);
      this.columns.forEach((column, index) => column.show(row.cells[index], value));
      const place = before ? before.nextSibling : this.body.firstChild;
      if (place !== row) this.body.insertBefore(row, place);
      before = row;
    }
    for (const [id, row] of this.rows) {
      if (seen.has(id)) continue;
      row.remove();
      this.rows.delete(id);
    }
  }

  made() {
    const cells = this.columns.map((column, index) =>
      element(index === 0 ? "th" : "td", { scope: index === 0 ? "row" : null, class: column.number ? "number" : column.class }),
    );
    return element("tr", {}, cells);
  }
}
