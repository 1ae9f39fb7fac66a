// What a tooltip says of a field.

import { element } from "../../element";
import { type Field, type Step, typeName, wayName } from "./table";

/** Type, documentation, and the whole way where that isn't seen beside it. */
export function explain(field: Field | undefined, documentation = "", way?: readonly Step[]): HTMLElement {
  const text = documentation || (field?.documentation ?? "");
  return element(
    "div",
    { class: "field-documentation" },
    way && element("code", { class: "way" }, wayName(way)),
    field && element("div", { class: "type" }, `${typeName(field.code)}${field.required ? ", required" : ""}`),
    text !== "" && element("div", {}, text),
    // Mostly the documentation says so itself.
    field && field.values.some((value) => !text.includes(value)) && element("div", {}, `Values: ${field.values.join(", ")}`),
  );
}
