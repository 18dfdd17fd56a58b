// The page: asks its server for what changed, every two seconds while somebody looks, and shows it.

import { Actions } from "./actions.js";
import { ask } from "./api.js";
import { Details } from "./details.js";
import { byId, element, mark, write } from "./dom.js";
import { Graph } from "./graph.js";
import { Lists, showFigures } from "./lists.js";
import { ago } from "./texts.js";

const POLL_MS = 2000;
const STALE_SECONDS = 30;
const THEMES = ["system", "light", "dark"];
const THEME_KEY = "console-ui-theme";

const actions = new Actions();
const details = new Details(actions);
const open = (what) => details.open(what);
const graph = new Graph(open);
const lists = new Lists(open);

let newest = null;
let revision = "";
let drawn = 0;
let unreachable = "";

function useTheme(theme) {
  mark(document.documentElement, "data-theme", theme);
  write(byId("theme"), `Theme: ${theme}`);
  localStorage.setItem(THEME_KEY, theme);
}

function problems(data) {
  const now = Date.now() / 1000;
  const found = unreachable ? [unreachable] : [];
  for (const source of data?.sources || []) {
    if (!source.error) continue;
    const age = source.at ? ` Shown is what was known ${ago(now - source.at)}.` : "";
    found.push(`${source.name}: ${source.error.replace(/\.$/, "")}.${age}`);
  }
  if (data?.deployment) found.push(data.deployment);
  if (data?.model && !data.model.healthy) found.push(`model ${data.model.name}: ${data.model.reason}`);
  return found;
}

function showProblems(data) {
  const root = byId("problems");
  const found = problems(data);
  found.forEach((words, index) => {
    if (!root.children[index]) root.append(element("p"));
    write(root.children[index], words);
  });
  while (root.children.length > found.length) root.lastChild.remove();
}

function overall(data) {
  if (unreachable) return ["bad", "✗ no server"];
  const rows = [...data.statements, ...data.topics, ...data.services];
  if (data.sources.some((source) => source.error)) return ["bad", "✗ not all is known"];
  if (!rows.length || data.sources.some((source) => !source.at)) return ["unknown", "? loading"];
  const well = rows.every((row) => row.healthy) && !data.deployment && (!data.model || data.model.healthy);
  return well ? ["good", "✓ healthy"] : ["bad", "✗ not healthy"];
}

function show(data) {
  write(byId("stack"), data.stack);
  write(byId("about"), [data.bundle && `bundle ${data.bundle}`, data.platform, data.flinkLine && `Flink ${data.flinkLine}`].filter(Boolean).join(" · "));
  if (document.title !== `${data.stack} · flink-reviews`) document.title = `${data.stack} · flink-reviews`;
  if (data.graph) {
    byId("pipeline").hidden = !data.graph.nodes.length;
    graph.draw(data.graph);
    drawn = data.drawn;
  }
  lists.update(data);
  graph.update(data.statements, data.topics, data.model);
  showFigures(data);
  actions.allow(data.actions);
}

function showAge() {
  showProblems(newest);
  if (!newest) {
    if (unreachable) {
      mark(byId("overall"), "class", "chip bad");
      write(byId("overall"), "✗ nothing to show");
    }
    return;
  }
  const [look, words] = overall(newest);
  mark(byId("overall"), "class", `chip ${look}`);
  write(byId("overall"), words);
  const times = newest.sources.map((source) => source.at).filter(Boolean);
  const age = times.length ? Date.now() / 1000 - Math.max(...times) : null;
  write(byId("age"), age !== null && age > STALE_SECONDS ? `as of ${ago(age)}` : "");
}

async function update() {
  try {
    const data = await ask(`api/snapshot?revision=${revision}&drawn=${drawn}`);
    unreachable = "";
    if (data) {
      revision = data.revision;
      newest = data;
      show(data);
      document.documentElement.dataset.ready = "yes";
    }
  } catch (error) {
    unreachable = error.message;
  }
  showAge();
}

async function run() {
  for (;;) {
    if (document.visibilityState === "visible") await update();
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

useTheme(THEMES.includes(localStorage.getItem(THEME_KEY)) ? localStorage.getItem(THEME_KEY) : "system");
byId("theme").addEventListener("click", () => useTheme(THEMES[(THEMES.indexOf(document.documentElement.dataset.theme) + 1) % THEMES.length]));
byId("filter").addEventListener("input", (event) => {
  const text = event.target.value.trim().toLowerCase();
  graph.find(text);
  lists.find(text);
});
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && update());
run();
