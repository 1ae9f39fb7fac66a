// Form controls for settings, made from their schemas.

import { element } from "../../element";
import { isNullable, optionsOf, typesOf, type Option, type Schema } from "./schema";

/** Something that shows a value and changes it. */
export interface Control {
  readonly element: HTMLElement;
  /** Whether it is a group of elements with a name of its own. */
  readonly isGroup: boolean;
  /** The inputs that can be marked as invalid, by the path below the control: `""`, `.min`. */
  readonly inputs: ReadonlyMap<string, readonly HTMLElement[]>;
  /** Shows a value; undefined if it isn't set. Text that is being edited stays, unless it is shown `anew`. */
  show(value: unknown, anew: boolean): void;
}

export interface Use {
  /** The id of the control's element. */
  readonly id: string;
  /** The label of a group. */
  readonly name: string;
  /** The ids of its descriptions. */
  readonly describedBy: string;
  /** The value was changed; undefined unsets it. */
  changed(value: unknown): void;
  /** The text is not a valid value, and why. The next change clears that. */
  unreadable(reason: string): void;
}

/** The control for values of a schema. */
export function controlFor(schema: Schema, use: Use): Control {
  const options = optionsOf(schema);
  const types = typesOf(schema);
  if (options) return choice(schema, options, use);
  if (types.length === 1) {
    switch (types[0]) {
      case "boolean":
        return isNullable(schema) ? yesOrNo(use) : checkbox(use);
      case "integer":
      case "number":
        return number(schema, use);
      case "array":
        return array(schema, use);
      case "object":
        if (schema.properties) return mapping(schema.properties, use);
        if (isOfTexts(schema.additionalProperties)) return lines(pairs, use);
    }
  }
  return types.includes("string") ? line(schema, types.includes("integer"), use) : lines(json, use);
}


function array(schema: Schema, use: Use): Control {
  const items = schema.items ?? {};
  const options = optionsOf(items);
  if (options) return several(options, use);
  const [type, ...others] = typesOf(items);
  if (others.length === 0 && type === "string") return lines(texts, use);
  if (others.length === 0 && type === "integer") return lines(numbers, use);
  return lines(json, use, items.properties);
}

function isOfTexts(schema: Schema["additionalProperties"]): boolean {
  return typeof schema === "object" && typesOf(schema).join() === "string";
}

/** One element. */
function single(input: HTMLElement, show: Control["show"]): Control {
  return { element: input, isGroup: false, inputs: new Map([["", [input]]]), show };
}

function checkbox({ id, describedBy, changed }: Use): Control {
  const input = element("input", { type: "checkbox", id, "aria-describedby": describedBy });
  input.addEventListener("change", () => changed(input.checked));
  return single(input, (value) => {
    input.checked = value === true;
  });
}

function yesOrNo({ id, describedBy, changed }: Use): Control {
  const select = element(
    "select",
    { id, "aria-describedby": describedBy },
    ...[["", "not written"], ["true", "true"], ["false", "false"]].map(([value, text]) => element("option", { value }, text)),
  );
  select.addEventListener("change", () => changed(select.value === "" ? undefined : select.value === "true"));
  return single(select, (value) => {
    select.value = typeof value === "boolean" ? String(value) : "";
  });
}

function choice(schema: Schema, options: readonly Option[], { id, describedBy, changed }: Use): Control {
  const meaning = element("span", { class: "hint", id: `${id}-meaning` });
  // Without a default, an unset value depends on something else.
  const isOptional = schema.default === undefined || schema.default === null;
  const select = element(
    "select",
    { id, "aria-describedby": `${id}-meaning ${describedBy}` },
    isOptional && element("option", { value: "" }, "not written"),
    ...options.map(({ value }) => element("option", { value }, value)),
  );
  const explain = () => {
    meaning.textContent = options.find(({ value }) => value === select.value)?.documentation ?? "";
  };
  select.addEventListener("change", () => {
    explain();
    changed(select.value === "" ? undefined : select.value);
  });
  return {
    ...single(select, (value) => {
      select.value = typeof value === "string" ? value : "";
      explain();
    }),
    element: element("div", {}, select, meaning),
  };
}

function number(schema: Schema, { id, describedBy, changed }: Use): Control {
  const input = element("input", {
    type: "number",
    id,
    "aria-describedby": describedBy,
    min: schema.minimum,
    max: schema.maximum,
    step: typesOf(schema)[0] === "integer" ? 1 : "any",
    placeholder: placeholder(schema),
  });
  return typed(
    input,
    (text) => (text === "" ? undefined : Number(text)),
    (value) => (typeof value === "number" ? String(value) : ""),
    changed,
  );
}

function line(schema: Schema, orNumber: boolean, { id, describedBy, changed }: Use): Control {
  const input = element("input", {
    type: "text",
    id,
    "aria-describedby": describedBy,
    spellcheck: "false",
    autocomplete: "off",
    placeholder: placeholder(schema),
  });
  return typed(
    input,
    (text) => {
      // If null is a value of its own, an empty line means null.
      if (text === "") return isNullable(schema) ? null : undefined;
      return orNumber && /^\d+$/.test(text) ? Number(text) : text;
    },
    (value) => (typeof value === "string" || typeof value === "number" ? String(value) : ""),
    changed,
  );
}

function placeholder(schema: Schema): string {
  return schema.default === undefined || schema.default === null ? "none" : written(schema.default);
}

/** A line of text. */
function typed(
  input: HTMLInputElement,
  read: (text: string) => unknown,
  write: (value: unknown) => string,
  changed: (value: unknown) => void,
): Control {
  let shown: unknown;
  input.addEventListener("input", () => changed(read(input.value.trim())));
  input.addEventListener("blur", () => {
    input.value = write(shown);
  });
  return single(input, (value, anew) => {
    shown = value;
    if (anew || document.activeElement !== input) input.value = write(value);
  });
}

/** A value in several lines. */
interface Writing {
  /** The value of the lines, or the text of the error. */
  read(text: string): { value: unknown } | string;
  write(value: unknown): string;
  readonly hint: string;
}

const texts: Writing = {
  read: (text) => ({ value: filled(text) }),
  write: (value) => (Array.isArray(value) ? value.map(written).join("\n") : ""),
  hint: "One a line.",
};

const numbers: Writing = {
  // Anything else stays as it is: the policy reports what it expects.
  read: (text) => ({ value: filled(text).map((line) => (/^\d+$/.test(line) ? Number(line) : line)) }),
  write: texts.write,
  hint: "One number a line.",
};

const pairs: Writing = {
  read: (text) => {
    const pairs: [string, string][] = [];
    for (const line of filled(text)) {
      const at = line.indexOf("=");
      if (at <= 0) return `“${line}” is not key=value`;
      pairs.push([line.slice(0, at).trim(), line.slice(at + 1).trim()]);
    }
    return { value: Object.fromEntries(pairs) };
  },
  write: (value) =>
    typeof value === "object" && value !== null
      ? Object.entries(value).map(([key, value]) => `${key}=${written(value)}`).join("\n")
      : "",
  hint: "key=value, one a line.",
};

const json: Writing = {
  read: (text) => {
    if (text.trim() === "") return { value: undefined };
    try {
      return { value: JSON.parse(text) as unknown };
    } catch (error) {
      return `this is not JSON: ${error instanceof Error ? error.message : ""}`;
    }
  },
  write: (value) => (value === undefined || value === null ? "" : JSON.stringify(value, null, 2)),
  hint: "As JSON.",
};

function filled(text: string): string[] {
  return text.split("\n").map((line) => line.trim()).filter((line) => line !== "");
}

function written(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

const MOST_ROWS = 10;

function lines(
  { read, write, hint }: Writing,
  { id, describedBy, changed, unreadable }: Use,
  fields: Readonly<Record<string, Schema>> = {},
): Control {
  const area = element("textarea", {
    id,
    "aria-describedby": `${id}-hint ${describedBy}`,
    spellcheck: "false",
    autocomplete: "off",
    autocapitalize: "off",
  });
  let shown: unknown;
  let isReadable = true;
  const fit = () => {
    area.rows = Math.min(Math.max(area.value.split("\n").length, 2), MOST_ROWS);
  };
  const rewrite = () => {
    area.value = write(shown);
    isReadable = true;
    fit();
  };
  area.addEventListener("input", () => {
    fit();
    const reading = read(area.value);
    isReadable = typeof reading !== "string";
    if (typeof reading === "string") unreadable(reading);
    else changed(reading.value);
  });
  area.addEventListener("blur", () => isReadable && rewrite());
  const known = Object.entries(fields).flatMap(([name, { description = "" }]) => [
    element("dt", {}, element("code", {}, name)),
    element("dd", {}, description),
  ]);
  return {
    ...single(area, (value, anew) => {
      shown = value;
      if (anew || (isReadable && document.activeElement !== area)) rewrite();
    }),
    element: element(
      "div",
      {},
      area,
      element("span", { class: "hint", id: `${id}-hint` }, hint),
      known.length > 0 && element("details", {}, element("summary", {}, "What an entry holds"), element("dl", {}, ...known)),
    ),
  };
}

/** Several of a fixed set of values, in order. */
function several(options: readonly Option[], { id, name, describedBy, changed }: Use): Control {
  const boxes = options.map(({ value, documentation }) => {
    const box = element("input", { type: "checkbox", value });
    const label = element("label", {}, box, element("code", {}, value), documentation && ` ${documentation}`);
    return { value, box, label };
  });
  /** Unknown values from a link: they stay until the user removes them because of the policy's error. */
  let strange: unknown[] = [];
  let shown: unknown[] = [];
  const change = () => {
    const chosen = boxes.filter(({ box }) => box.checked).map(({ value }) => value);
    const isAsBefore = chosen.length + strange.length === shown.length && chosen.every((value) => shown.includes(value));
    changed(isAsBefore ? shown : [...chosen, ...strange]);
  };
  for (const { box } of boxes) box.addEventListener("change", change);
  const group = element(
    "fieldset",
    { id, "aria-describedby": describedBy },
    element("legend", {}, name),
    ...boxes.map(({ label }) => label),
  );
  return {
    element: group,
    isGroup: true,
    inputs: new Map([["", boxes.map(({ box }) => box)]]),
    show: (value) => {
      const values: unknown[] = Array.isArray(value) ? value : [];
      strange = values.filter((value) => !options.some((option) => option.value === value));
      shown = values;
      for (const { value, box } of boxes) box.checked = values.includes(value);
    },
  };
}

/** A mapping of known fields. */
function mapping(properties: Readonly<Record<string, Schema>>, { id, name, describedBy, changed, unreadable }: Use): Control {
  let shown: Record<string, unknown> = {};
  const inputs = new Map<string, readonly HTMLElement[]>();
  const fields = Object.entries(properties).map(([key, schema]) => {
    const field = controlFor(schema, {
      id: `${id}-${key}`,
      name: key,
      describedBy,
      unreadable,
      changed: (value) => {
        const others = Object.entries(shown).filter(([other]) => other !== key);
        // If nothing is set, null means the same.
        shown = Object.fromEntries(value === undefined || value === null ? others : [...others, [key, value]]);
        changed(shown);
      },
    });
    for (const [path, elements] of field.inputs) inputs.set(`.${key}${path}`, elements);
    return { key, field, schema };
  });
  const group = element(
    "fieldset",
    { id, "aria-describedby": describedBy },
    element("legend", {}, name),
    ...fields.map(({ key, field, schema }) =>
      element(
        "div",
        { class: "part" },
        field.isGroup ? null : element("label", { for: `${id}-${key}` }, key),
        field.element,
        schema.description && element("span", { class: "hint" }, schema.description),
      ),
    ),
  );
  return {
    element: group,
    isGroup: true,
    inputs,
    show: (value, anew) => {
      shown = typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
      for (const { key, field } of fields) field.show(shown[key], anew);
    },
  };
}
