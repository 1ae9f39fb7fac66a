// The JSON Schemas of settings, as far as a form has to understand them.

export interface Schema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly oneOf?: readonly Schema[];
  readonly const?: unknown;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly required?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
}

/** One of a fixed set of values. */
export interface Option {
  readonly value: string;
  readonly documentation: string;
}

/** The types of a value, except null. */
export function typesOf(schema: Schema): readonly string[] {
  const types = typeof schema.type === "string" ? [schema.type] : (schema.type ?? []);
  return types.filter((type) => type !== "null");
}

export function isNullable(schema: Schema): boolean {
  return typeof schema.type === "object" && schema.type.includes("null");
}

/** The fixed set of values; null for other types. */
export function optionsOf(schema: Schema): readonly Option[] | null {
  const schemas = schema.oneOf ?? schema.enum?.map((value): Schema => ({ const: value })) ?? [];
  const options = schemas.flatMap(({ const: value, description = "" }) =>
    typeof value === "string" ? [{ value, documentation: description }] : [],
  );
  return options.length > 0 && options.length === schemas.length ? options : null;
}
