// The core's npm package, installed as a user would.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";

const run = promisify(execFile);
const PACKAGE = new URL("../../pkg/", import.meta.url).pathname;

/** A project that has the package installed, and nothing else. */
let project;
/** The files of the tarball. */
let packed;

before(async () => {
  project = await mkdtemp(join(tmpdir(), "plimsoll-package-"));
  await writeFile(join(project, "package.json"), JSON.stringify({ private: true, type: "module" }));
  const { stdout } = await run("npm", ["pack", "--json", "--pack-destination", project], { cwd: PACKAGE });
  const [{ filename, files }] = JSON.parse(stdout);
  packed = files.map(({ path }) => path);
  await run("npm", ["install", "--offline", "--no-audit", "--no-fund", join(project, filename)], { cwd: project });
});

after(() => rm(project, { recursive: true, force: true }));

test("it has all files that it names, and those that npm shows", () => {
  assert.deepEqual(packed.sort(), [
    "LICENSE",
    "README.md",
    "package.json",
    "plimsoll_playground.d.ts",
    "plimsoll_playground.js",
    "plimsoll_playground_bg.wasm",
    "policies.json",
    "transfer.d.ts",
  ]);
});

test("the example of its README reports a finding", async () => {
  const readme = await readFile(join(project, "node_modules/@plimsoll/core/README.md"), "utf8");
  const example = /^```js\n(.*?)^```$/ms.exec(readme)?.[1];
  assert.ok(example);
  await writeFile(join(project, "example.js"), example);
  const { stdout } = await run(process.execPath, ["example.js"], { cwd: project });
  assert.match(stdout, /^\w+\[host-namespaces\]: .+$/m);
});

test("its README lists every method", async () => {
  const [readme, types] = await Promise.all(["README.md", "plimsoll_playground.d.ts"].map((file) => readFile(PACKAGE + file, "utf8")));
  const methods = [...types.matchAll(/^ {4}(static )?(\w+)\(.*\): string;$/gm)].map(([, isStatic, name]) => (isStatic ? `Playground.${name}` : name));
  assert.ok(methods.length > 10);
  const listed = [...readme.matchAll(/^\| `([\w.]+)\(.*\)` \|/gm)].map(([, name]) => name);
  assert.deepEqual(listed.sort(), methods.sort());
});

const TYPED = `
import { Playground } from "@plimsoll/core";
import type { Checked, Config } from "@plimsoll/core/transfer.js";

const config: Config = { policies: {}, complete: false, today: "2026-01-01" };
export const { findings }: Checked = JSON.parse(new Playground().check("", JSON.stringify(config)));
// @ts-expect-error: without types it would be any.
export const count: number = findings;
`;

test("its types are found under Node's rules", async () => {
  await writeFile(join(project, "typed.ts"), TYPED);
  const compiler = createRequire(import.meta.url).resolve("typescript/package.json").replace("package.json", "bin/tsc");
  const options = ["--noEmit", "--strict", "--module", "nodenext", "--lib", "es2022,dom,esnext.disposable"];
  const { code, stdout } = await run(process.execPath, [compiler, ...options, "typed.ts"], { cwd: project }).catch((error) => error);
  assert.equal(code, undefined, stdout);
});
