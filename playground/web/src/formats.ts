// The findings as Markdown and SARIF. Loaded on demand.

import type { Catalogue, Checked, Finding, SchemaNote } from "./transfer";

interface Input {
  readonly checked: Checked;
  readonly notes: readonly SchemaNote[];
  readonly catalogue: Catalogue;
  readonly text: string;
}

const FILE = "manifest.yaml";

/** A list for an issue or a review. */
export function markdown({ checked, notes, catalogue, text }: Input): string {
  const places = new Places(text);
  const worst = [...catalogue.severities].reverse();
  const counts = worst.map((severity) => [checked.findings.filter((finding) => finding.severity === severity).length, severity]);
  const said = counts.filter(([count]) => count !== 0).map((count) => count.join(" ")).join(", ");
  const lines = [`# Plimsoll ${catalogue.version}`, "", said === "" ? "No findings." : `${said}.`];
  checked.objects.forEach((_, index) => {
    const own = checked.findings
      .filter((finding) => finding.object === index)
      .sort((one, other) => worst.indexOf(one.severity) - worst.indexOf(other.severity));
    const noted = notes.filter((note) => note.object === index);
    if (own.length + noted.length === 0) return;
    lines.push("", `## ${plain(titleOf(checked, index))}`, "");
    for (const note of noted) lines.push(`- **schema**, line ${places.of(note.range.from).line}: ${plain(note.message)}`);
    for (const finding of own) {
      lines.push(
        `- **${finding.severity}** \`${finding.policy}\`, line ${places.of(finding.range.from).line}: ${plain(finding.message)}`,
        `  ${plain(finding.help)}`,
      );
    }
  });
  return `${lines.join("\n")}\n`;
}

/** SARIF 2.1.0, for code scanning. */
export function sarif({ checked, notes, catalogue, text }: Input): string {
  const places = new Places(text);
  const used = [...new Set(checked.findings.map(({ policy }) => policy))];
  const rules = used.map((id) => {
    const policy = catalogue.policies.find((policy) => policy.id === id);
    return { id, shortDescription: { text: policy?.title ?? id } };
  });
  const location = (range: Finding["range"]) => {
    const [start, end] = [places.of(range.from), places.of(range.to)];
    const region = { startLine: start.line, startColumn: start.column, endLine: end.line, endColumn: end.column };
    return [{ physicalLocation: { artifactLocation: { uri: FILE }, region } }];
  };
  const results = [
    ...notes.map(({ message, range }) => ({ ruleId: SCHEMA, level: "error", message: { text: message }, locations: location(range) })),
    ...checked.findings.map(({ policy, severity, message, help, range }) => ({
      ruleId: policy,
      level: LEVELS[severity],
      message: { text: `${message}\n${help}` },
      locations: location(range),
      properties: { severity },
    })),
  ];
  const schema = notes.length > 0 ? [{ id: SCHEMA, shortDescription: { text: "Fields that Kubernetes has, of the right type" } }] : [];
  return pretty({
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "Plimsoll", version: catalogue.version, rules: [...rules, ...schema] } },
        columnKind: "utf16CodeUnits",
        results,
      },
    ],
  });
}

const SCHEMA = "kubernetes-schema";

const LEVELS: Record<Finding["severity"], string> = {
  critical: "error",
  high: "error",
  medium: "warning",
  low: "note",
  info: "note",
};

function pretty(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

function titleOf({ objects }: Checked, index: number): string {
  const { kind = "", namespace = "", name = "" } = objects[index] ?? {};
  return `${kind} ${namespace ? `${namespace}/` : ""}${name}`;
}

/** A text that means nothing else in Markdown. */
function plain(text: string): string {
  return text.replaceAll(/[\\`*_<>[\]#|]/g, "\\$&").replaceAll(/\s+/g, " ");
}

class Places {
  readonly #starts: number[];

  constructor(text: string) {
    this.#starts = [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)];
  }

  /** Line and column of a place, from 1. */
  of(at: number): { line: number; column: number } {
    let line = this.#starts.findIndex((start) => start > at);
    if (line < 0) line = this.#starts.length;
    return { line, column: at - (this.#starts[line - 1] ?? 0) + 1 };
  }
}
