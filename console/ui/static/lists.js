// The lists of the page: statements, topics, services, checks of data, and the figures above them.

import { LiveTable, byId, element, mark, write } from "./dom.js";
import { redraw, sparkline } from "./charts.js";
import { NONE, SIGNS, ago, count, duration, moment, rate, short, state, tone } from "./texts.js";

function stateCell(cell, row) {
  if (!cell.firstChild) cell.append(element("span"));
  mark(cell.firstChild, "class", `chip ${tone(row)}`);
  write(cell.firstChild, `${SIGNS[tone(row)]} ${state(row)}`);
}

function opener(open, kind) {
  return (cell, row) => {
    const name = kind === "statement" ? row.statement : row.name;
    if (!cell.firstChild) cell.append(element("button", { type: "button", class: "link" }));
    const button = cell.firstChild;
    write(button, name);
    button.onclick = () => open({ kind, name });
  };
}

function sparkCell(cell, row) {
  if (!cell.firstChild) cell.append(element("span"), sparkline([]));
  write(cell.firstChild, rate(row.recordsOutPerSecond));
  cell.lastChild.toggleAttribute("hidden", row.trend.length < 2);
  if (row.trend.length > 1) redraw(cell.lastChild, row.trend);
}

const LONGEST = 240;

// The whole of a long error stands with its statement.
const brief = (words) => (words.length > LONGEST ? `${words.slice(0, LONGEST)} …` : words);

export function trouble(row) {
  if (row.recoveredSeconds !== null && row.recoveredSeconds !== undefined && row.lastError) {
    return row.noOutput || `failed ${ago(row.recoveredSeconds)} and ${state(row) === "finished" ? "finished" : "runs"} since: ${row.lastError}`;
  }
  return row.lastError || row.noOutput || (row.isOwn ? "" : "no statement of the stack has this job");
}

const text = (title, value, more = {}) => ({ title, show: (cell, row) => write(cell, value(row)), ...more });
const number = (title, value) => text(title, value, { number: true });

export class Lists {
  constructor(open) {
    this.statements = new LiveTable(byId("statement-list"), [
      { title: "Statement", show: opener(open, "statement") },
      { title: "State", show: stateCell },
      number("Rows in/s", (row) => rate(row.recordsInPerSecond)),
      { title: "Rows out/s", show: sparkCell, number: true },
      number("Lag", (row) => count(row.lag)),
      number("Restarts", (row) => count(row.restarts)),
      number("Checkpoint", (row) => ago(row.checkpointAgeSeconds)),
      number("Up for", (row) => duration(row.uptimeSeconds)),
      text("What is wrong", (row) => brief(trouble(row)), { class: "words" }),
    ]);
    this.topics = new LiveTable(byId("topic-list"), [
      { title: "Topic", show: opener(open, "topic") },
      number("Partitions", (row) => count(row.partitions)),
      number("Records", (row) => count(row.messages)),
      text("Whose", (row) => (row.external ? "external" : row.public ? "public" : "")),
      text("What is wrong", (row) => row.reason, { class: "words" }),
    ]);
    this.services = new LiveTable(byId("service-list"), [
      text("Service", (row) => row.name),
      { title: "State", show: stateCell },
      number("Up for", (row) => duration(row.uptimeSeconds)),
      text("Process or pods", (row) => row.pods || (row.processId ? `process ${row.processId}` : NONE)),
      text("What is missing", (row) => row.remark, { class: "words" }),
    ]);
    this.checks = new LiveTable(byId("check-list"), [
      text("Check", (row) => row.name),
      { title: "Result", show: (cell, row) => stateCell(cell, { ...row, healthy: row.state === "not run" ? null : row.good }) },
      number("Rows", (row) => count(row.rows)),
      text("When (UTC)", (row) => moment(row.at)),
      text("Why", (row) => row.reason, { class: "words" }),
    ]);
    this.filter = "";
  }

  update(data) {
    this.data = data;
    const fits = (row) => `${row.statement} ${state(row)}`.toLowerCase().includes(this.filter);
    this.statements.update(data.statements.filter(fits), (row) => row.statement);
    this.topics.update(data.topics.filter((row) => row.name.toLowerCase().includes(this.filter)), (row) => row.name);
    this.services.update(data.services, (row) => row.name);
    this.checks.update(data.checks, (row) => row.name);
    for (const [id, rows] of [["statements", data.statements], ["topics", data.topics], ["services", data.services], ["checks", data.checks]]) {
      byId(id).hidden = !rows.length;
    }
  }

  find(words) {
    this.filter = words;
    if (this.data) this.update(this.data);
  }
}

const sum = (rows, value) => {
  const known = rows.map(value).filter((one) => one !== null && one !== undefined);
  return known.length ? known.reduce((a, b) => a + b, 0) : null;
};

export function figures(data) {
  const rows = data.statements;
  const well = rows.filter((row) => row.healthy).length;
  const oldest = rows.map((row) => row.checkpointAgeSeconds).filter((age) => age !== null && age !== undefined);
  return [
    ["Statements", `${well} of ${rows.length} healthy`],
    ["Rows in/s", rate(sum(rows, (row) => row.recordsInPerSecond))],
    ["Rows out/s", rate(sum(rows, (row) => row.recordsOutPerSecond))],
    ["Lag", short(sum(rows, (row) => row.lag))],
    ["Restarts", count(sum(rows, (row) => row.restarts))],
    ["Oldest checkpoint", oldest.length ? ago(Math.max(...oldest)) : NONE],
    ["Spent today (UTC)", data.model ? data.model.today || "nothing known" : "nothing: no model server is called"],
  ];
}

export function showFigures(data) {
  const list = byId("figures");
  for (const [index, [title, value]] of figures(data).entries()) {
    if (!list.children[index]) list.append(element("div", {}, element("dt", {}, title), element("dd")));
    write(list.children[index].lastChild, value);
  }
}
