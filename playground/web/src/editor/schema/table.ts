// The fields of Kubernetes' own kinds: `playground/schema` makes the table and documents its codes.

/** A step from a mapping to a value in it: a key, or null for an element of a list. */
export type Step = string | null;

type Entry = [code: string, documentation: string, values?: string[]];

/** The table as it is fetched. */
export interface Written {
  version: string;
  kinds: [apiVersion: string, kind: string, type: number, documentation: string][];
  types: Record<string, Entry>[];
}

export interface Field {
  readonly name: string;
  /** Without the mark of required fields. */
  readonly code: string;
  readonly required: boolean;
  readonly documentation: string;
  /** The values that the documentation lists. */
  readonly values: readonly string[];
}

const NAMES: Record<string, [one: string, many: string]> = {
  s: ["string", "strings"],
  i: ["integer", "integers"],
  n: ["number", "numbers"],
  b: ["boolean", "booleans"],
  x: ["integer or string", "integers or strings"],
  q: ["quantity", "quantities"],
  t: ["time", "times"],
  e: ["Base64", "Base64"],
  a: ["anything", "anything"],
};

export class Table {
  readonly #written: Written;

  constructor(written: Written) {
    this.#written = written;
  }

  get version(): string {
    return this.#written.version;
  }

  /** The code of a kind's type. */
  kind(apiVersion: string, kind: string): string | undefined {
    const found = this.#written.kinds.find((known) => known[0] === apiVersion && known[1] === kind);
    return found && String(found[2]);
  }

  /** The documentation of a kind. */
  purpose(apiVersion: string, kind: string): string {
    return this.#written.kinds.find((known) => known[0] === apiVersion && known[1] === kind)?.[3] ?? "";
  }

  /** The API versions of a kind, or all. */
  apiVersions(kind = ""): string[] {
    const of = this.#written.kinds.filter((known) => kind === "" || known[1] === kind);
    return [...new Set(of.map((known) => known[0]))];
  }

  /** The kinds of an API version, or all, each with its documentation. */
  kinds(apiVersion = ""): { kind: string; apiVersion: string; documentation: string }[] {
    return this.#written.kinds
      .filter((known) => apiVersion === "" || known[0] === apiVersion)
      .map(([apiVersion, kind, , documentation]) => ({ kind, apiVersion, documentation }));
  }

  /** The fields of a mapping; none if it allows any keys. */
  fields(code: string): Field[] {
    return Object.entries(this.#written.types[Number(code)] ?? {}).map(([name, entry]) => field(name, entry));
  }

  /** The field at the end of a path that starts at a mapping with this code. */
  follow(code: string, way: readonly Step[]): Field | undefined {
    let found: Field = { name: "", code, required: false, documentation: "", values: [] };
    for (const step of way) {
      if (step === null) {
        if (!found.code.startsWith("[")) return undefined;
        found = { ...found, code: found.code.slice(1) };
      } else if (found.code.startsWith("{")) {
        found = { name: step, code: found.code.slice(1), required: false, documentation: "", values: [] };
      } else {
        const fields = this.#written.types[Number(found.code)];
        const entry = fields && Object.hasOwn(fields, step) ? fields[step] : undefined;
        if (!entry) return undefined;
        found = field(step, entry);
      }
    }
    return found;
  }
}

function field(name: string, [code, documentation, values]: Entry): Field {
  const required = code.startsWith("!");
  return { name, code: required ? code.slice(1) : code, required, documentation, values: values ?? [] };
}

/** A type in words, as in `list of strings`. */
export function typeName(code: string, many = false): string {
  const one = many ? 1 : 0;
  if (code.startsWith("[")) return `${many ? "lists" : "list"} of ${typeName(code.slice(1), true)}`;
  if (code.startsWith("{")) return `${many ? "mappings" : "mapping"} to ${typeName(code.slice(1), true)}`;
  return NAMES[code]?.[one] ?? (many ? "mappings" : "mapping");
}

/** The type of the values in a list or a mapping. */
export function isMapping(code: string): boolean {
  return code.startsWith("{") || /^\d/.test(code);
}

/** A path in words, as in `spec.containers[].image`. */
export function wayName(way: readonly Step[]): string {
  let name = "";
  for (const step of way) {
    if (step === null) name += "[]";
    else if (/[./[\s]/.test(step)) name += `["${step}"]`;
    else name += name === "" ? step : `.${step}`;
  }
  return name;
}
