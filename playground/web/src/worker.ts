// Runs the policies in a worker, because typing must never wait for them.

import init, { Playground } from "@plimsoll/core";
import wasm from "@plimsoll/core/plimsoll_playground_bg.wasm?url";

import { STARTED, type Call, type Request, type Response } from "./protocol";

const ready = init({ module_or_path: wasm }).then(() => new Playground());
ready.then(
  () => {
    const started: Response = { id: STARTED, json: "" };
    postMessage(started);
  },
  (error: unknown) => {
    setTimeout(() => {
      throw error;
    });
  },
);

addEventListener("message", (event: MessageEvent<Request>) => {
  const { id, call } = event.data;
  ready.then(
    (playground) => {
      const response: Response = { id, json: answer(playground, call) };
      postMessage(response);
    },
    // Reported above.
    () => undefined,
  ).catch((error: unknown) => {
    // A panic leaves the module unusable: the page starts a new worker.
    setTimeout(() => {
      throw error;
    });
  });
});

function answer(playground: Playground, call: Call): string {
  switch (call.method) {
    case "catalogue":
      return Playground.catalogue();
    case "wrongSettings":
      return Playground.wrong_settings(call.id, JSON.stringify(call.settings));
    case "configuration":
      return Playground.configuration(JSON.stringify(call.config), call.descriptions);
    case "check":
      return playground.check(call.text, JSON.stringify(call.config));
    case "learn":
      return playground.learn(call.table);
    case "fix":
      return playground.fix(call.finding);
    case "fixAll":
      return playground.fix_all(call.risky);
    case "suppress":
      return playground.suppress(call.finding, call.reason);
    case "restore":
      return playground.restore(call.suppressed);
    case "report":
      return playground.report();
    case "credentials":
      return playground.credentials();
    case "review":
      return playground.review(JSON.stringify(call.order));
    case "object":
      return playground.object(call.object);
    case "graph":
      return playground.graph();
    case "timeline":
      return playground.timeline(call.object);
  }
}
