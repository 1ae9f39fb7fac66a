// What the editor can do without at first. Loaded after the first findings.

import { closeBrackets } from "@codemirror/autocomplete";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import type { Extension } from "@codemirror/state";
import { keymap } from "@codemirror/view";

export { schema } from "./schema/schema";

/** Search, and help with typing. */
export const conveniences: Extension = [closeBrackets(), highlightSelectionMatches(), search({ top: true }), keymap.of(searchKeymap)];
