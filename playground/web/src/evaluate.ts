// Requests to the worker: the latest input wins, and a crash loses only the answer.

import { STARTED, type Call, type Request, type Response } from "./protocol";
import type {
  Catalogue,
  Checked,
  Config,
  Configuration,
  Fixed,
  Graph,
  Reviewed,
  ReviewRequest,
  SchemaNote,
  Termination,
  TextChange,
  TextRange,
  WrongSetting,
} from "./transfer";
import workerUrl from "./worker.ts?worker&url";

export interface Crash {
  /** The reason, in a few words. */
  reason: string;
}

interface Events {
  /** A check of the current text was sent to the worker. */
  sent(): void;
  /** A check was answered. */
  checked(checked: Checked): void;
  /** The worker crashed and was replaced. */
  crashed(crash: Crash): void;
  /** No worker starts: nothing is answered until `retry` is called. */
  failed(crash: Crash): void;
}

/** The text changed before the request was answered. */
export class Outdated extends Error {}

interface Waiting {
  readonly request: Request;
  resolve(json: string): void;
  reject(error: Error): void;
}

/** The timeout of an answer. A worker that takes longer hangs. */
const PATIENCE = 40_000;

/** The number of workers in a row that may end without an answer. */
const ATTEMPTS = 3;

/** Starts the worker. Where the page's files are not of its own origin, as in a sandbox or a webview, code that it makes
 * itself loads them. */
function startWorker(): Worker {
  const { href, origin } = new URL(workerUrl, document.baseURI);
  if (origin === self.origin) return new Worker(href, { type: "module" });
  // No module, which a sandbox can't start. What is asked before everything is loaded waits.
  const code = `
    const early = [];
    const hold = (event) => early.push(event.data);
    addEventListener("message", hold);
    import(${JSON.stringify(href)}).then(
      () => {
        removeEventListener("message", hold);
        for (const data of early) dispatchEvent(new MessageEvent("message", { data }));
      },
      (error) => setTimeout(() => { throw error; }),
    );`;
  return new Worker(URL.createObjectURL(new Blob([code], { type: "text/javascript" })));
}

export class Policies {
  #worker: Worker | null;
  #next = STARTED + 1;
  readonly #waiting = new Map<number, Waiting>();
  readonly #events: Events;
  /** The next check, to send when the current one is answered. */
  #pending: { text: string; config: Config } | null = null;
  #underWay = false;
  #idle: (() => void)[] = [];
  #alarm: ReturnType<typeof setTimeout> | undefined;
  /** The worker has loaded the policies. */
  #isUp = false;
  /** The workers that ended since the last answer. */
  #failures = 0;
  /** The table that a new worker has to load. */
  #table: string | null = null;

  constructor(events: Events) {
    this.#events = events;
    this.#worker = this.#start();
  }

  get isBusy(): boolean {
    return this.#underWay || this.#pending !== null;
  }

  /** Checks a text. Of several requests during a check only the last one is sent. */
  check(text: string, config: Config): void {
    this.#pending = { text, config };
    if (!this.#underWay) this.#send();
  }

  catalogue(): Promise<Catalogue> {
    return this.#ask({ method: "catalogue" });
  }

  wrongSettings(id: string, settings: unknown): Promise<WrongSetting[]> {
    return this.#ask({ method: "wrongSettings", id, settings });
  }

  /** The enabled policies as files and commands, without settings that `descriptions` have as the default. */
  configuration(config: Config, descriptions: string | null): Promise<Configuration> {
    return this.#ask({ method: "configuration", config, descriptions });
  }

  /** Loads the fields of Kubernetes' kinds, and returns the notes about the last checked text. Later checks include
   * them. */
  learn(table: string): Promise<SchemaNote[]> {
    this.#table = table;
    return this.#ask({ method: "learn", table });
  }

  /** The text edits of a finding's fix. */
  fix(finding: number): Promise<TextChange | null> {
    return this.#askSettled({ method: "fix", finding });
  }

  /** The text edits that exempt a finding. */
  suppress(finding: number, reason: string): Promise<TextChange | null> {
    return this.#askSettled({ method: "suppress", finding, reason });
  }

  /** The text with all safe fixes, or with all fixes. */
  fixAll(risky: boolean): Promise<Fixed | null> {
    return this.#askSettled({ method: "fixAll", risky });
  }

  /** The text edits that remove an exemption, by its number among the suppressed findings. */
  restore(suppressed: number): Promise<TextChange | null> {
    return this.#askSettled({ method: "restore", suppressed });
  }

  /** What the command prints about the text with `--format json`. */
  report(): Promise<string | null> {
    return this.#askSettled({ method: "report" });
  }

  /** The credentials in the text. */
  credentials(): Promise<TextRange[]> {
    return this.#askSettled({ method: "credentials" });
  }

  /** The policies' answers in a cluster. */
  review(order: ReviewRequest): Promise<Reviewed | null> {
    return this.#askSettled({ method: "review", order });
  }

  /** An object as it is in the text. */
  object(object: number): Promise<unknown> {
    return this.#askSettled({ method: "object", object });
  }

  /** Which objects of the text target which. */
  graph(): Promise<Graph | null> {
    return this.#askSettled({ method: "graph" });
  }

  /** How the pods of an object terminate. */
  timeline(object: number): Promise<Termination | null> {
    return this.#askSettled({ method: "timeline", object });
  }

  /** Sends a request about the last checked text, which must be the one in the editor. */
  async #askSettled<Answer>(call: Call): Promise<Answer> {
    if (this.isBusy) throw new Outdated("the text is still being checked");
    return this.#ask<Answer>(call);
  }

  /** Resolves when no check is running. */
  settled(): Promise<void> {
    return this.isBusy ? new Promise((resolve) => this.#idle.push(resolve)) : Promise.resolve();
  }

  async #ask<Answer>(call: Call): Promise<Answer> {
    const id = this.#next++;
    const json = await new Promise<string>((resolve, reject) => {
      const request: Request = { id, call };
      this.#waiting.set(id, { request, resolve, reject });
      this.#worker?.postMessage(request);
      this.#watch();
    });
    return JSON.parse(json) as Answer;
  }

  #send(): void {
    const check = this.#pending;
    if (!check) {
      for (const resolve of this.#idle.splice(0)) resolve();
      return;
    }
    this.#pending = null;
    this.#underWay = true;
    this.#events.sent();
    this.#ask<Checked>({ method: "check", ...check }).then(
      (checked) => {
        this.#underWay = false;
        // An answer about an earlier text is dropped: a newer one is waiting to be checked.
        if (this.#pending) {
          this.#send();
        } else {
          this.#events.checked(checked);
          this.#send();
        }
      },
      () => {
        this.#underWay = false;
        if (this.#pending) this.#send();
      },
    );
  }

  #start(): Worker {
    this.#isUp = false;
    const worker = startWorker();
    worker.addEventListener("message", (event: MessageEvent<Response>) => {
      const { id, json } = event.data;
      if (id === STARTED) this.#isUp = true;
      else this.#failures = 0;
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      this.#watch();
      waiting?.resolve(json);
    });
    worker.addEventListener("error", (event) => {
      event.preventDefault();
      this.#ended(event.message || "its files could not be loaded");
    });
    return worker;
  }

  /** Loading takes as long as the network does; an answer takes at most so long. */
  #watch(): void {
    clearTimeout(this.#alarm);
    if (this.#isUp && this.#waiting.size > 0) {
      this.#alarm = setTimeout(() => this.#ended("it took too long"), PATIENCE);
    }
  }

  /** Starts another worker, unless several have ended without an answer. */
  #ended(reason: string): void {
    this.#worker?.terminate();
    this.#worker = null;
    clearTimeout(this.#alarm);
    const crash = { reason };
    this.#failures++;
    if (!this.#isUp) {
      // Nothing was read yet, so no text is to blame.
      if (this.#failures < ATTEMPTS) this.#startAgain();
      else this.#events.failed(crash);
      return;
    }
    // The text that crashed it is not sent again; the next change is.
    const lost = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const waiting of lost) waiting.reject(new Outdated("the policies had to be started again"));
    if (this.#failures >= ATTEMPTS) {
      this.#table = null;
      this.#isUp = false;
      this.#events.failed(crash);
      return;
    }
    this.#worker = this.#start();
    if (this.#table !== null) this.learn(this.#table).catch(() => undefined);
    this.#events.crashed(crash);
  }

  /** Tries again after a failure. */
  retry(): void {
    this.#failures = 0;
    this.#startAgain();
  }

  /** Starts a worker that gets what the last one has not answered. */
  #startAgain(): void {
    this.#worker = this.#start();
    for (const { request } of this.#waiting.values()) this.#worker.postMessage(request);
  }
}
