#!/usr/bin/env node
// Runs the program for this system, which an optional dependency of this package brings.
"use strict";
const { spawnSync } = require("node:child_process");

const { platform, arch, argv } = process;
const name = `@plimsoll/cli-${platform}-${arch}`;

let program;
try {
  program = require.resolve(`${name}/bin/plimsoll${platform === "win32" ? ".exe" : ""}`);
} catch {
  console.error(
    `plimsoll: the package ${name} is not installed. Either npm was told to leave optional dependencies out, or there is no ` +
      "program for this system: {{repository}}/releases lists those that there are.",
  );
  process.exit(2);
}

const { status, signal, error } = spawnSync(program, argv.slice(2), { stdio: "inherit" });
if (error) {
  console.error(`plimsoll: cannot run ${program}: ${error.message}`);
  process.exit(2);
}
if (signal) {
  process.kill(process.pid, signal);
} else {
  process.exitCode = status;
}
