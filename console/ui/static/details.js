// A statement or a topic, in a dialog: SQL with the line of the last error, the job, what was done, and rows as they come.

import { ask } from "./api.js";
import { chart } from "./charts.js";
import { byId, element, mark, write } from "./dom.js";
import { trouble } from "./lists.js";
import { NONE, SIGNS, ago, bytes, count, duration, moment, rate, short, state, tone } from "./texts.js";

const ROWS_MS = 2000;
const ALL_MS = 5000;

const pairs = (values) =>
  element("dl", { class: "pairs" }, values.map(([title, value, whole]) => element("div", { class: whole ? "whole" : null }, element("dt", {}, title), element("dd", {}, value))));
const part = (title, ...content) => element("section", {}, element("h3", {}, title), content);

// SQL with line numbers. Lines of an error are marked, in words for who does not see the colour.
function sqlText(sql, places) {
  const bad = new Map(places.filter((one) => one.file === sql.file).map((one) => [one.line, one.column]));
  const lines = sql.text.replace(/\n$/, "").split("\n").map((line, index) => {
    const column = bad.get(index + 1);
    const remark = column === undefined ? "" : element("span", { class: "remark" }, `  ← error at column ${column}`);
    return element("li", { class: column === undefined ? null : "bad" }, element("code", {}, line || " "), remark);
  });
  return element("div", { class: "sql", tabindex: "0", role: "group", "aria-label": `SQL of ${sql.file}` }, element("ol", {}, lines));
}

function historyTable(entries) {
  if (!entries.length) return element("p", { class: "quiet" }, "Nothing was done to it yet.");
  const rows = entries.map((one) =>
    element("tr", {}, [
      element("th", { scope: "row" }, moment(one.at)),
      element("td", {}, one.action, one.approval ? `, approved by ${one.approved_by}` : "", one.reason ? `: ${one.reason}` : ""),
      element("td", { class: "words" }, one.error || one.verdict || ""),
      element("td", {}, [...new Set([one.before, one.after].filter(Boolean).map((hash) => hash.slice(0, 12)))].join(" → ")),
      element("td", {}, one.seconds ? duration(one.seconds) : ""),
      element("td", {}, one.by || ""),
      element("td", {}, one.outcome),
    ]),
  );
  const heads = ["When (UTC)", "What", "Verdict or cause", "Version", "Took", "Who", "Outcome"].map((title) => element("th", { scope: "col" }, title));
  return element(
    "div",
    { class: "wide", role: "group", tabindex: "0", "aria-label": "What was done to the statement" },
    element("table", {}, element("thead", {}, element("tr", {}, heads)), element("tbody", {}, rows)),
  );
}

function rowItem(row) {
  const value = row.deleted ? "(deleted)" : row.error ? `(unreadable: ${row.error}) base64 ${row.value}` : row.value;
  const remark = row.cut ? element("span", { class: "quiet" }, ` … cut: the value has ${bytes(row.bytes)}`) : "";
  return element(
    "li",
    {},
    element("span", { class: "quiet" }, `${row.id} · ${row.time ? row.time.slice(11, 23) : "no time"}`, row.key ? ` · ${row.key}` : ""),
    element("code", {}, value, remark),
  );
}

export class Details {
  constructor(actions) {
    this.dialog = byId("details");
    this.actions = actions;
    this.generation = 0;
    this.dialog.addEventListener("close", () => this.closed());
    this.dialog.addEventListener("click", (event) => {
      if (event.target === this.dialog) this.dialog.close();
    });
  }

  open({ kind, name }) {
    this.generation += 1;
    this.what = { kind, name };
    this.shownSql = "";
    this.topic = kind === "topic" ? name : "";
    const close = element("button", { type: "button", class: "plain", onclick: () => this.dialog.close() }, "Close");
    const title = element("h2", { id: "details-title", tabindex: "-1" }, element("span", { class: "kind" }, kind), " ", name);
    this.state = element("p", { class: "state", role: "status" });
    this.body = element("div", { class: "parts" });
    this.rows = element("ol", { class: "rows", "aria-label": "The newest rows" });
    this.rowsTitle = element("span", { class: "quiet" });
    this.dialog.replaceChildren(element("div", { class: "head" }, title, close), this.state, this.body);
    if (!this.dialog.open) this.dialog.showModal();
    title.focus();
    this.poll(this.generation);
  }

  closed() {
    this.generation += 1;
  }

  rowsPart() {
    return part("Rows as they come", this.choices || "", this.rowsTitle, this.rows);
  }

  async poll(generation) {
    let next = 0;
    while (generation === this.generation) {
      if (document.visibilityState === "visible") {
        try {
          if (performance.now() >= next) {
            next = performance.now() + ALL_MS;
            if (this.what.kind === "statement") await this.statement(generation);
            else this.other();
          }
          if (this.topic) this.showRows(await ask(`api/topics/${encodeURIComponent(this.topic)}/rows`), generation);
        } catch (error) {
          if (generation === this.generation) write(this.state, error.message);
        }
      }
      await new Promise((resolve) => setTimeout(resolve, ROWS_MS));
    }
  }

  other() {
    if (this.body.firstChild) return;
    const about = this.what.kind === "topic" ? this.rowsPart() : element("p", {}, `A ${this.what.kind} of the bundle. Only topics have rows that can be shown here.`);
    this.body.append(about);
  }

  async statement(generation) {
    const data = await ask(`api/statements/${encodeURIComponent(this.what.name)}`);
    if (generation !== this.generation) return;
    const row = data.job || { state: "", healthy: null };
    mark(this.state, "class", `state ${tone(row)}`);
    write(this.state, `${SIGNS[tone(row)]} ${state(row)}`);
    if (!this.body.firstChild) this.build(data);
    this.figures.replaceChildren(this.job(data, row), ...this.charts(data));
    this.error.replaceChildren(...this.problem(data, row));
    const sql = JSON.stringify([data.sql, data.places]);
    if (sql !== this.shownSql) {
      this.shownSql = sql;
      this.sql.replaceChildren(...this.sqlParts(data));
    }
    const history = JSON.stringify(data.history);
    if (history !== this.shownHistory) {
      this.shownHistory = history;
      this.history.replaceChildren(historyTable(data.history));
    }
  }

  build(data) {
    this.shownHistory = "";
    this.figures = element("div");
    this.error = element("div");
    this.sql = element("div");
    this.history = element("div");
    this.choose(data);
    const why = element("button", { type: "button", onclick: () => this.why(answer) }, "Why does nothing come out?");
    const answer = element("div", { "aria-live": "polite" });
    this.body.append(
      part("Job", this.figures, element("div", { class: "buttons" }, why, this.actions.buttonsOf(this.what.name)), answer),
      this.error,
      this.rowsPart(),
      part("SQL", this.sql),
      part("History", this.history),
    );
  }

  // Which topic's rows are shown: at first the first that the statement writes.
  choose(data) {
    const topics = [...data.writes, ...data.reads].filter((one) => one.kind === "topic");
    this.topic = topics[0]?.name || "";
    write(this.rowsTitle, this.topic ? "" : "It neither writes nor reads a topic.");
    if (topics.length < 2) {
      this.choices = this.topic ? element("p", { class: "quiet" }, this.topic) : "";
      return;
    }
    const written = new Set(data.writes.map((one) => one.name));
    const options = topics.map((one) => element("option", { value: one.name }, `${one.name} (${written.has(one.name) ? "written" : "read"})`));
    const select = element("select", { onchange: (event) => this.changeTopic(event.target.value) }, options);
    this.choices = element("label", {}, "Topic ", select);
  }

  changeTopic(topic) {
    this.topic = topic;
    this.rows.replaceChildren();
    write(this.rowsTitle, "Reading.");
  }

  job(data, row) {
    const flink = data.flink ? element("a", { href: data.flink, target: "_blank", rel: "noreferrer noopener" }, row.jobId) : row.jobId || NONE;
    return pairs([
      ["Job", flink, true],
      ["Rows in", `${count(row.recordsIn)} (${rate(row.recordsInPerSecond)}/s)`],
      ["Rows out", `${count(row.recordsOut)} (${rate(row.recordsOutPerSecond)}/s)`],
      ["Lag", count(data.lag)],
      ["Restarts", count(row.restarts)],
      ["Checkpoint", ago(row.checkpointAgeSeconds)],
      ["Up for", duration(row.uptimeSeconds)],
      ["Reads", data.reads.map((one) => one.name).join(", ") || data.problem || NONE, true],
      ["Writes", data.writes.map((one) => one.name).join(", ") || NONE, true],
    ]);
  }

  charts(data) {
    if (data.trend.length < 2) return [];
    const span = `last ${duration(data.trend.at(-1)[0] - data.trend[0][0])}`;
    const column = (index) => data.trend.map((one) => one[index]);
    const rows = [{ name: "in/s", values: column(1) }, { name: "out/s", values: column(2) }];
    return [element("div", { class: "charts" }, chart(`Rows, ${span}`, rows), chart(`Lag, ${span}`, [{ name: "now", values: column(3) }], short))];
  }

  problem(data, row) {
    if (!data.error) return [];
    const where = data.places.map((one) => `${one.file}:${one.line}:${one.column}`).join(", ");
    const past = !data.errorAt && row.recoveredSeconds !== null && row.recoveredSeconds !== undefined;
    const title = data.errorAt ? `Last change failed (${moment(data.errorAt)} UTC)` : past ? "Last error, which it has got over" : row.healthy ? "To know" : "Last error";
    return [element("section", { class: past ? "error past" : "error" }, element("h3", {}, title), where ? element("p", {}, where) : "", element("p", { class: "words" }, data.errorAt ? data.error : trouble({ ...row, isOwn: true })))];
  }

  sqlParts(data) {
    const behind = data.behind.map((one) => {
      const named = data.places.some((place) => place.file === one.file);
      return element("details", { open: named }, element("summary", {}, one.file), sqlText(one, data.places));
    });
    return [element("p", { class: "quiet" }, data.sql.file), sqlText(data.sql, data.places), behind.length ? element("h4", {}, "Tables, views and models behind it") : "", ...behind].filter(Boolean);
  }

  async why(answer) {
    answer.replaceChildren(element("p", { class: "quiet" }, "Asking Flink and Kafka."));
    const findings = await ask(`api/statements/${encodeURIComponent(this.what.name)}/why`).catch((error) => ({ error: error.message, findings: [] }));
    const items = findings.findings.map((one) => element("li", {}, element("span", { class: "chip" }, one.verdict), " ", element("strong", {}, one.what), one.place ? ` (${one.place})` : "", one.advice ? ` ${one.advice}` : "", (one.figures || []).map((figure) => element("div", { class: "quiet" }, figure))));
    const problems = [findings.error, findings.remark].filter(Boolean).map((one) => element("p", {}, one));
    answer.replaceChildren(...problems, items.length ? element("ul", {}, items) : "");
  }

  showRows(data, generation) {
    if (generation !== this.generation || data.topic !== this.topic) return;
    const age = data.at ? "" : "Reading.";
    write(this.rowsTitle, data.error ? `Cannot be read: ${data.error}` : age || (data.rows.length ? `The newest ${data.rows.length}, newest first.` : "No rows yet."));
    const key = [data.topic, ...data.rows.map((row) => row.id)].join();
    if (key === this.rows.dataset.key) return;
    this.rows.dataset.key = key;
    this.rows.replaceChildren(...data.rows.toReversed().map(rowItem));
  }
}
