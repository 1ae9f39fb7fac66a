// Optimises Wasm modules: for each line {"from", "to"} on standard input it prints one line, empty on success and
// otherwise the error. One process handles many modules, because the optimiser is Wasm itself and takes long to compile.
import { readFileSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";

import binaryen from "../../node_modules/binaryen/index.js";

// The same as `wasm-opt -Oz`.
binaryen.setOptimizeLevel(2);
binaryen.setShrinkLevel(2);
binaryen.setGenerateStackIR(true);
binaryen.setOptimizeStackIR(true);

// The features of rustc's wasm32-unknown-unknown by default.
const { BulkMemory, BulkMemoryOpt, CallIndirectOverlong, MutableGlobals, Multivalue, NontrappingFPToInt, ReferenceTypes, SignExt } =
  binaryen.Features;
const FEATURES =
  BulkMemory | BulkMemoryOpt | CallIndirectOverlong | MutableGlobals | Multivalue | NontrappingFPToInt | ReferenceTypes | SignExt;

function optimise({ from, to }) {
  const module = binaryen.readBinary(readFileSync(from));
  module.setFeatures(FEATURES);
  module.optimize();
  module.runPasses(["strip-debug", "strip-producers"]);
  writeFileSync(to, module.emitBinary());
  module.dispose();
}

for await (const line of createInterface({ input: process.stdin })) {
  let answer = "";
  try {
    optimise(JSON.parse(line));
  } catch (error) {
    answer = String(error).replaceAll("\n", " ");
  }
  process.stdout.write(`${answer}\n`);
}
