// Drives the distribution's Firefox by Marionette, which is built in: playwright-core drives only builds of its own, and asks
// Firefox's ESR for commands of WebDriver BiDi that it doesn't have.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const FIREFOX = process.env["FIREFOX"] ?? "/usr/bin/firefox-esr";

/** How long a state may take to come, in milliseconds. */
const PATIENCE = 240_000;

/** Starts Firefox with an empty profile. */
export async function startFirefox() {
  const profile = await mkdtemp(join(tmpdir(), "plimsoll-firefox-"));
  // 0 is any port; the profile then says which.
  await writeFile(join(profile, "user.js"), 'user_pref("marionette.port", 0);\nuser_pref("app.update.enabled", false);\n');
  const browser = spawn(FIREFOX, ["--headless", "--marionette", "--no-remote", "--profile", profile], {
    stdio: "ignore",
    env: { ...process.env, HOME: profile, MOZ_HEADLESS: "1" },
  });
  const ended = once(browser, "exit");
  const close = async () => {
    browser.kill();
    await ended;
    await rm(profile, { recursive: true, force: true });
  };
  try {
    const port = await until(async () => Number(await readFile(join(profile, "MarionetteActivePort"), "utf8").catch(() => "0")), "Firefox");
    const session = await Session.open(port);
    return { session, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Asks again until the answer is truthy. `what` is named if it never is. */
async function until(ask, what) {
  const end = Date.now() + PATIENCE;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > end) throw new Error(`it takes too long: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** The messages are JSON, each after its length and a colon. */
class Session {
  #socket;
  #buffer = Buffer.alloc(0);
  #waiting = new Map();
  #next = 1;

  static async open(port) {
    const session = new Session();
    session.#socket = connect(port, "127.0.0.1");
    session.#socket.on("data", (data) => session.#take(data));
    await once(session.#socket, "connect");
    await session.#command("WebDriver:NewSession", { strictFileInteractability: true });
    await session.#command("WebDriver:SetTimeouts", { script: PATIENCE, pageLoad: PATIENCE });
    return session;
  }

  #take(data) {
    this.#buffer = Buffer.concat([this.#buffer, data]);
    for (;;) {
      const colon = this.#buffer.indexOf(":");
      const end = colon + 1 + Number(this.#buffer.subarray(0, Math.max(colon, 0)).toString());
      if (colon < 0 || this.#buffer.length < end) return;
      const message = JSON.parse(this.#buffer.subarray(colon + 1, end).toString());
      this.#buffer = this.#buffer.subarray(end);
      // The first is a greeting.
      if (!Array.isArray(message)) continue;
      const [, id, error, result] = message;
      const { resolve, reject } = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error) reject(new Error(error.message));
      else resolve(result);
    }
  }

  #command(name, parameters) {
    const id = this.#next++;
    const text = JSON.stringify([0, id, name, parameters]);
    this.#socket.write(`${Buffer.byteLength(text)}:${text}`);
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
  }

  goto(url) {
    return this.#command("WebDriver:Navigate", { url });
  }

  /** What a function returns in the page. */
  async evaluate(work, ...args) {
    const script = `return (${work}).apply(null, arguments);`;
    const { value } = await this.#command("WebDriver:ExecuteScript", { script, args, sandbox: null });
    return value;
  }

  /** Waits until a function returns something in the page, and gives that. */
  wait(work, ...args) {
    return until(() => this.evaluate(work, ...args), [work, ...args].join(" "));
  }
}
