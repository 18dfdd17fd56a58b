// Figures as texts.

export const NONE = "–";

const large = new Intl.NumberFormat("en");
const small = new Intl.NumberFormat("en", { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const compact = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

const known = (value) => value !== null && value !== undefined;

export const count = (value) => (known(value) ? large.format(value) : NONE);
export const short = (value) => (known(value) ? (value < 10000 ? large.format(value) : compact.format(value)) : NONE);
export const rate = (value) => (known(value) ? (value < 1000 ? small.format(value) : compact.format(value)) : NONE);

export function duration(seconds) {
  if (!known(seconds)) return NONE;
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 100) return `${whole} s`;
  if (whole < 5400) return `${Math.round(whole / 60)} min`;
  if (whole < 172800) return `${Math.round(whole / 3600)} h`;
  return `${Math.round(whole / 86400)} d`;
}

export const ago = (seconds) => (known(seconds) ? `${duration(seconds)} ago` : NONE);

export const moment = (iso) => (iso ? iso.slice(0, 19).replace("T", " ") : "");

export function bytes(size) {
  if (size < 1000) return `${size} bytes`;
  return size < 1e6 ? `${(size / 1e3).toFixed(1)} kB` : `${(size / 1e6).toFixed(1)} MB`;
}

// The tone of a row: what is wrong stands in words beside it, never in the colour alone.
export function tone(row) {
  if (row.healthy === null || row.healthy === undefined) return "unknown";
  if (!row.healthy) return "bad";
  if (row.state === "paused") return "quiet";
  // An error that a job has got over is history.
  const isOver = row.recoveredSeconds !== null && row.recoveredSeconds !== undefined;
  return row.noOutput || (row.lastError && !isOver) ? "warning" : "good";
}

export const SIGNS = { good: "✓", bad: "✗", warning: "!", unknown: "?", quiet: "‖" };
export const state = (row) => (row.state || "unknown").toLowerCase();
