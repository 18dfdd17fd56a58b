// Commands that the page may start, where `--allow-actions` was given. Each is asked for once more before it runs.

import { ask } from "./api.js";
import { byId, element, write } from "./dom.js";

const POLL_MS = 1500;
const ALL = {
  preview: { title: "Preview", words: "Run `preview`? It says what `up` would change, and changes nothing." },
  up: { title: "Up", words: "Run `up`? It deploys what settings and SQL files say now, and restores jobs that failed. A change that may lose state is refused until it is approved." },
};
const OF_STATEMENT = {
  savepoint: { title: "Take a savepoint", words: "Take a savepoint? The job goes on running." },
};

export class Actions {
  constructor() {
    this.allowed = [];
    this.polling = false;
  }

  allow(names) {
    if (names.join() === this.allowed.join()) return;
    this.allowed = names;
    const buttons = this.buttons(ALL, "");
    byId("actions").hidden = !buttons.length;
    byId("action-buttons").replaceChildren(...buttons);
    if (names.length) this.poll();
  }

  buttonsOf(statement) {
    return this.buttons(OF_STATEMENT, statement);
  }

  buttons(among, statement) {
    return Object.entries(among)
      .filter(([name]) => this.allowed.includes(name))
      .map(([name, one]) => element("button", { type: "button", onclick: () => this.confirm(name, one, statement) }, one.title));
  }

  confirm(name, action, statement) {
    const dialog = byId("confirm");
    const yes = element("button", { type: "button", class: "primary", onclick: () => { dialog.close(); this.start(name, statement); } }, action.title);
    const no = element("button", { type: "button", onclick: () => dialog.close() }, "Cancel");
    dialog.replaceChildren(
      element("h2", { id: "confirm-title" }, statement ? `${action.title}: ${statement}` : action.title),
      element("p", {}, action.words),
      element("div", { class: "buttons" }, no, yes),
    );
    dialog.showModal();
  }

  async start(name, statement) {
    try {
      this.show(await ask(`api/actions/${name}`, { method: "POST", body: { statement } }));
      if (byId("details").open) byId("details").close();
      byId("actions").scrollIntoView({ block: "start" });
      byId("action-output").focus();
      this.poll();
    } catch (error) {
      write(byId("action-state"), error.message);
      byId("actions").scrollIntoView({ block: "start" });
    }
  }

  async poll() {
    if (this.polling) return;
    this.polling = true;
    let running = true;
    while (running) {
      const found = await ask("api/actions").catch(() => null);
      if (found) this.show(found);
      running = Boolean(found?.running);
      if (running) await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
    this.polling = false;
  }

  show(found) {
    const output = byId("action-output");
    output.hidden = !found.command;
    if (!found.command) return;
    const end = found.exitCode === 0 ? "done" : `ended with exit code ${found.exitCode}`;
    write(byId("action-state"), `${found.command}: ${found.running ? "running" : end}`);
    const atEnd = output.scrollTop + output.clientHeight >= output.scrollHeight - 4;
    write(output, found.lines.join("\n"));
    if (atEnd) output.scrollTop = output.scrollHeight;
  }
}
