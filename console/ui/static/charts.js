// Small charts of our own: a line, an area, and the newest and largest value in words.

import { drawing, element } from "./dom.js";
import { NONE, rate } from "./texts.js";

const WIDTH = 100;

// Points of a line over known values; a gap begins a new line.
export function path(values, height, largest) {
  const step = values.length > 1 ? WIDTH / (values.length - 1) : WIDTH;
  let open = false;
  return values
    .map((value, index) => {
      if (value === null || value === undefined) {
        open = false;
        return "";
      }
      const command = open ? "L" : "M";
      open = true;
      return `${command}${(index * step).toFixed(2)} ${(height - 1 - (value / largest) * (height - 2)).toFixed(2)}`;
    })
    .join("");
}

const top = (values) => Math.max(1e-9, ...values.filter((value) => value !== null && value !== undefined));

// A line without words, for a cell that has the figure already.
export function sparkline(values, height = 18) {
  const line = drawing("path", { d: path(values, height, top(values)), class: "line" });
  return drawing("svg", { class: "sparkline", viewBox: `0 0 ${WIDTH} ${height}`, preserveAspectRatio: "none", "aria-hidden": "true" }, line);
}

export function redraw(svg, values) {
  const height = svg.viewBox.baseVal.height;
  svg.firstChild.setAttribute("d", path(values, height, top(values)));
}

// A chart with its title and its figures in words. `series` is a list of {name, values}.
export function chart(title, series, format = rate) {
  const height = 60;
  const largest = top(series.flatMap((one) => one.values));
  const lines = series.map((one, index) => drawing("path", { d: path(one.values, height, largest), class: `line line-${index}` }));
  const words = series.map((one, index) => {
    const newest = one.values.findLast((value) => value !== null && value !== undefined);
    return element("span", { class: `legend legend-${index}` }, `${one.name} ${newest === undefined ? NONE : format(newest)}`);
  });
  const some = series.some((one) => one.values.some((value) => value !== null && value !== undefined));
  return element(
    "figure",
    { class: "chart" },
    element("figcaption", {}, element("strong", {}, title), " ", words, some ? element("span", { class: "quiet" }, `at most ${format(largest < 1e-6 ? 0 : largest)}`) : ""),
    drawing("svg", { viewBox: `0 0 ${WIDTH} ${height}`, preserveAspectRatio: "none", "aria-hidden": "true" }, lines),
  );
}
