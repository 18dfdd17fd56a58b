// The pipeline: nodes are buttons in places that the server chose, edges are curves behind them. One stop of the Tab key; arrow keys inside.

import { byId, drawing, element, mark, write } from "./dom.js";
import { SIGNS, rate, short, state, tone } from "./texts.js";

const NARROW = 700;
const KINDS = { statement: "statement", topic: "topic", table: "table", model: "model" };
const WIDE_SIZES = { width: 208, height: 94, along: 64, across: 18 };
const LEAST_ALONG = 30;
const NARROW_SIZES = { width: 146, height: 100, along: 34, across: 8 };
const BACK = 16;

// Long names break after the marks in them.
const breakable = (name) => name.split(/(?<=[_.\-/])/).flatMap((part, index) => (index ? [element("wbr"), part] : [part]));

export class Graph {
  constructor(open) {
    this.open = open;
    this.root = byId("graph");
    this.nodes = new Map();
    this.edges = [];
    this.statements = new Map();
    this.topics = new Map();
    this.filter = "";
    this.root.addEventListener("keydown", (event) => this.key(event));
    this.root.addEventListener("focusin", (event) => this.rove(event.target));
    new ResizeObserver(() => this.resized()).observe(this.root);
  }

  draw(graph) {
    const focused = this.nodes.size && this.root.contains(document.activeElement) ? document.activeElement.dataset.id : "";
    this.nodes = new Map(graph.nodes.map((node) => [node.id, { ...node, button: this.button(node) }]));
    this.pairs = graph.edges;
    this.edges = [];
    this.width = 0;
    this.root.replaceChildren();
    this.resized();
    const target = this.nodes.get(focused) || this.nodes.values().next().value;
    if (target) this.rove(target.button);
    if (focused && target) target.button.focus();
  }

  button(node) {
    const parts = [
      element("span", { class: "kind" }, KINDS[node.kind], node.label && node.label !== node.name ? ` · ${node.label}` : ""),
      element("span", { class: "name" }, breakable(node.name)),
      element("span", { class: "figures" }),
    ];
    const button = element("button", { type: "button", class: `node ${node.kind}`, tabindex: "-1", title: node.name, "data-id": node.id }, parts);
    button.addEventListener("click", () => this.open(node));
    return button;
  }

  // Draw from left to right, on a narrow screen from top to bottom.
  resized() {
    const width = this.root.clientWidth;
    const narrow = width < NARROW;
    if (!this.nodes.size || !width || width === this.width) return;
    this.width = width;
    this.narrow = narrow;
    const sizes = narrow ? NARROW_SIZES : { ...WIDE_SIZES, along: this.along(width) };
    if (narrow) this.downwards(sizes, Math.max(1, Math.floor((width - BACK - 8 + sizes.across) / (sizes.width + sizes.across))));
    else this.sidewards(sizes);
    let right = 0;
    let bottom = 0;
    for (const node of this.nodes.values()) {
      Object.assign(node.button.style, { left: `${node.x}px`, top: `${node.y}px`, width: `${sizes.width}px`, height: `${sizes.height}px` });
      right = Math.max(right, node.x + sizes.width);
      bottom = Math.max(bottom, node.y + sizes.height);
    }
    if (this.pairs.some(([from, to]) => this.nodes.get(from).layer >= this.nodes.get(to).layer)) bottom += narrow ? 0 : 2 * BACK;
    const svg = drawing("svg", { width: right, height: bottom, "aria-hidden": "true" }, this.arrow());
    this.edges = this.pairs.map(([from, to]) => {
      const line = drawing("path", { d: this.curve(this.nodes.get(from), this.nodes.get(to), sizes), class: "edge", "marker-end": "url(#arrow)" });
      svg.append(line);
      return { from, to, line };
    });
    const canvas = element("div", { class: "canvas" }, svg, [...this.nodes.values()].map((node) => node.button));
    canvas.style.width = `${right}px`;
    canvas.style.height = `${bottom}px`;
    this.root.replaceChildren(canvas);
    this.refresh();
  }

  sidewards(sizes) {
    for (const node of this.nodes.values()) {
      node.x = node.layer * (sizes.width + sizes.along);
      node.y = node.slot * (sizes.height + sizes.across);
    }
  }

  // Layer below layer, part below part; a layer that is too wide goes on in the next line.
  downwards(sizes, columns) {
    const list = [...this.nodes.values()].sort((a, b) => a.part - b.part || a.layer - b.layer || a.slot - b.slot);
    let [y, column, before] = [-sizes.height - sizes.along, 0, null];
    for (const node of list) {
      const isNew = !before || before.part !== node.part || before.layer !== node.layer;
      if (isNew || column === columns) {
        y += sizes.height + (isNew ? sizes.along : sizes.across);
        column = 0;
      }
      node.x = BACK + column * (sizes.width + sizes.across);
      node.y = y;
      column += 1;
      before = node;
    }
  }

  // The room between layers: as much as lets the whole pipeline be seen, within reason.
  along(width) {
    const layers = Math.max(...[...this.nodes.values()].map((node) => node.layer)) + 1;
    const free = layers > 1 ? (width - 34 - layers * WIDE_SIZES.width) / (layers - 1) : 0;
    return Math.max(LEAST_ALONG, Math.min(WIDE_SIZES.along, Math.floor(free)));
  }

  arrow() {
    const head = drawing("path", { d: "M0 0L7 3.5L0 7z", class: "arrowhead" });
    const marker = { id: "arrow", viewBox: "0 0 7 7", refX: 7, refY: 3.5, markerWidth: 9, markerHeight: 9, markerUnits: "userSpaceOnUse", orient: "auto" };
    return drawing("defs", {}, drawing("marker", marker, head));
  }

  curve(from, to, sizes) {
    if (from.layer >= to.layer) return this.back(from, to, sizes);
    if (this.narrow) {
      const [x1, y1, x2, y2] = [from.x + sizes.width / 2, from.y + sizes.height, to.x + sizes.width / 2, to.y];
      const bend = Math.max(20, Math.abs(y2 - y1) / 2);
      return `M${x1} ${y1}C${x1} ${y1 + bend} ${x2} ${y2 - bend} ${x2} ${y2}`;
    }
    const [x1, y1, x2, y2] = [from.x + sizes.width, from.y + sizes.height / 2, to.x, to.y + sizes.height / 2];
    const bend = Math.max(30, Math.abs(x2 - x1) / 2);
    return `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`;
  }

  // An edge against the way of the others: below the nodes, or left of them.
  back(from, to, sizes) {
    if (this.narrow) {
      const [x1, y1, x2, y2] = [from.x, from.y + sizes.height / 2, to.x, to.y + sizes.height / 2];
      const bend = Math.min(x1, x2) - 1.2 * BACK;
      return `M${x1} ${y1}C${bend} ${y1} ${bend} ${y2} ${x2} ${y2}`;
    }
    const [x1, x2] = [from.x + sizes.width / 2, to.x + sizes.width / 2];
    const [y1, y2] = [from.y + sizes.height, to.y + sizes.height];
    const bend = Math.max(y1, y2) + 40;
    return `M${x1} ${y1}C${x1} ${bend} ${x2} ${bend} ${x2} ${y2}`;
  }

  update(statements, topics, model) {
    this.statements = new Map(statements.map((one) => [one.statement, one]));
    this.topics = new Map(topics.map((one) => [one.name, one]));
    this.model = model;
    this.refresh();
  }

  refresh() {
    for (const node of this.nodes.values()) this.describe(node);
    for (const edge of this.edges) {
      const [from, to] = [this.nodes.get(edge.from), this.nodes.get(edge.to)];
      const into = to.kind === "statement";
      const row = this.statements.get(into ? to.name : from.name);
      const flows = row && row.healthy && (into ? row.recordsInPerSecond : row.recordsOutPerSecond) > 0;
      mark(edge.line, "class", `edge${flows ? " flows" : ""}${this.hidden(from) && this.hidden(to) ? " faded" : ""}`);
    }
  }

  describe(node) {
    const [look, words] = this.shown(node);
    write(node.button.lastChild, words);
    mark(node.button, "class", `node ${node.kind} ${look}${this.hidden(node) ? " faded" : ""}`);
    mark(node.button, "aria-label", `${KINDS[node.kind]} ${node.name}${words ? `: ${words.replace("↓", "reads ").replace("↑", "writes ")}` : ""}`);
  }

  shown(node) {
    if (node.kind === "statement") {
      const row = this.statements.get(node.name);
      if (!row) return ["unknown", "? not known yet"];
      const flow = row.state === "RUNNING" ? ` ↓${rate(row.recordsInPerSecond)}/s ↑${rate(row.recordsOutPerSecond)}/s` : "";
      return [tone(row), `${SIGNS[tone(row)]} ${state(row)}${flow}${row.lag ? ` lag ${short(row.lag)}` : ""}`];
    }
    if (node.kind === "topic") {
      const row = this.topics.get(node.name);
      if (!row) return ["", ""];
      return row.healthy ? ["", `${short(row.messages)} records${row.external ? " · external" : ""}`] : ["bad", `✗ ${row.reason}`];
    }
    if (node.kind === "model" && this.model) {
      return [this.model.healthy ? "good" : "bad", `${this.model.healthy ? "✓" : "✗"} ${this.model.state}: ${this.model.name}`];
    }
    return ["", ""];
  }

  hidden(node) {
    if (!this.filter) return false;
    const row = node.kind === "statement" ? this.statements.get(node.name) : null;
    return !`${node.name} ${node.label} ${row ? state(row) : ""}`.toLowerCase().includes(this.filter);
  }

  find(text) {
    this.filter = text;
    this.refresh();
    const first = text && [...this.nodes.values()].find((node) => !this.hidden(node));
    if (first) this.root.scrollTo({ left: first.x - 40, top: first.y - 40 });
  }

  rove(button) {
    for (const node of this.nodes.values()) if (node.button !== button && node.button.tabIndex === 0) node.button.tabIndex = -1;
    if (button.dataset.id) button.tabIndex = 0;
  }

  // The nearest node in the direction of an arrow key: what lies straight ahead counts more than what lies aside.
  key(event) {
    const ways = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };
    const way = ways[event.key];
    const from = this.nodes.get(event.target.dataset?.id);
    const list = [...this.nodes.values()];
    let to = null;
    if (from && way) {
      let best = Infinity;
      for (const node of list) {
        const ahead = (node.x - from.x) * way[0] + (node.y - from.y) * way[1];
        const aside = Math.abs((node.x - from.x) * way[1]) + Math.abs((node.y - from.y) * way[0]);
        if (ahead > 0 && ahead + 3 * aside < best) [best, to] = [ahead + 3 * aside, node];
      }
    } else if (event.key === "Home") to = list[0];
    else if (event.key === "End") to = list.at(-1);
    else return;
    event.preventDefault();
    if (to) to.button.focus();
  }
}
