// The text of a field's tooltip.

import { element } from "../../element";
import { type Field, type Step, typeName, wayName } from "./table";

/** Type, documentation, and the full path if it isn't visible next to it. */
export function explain(field: Field | undefined, documentation = "", way?: readonly Step[]): HTMLElement {
  const text = documentation || (field?.documentation ?? "");
  return element(
    "div",
    { class: "field-documentation" },
    way && element("code", { class: "way" }, wayName(way)),
    field && element("div", { class: "type" }, `${typeName(field.code)}${field.required ? ", required" : ""}`),
    text !== "" && element("div", {}, text),
    // The documentation usually says so itself.
    field && field.values.some((value) => !text.includes(value)) && element("div", {}, `Values: ${field.values.join(", ")}`),
  );
}
