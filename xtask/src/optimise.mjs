// Makes Wasm modules small: for each line {"from", "to"} on standard input one line on standard output, empty when it is
// done and else the error. One process for many modules: the optimiser is Wasm itself, and most of the first module's
// time goes into compiling it.
import { readFileSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";

import binaryen from "../../node_modules/binaryen/index.js";

// As `wasm-opt -Oz` does.
binaryen.setOptimizeLevel(2);
binaryen.setShrinkLevel(2);
binaryen.setGenerateStackIR(true);
binaryen.setOptimizeStackIR(true);

// What rustc emits for wasm32-unknown-unknown by default.
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
