// The messages between the page and its worker.

import type { Config, ReviewRequest } from "./transfer";

export type Call =
  | { method: "catalogue" }
  | { method: "wrongSettings"; id: string; settings: unknown }
  | { method: "configuration"; config: Config; descriptions: string | null }
  | { method: "check"; text: string; config: Config }
  | { method: "learn"; table: string }
  | { method: "fix"; finding: number }
  | { method: "fixAll"; risky: boolean }
  | { method: "suppress"; finding: number; reason: string }
  | { method: "restore"; suppressed: number }
  | { method: "report" }
  | { method: "credentials" }
  | { method: "review"; order: ReviewRequest }
  | { method: "object"; object: number }
  | { method: "graph" }
  | { method: "timeline"; object: number };

/** The worker's first response, which nothing was asked for: the policies are loaded. */
export const STARTED = 0;

export interface Request {
  id: number;
  call: Call;
}

/** The answer as JSON: parsing it in the page is cheaper than copying it value by value. */
export interface Response {
  id: number;
  json: string;
}
