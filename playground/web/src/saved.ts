// The text and the choices in the form of a link, a draft or a file: only the differences from the defaults. All of it
// may come from strangers.

import { firstExampleIfLoaded } from "./examples";
import type { Choices, State } from "./store";
import type { Choice } from "./transfer";

export interface Saved {
  /** Absent for the first example. */
  text?: string;
  profile?: string;
  policies?: Record<string, Choice>;
  kubernetesVersion?: string;
  complete?: boolean;
}

/** The version of this format: a link has it before its payload, a file under `MARK`. */
export const VERSION = 1;

/** The key that marks a file as ours. */
const MARK = "plimsollPlayground";

export const FILE_NAME = "plimsoll-playground.json";

export type Reading = { saved: Saved } | { problem: string };

const NEWER = "it was made by a newer version of this page";

/** The differences from the state of a first visit. */
export function savedOf(state: State): Saved {
  const { text, catalogue, choices } = state;
  const { profile, kubernetesVersion, complete } = choices;
  const saved: Saved = {};
  if (text !== firstExampleIfLoaded()) saved.text = text;
  if (profile !== undefined && profile !== catalogue?.defaultProfile) saved.profile = profile;
  const policies = Object.entries(choices.policies)
    .map(([id, choice]): [string, Choice] => [id, tidy(choice)])
    .filter(([, choice]) => Object.keys(choice).length > 0);
  if (policies.length > 0) saved.policies = Object.fromEntries(policies);
  if (kubernetesVersion !== undefined && kubernetesVersion !== catalogue?.kubernetesVersion) {
    saved.kubernetesVersion = kubernetesVersion;
  }
  if (complete) saved.complete = true;
  return saved;
}

function tidy(choice: Choice): Choice {
  const tidied: Choice = {};
  if (choice.enabled !== undefined) tidied.enabled = choice.enabled;
  if (choice.settings && Object.keys(choice.settings).length > 0) tidied.settings = choice.settings;
  return tidied;
}

/** The choices in it. */
export function choicesOf(saved: Saved): Choices {
  const choices: Choices = { policies: saved.policies ?? {}, complete: saved.complete ?? false };
  if (saved.profile !== undefined) choices.profile = saved.profile;
  if (saved.kubernetesVersion !== undefined) choices.kubernetesVersion = saved.kubernetesVersion;
  return choices;
}

/** The same as a file. */
export function fileOf(saved: Saved): string {
  return `${JSON.stringify({ [MARK]: VERSION, ...saved }, null, 2)}\n`;
}

/** Reads such a file; null if it is something else. */
export function readFile(text: string): Reading | null {
  if (!text.trimStart().startsWith("{") || !text.includes(`"${MARK}"`)) return null;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isMapping(value) || !(MARK in value)) return null;
  const { [MARK]: version, ...saved } = value;
  if (typeof version === "number" && version > VERSION) return { problem: NEWER };
  return version === VERSION ? readSaved(saved) : { problem: "it doesn't hold what it should" };
}

/** Reads the content without its mark. */
export function readSaved(value: unknown): Reading {
  const saved = isMapping(value) ? shaped(value) : null;
  return saved ? { saved } : { problem: "it doesn't hold what it should" };
}

/** Why a version can't be read; null for the current one. */
export function problemOf(version: string): string | null {
  const number = Number(version);
  if (number === VERSION) return null;
  return number > VERSION ? NEWER : "it has no such version";
}

/** More than anybody writes, and far less than parsers can handle. */
const DEEPEST = 20;

function shaped(value: Record<string, unknown>): Saved | null {
  const { text, profile, policies, kubernetesVersion, complete } = value;
  const saved: Saved = {};
  if (text !== undefined) {
    if (typeof text !== "string") return null;
    // As the editor stores it: positions in the text count one unit for a line ending.
    saved.text = text.replace(/\r\n?/g, "\n");
  }
  if (profile !== undefined) {
    if (!isWord(profile)) return null;
    saved.profile = profile;
  }
  if (kubernetesVersion !== undefined) {
    if (!isWord(kubernetesVersion)) return null;
    saved.kubernetesVersion = minorOf(kubernetesVersion);
  }
  if (complete !== undefined) {
    if (typeof complete !== "boolean") return null;
    saved.complete = complete;
  }
  if (policies !== undefined) {
    if (!isMapping(policies)) return null;
    const read: [string, Choice][] = [];
    for (const [id, choice] of Object.entries(policies)) {
      const { enabled, settings } = isMapping(choice) ? choice : {};
      const isShaped =
        /^[a-z0-9-]{1,100}$/.test(id) &&
        isMapping(choice) &&
        (enabled === undefined || typeof enabled === "boolean") &&
        (settings === undefined || (isMapping(settings) && !isDeeper(settings, DEEPEST)));
      if (!isShaped) return null;
      const shaped: Choice = {};
      if (enabled !== undefined) shaped.enabled = enabled;
      if (settings !== undefined) shaped.settings = settings;
      read.push([id, shaped]);
    }
    saved.policies = Object.fromEntries(read);
  }
  return saved;
}

/** A version of Kubernetes without what no policy asks for: `1.33` for `v1.33.2`. */
export function minorOf(version: string): string {
  return /^v?(\d+\.\d+)(?:\.\d+)?(?:[-+].*)?$/.exec(version)?.[1] ?? version;
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isWord(value: unknown): value is string {
  return typeof value === "string" && value.length <= 40;
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  return levels === 0 || Object.values(value).some((below) => isDeeper(below, levels - 1));
}
