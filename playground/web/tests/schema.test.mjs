// The editor's help from Kubernetes' own definitions, in a real browser.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

import { paste, settle } from "./browser.mjs";
import { pages, text, violations } from "./page.mjs";

const onPage = pages();

const HEAD = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n";
const DEPLOYMENT = `${HEAD}spec:\n  replicas: 2\n  template:\n    spec:\n      containers:\n      - name: web\n        image: web:1\n        imagePullPolicy: Always\n`;

/** A page whose editor has learnt the definitions, with a text. */
const informed = (manifest, work) =>
  onPage(async (page, more) => {
    await page.locator('#editor[data-schema="ready"]').waitFor();
    await paste(page, manifest);
    await settle(page);
    await work(page, more);
  });

/** Puts the cursor at the end of the first line that holds `part`. */
async function goTo(page, part) {
  await page.locator("#editor .cm-content").evaluate((content, part) => {
    const { view } = content.cmTile;
    const at = view.state.doc.toString().indexOf(part);
    view.dispatch({ selection: { anchor: view.state.doc.lineAt(at).to }, scrollIntoView: true });
    view.focus();
  }, part);
}

const options = (page) => page.locator("#editor .cm-tooltip-autocomplete [role=option]");
const labels = (page) => options(page).locator(".cm-completionLabel").allTextContents();
const chosen = (page) => page.locator("#editor .cm-tooltip-autocomplete [aria-selected]");

/** Opens the list of completions and waits for it. */
async function ask(page) {
  await page.keyboard.press("Control+Space");
  await options(page).first().waitFor();
}

test("missing keys of the mapping are offered with type and documentation", () =>
  informed(DEPLOYMENT, async (page) => {
    await goTo(page, "imagePullPolicy");
    await page.keyboard.press("Enter");
    await ask(page);
    const offered = await labels(page);
    for (const name of ["livenessProbe", "resources", "ports"]) assert.ok(offered.includes(name), offered.join(" "));
    for (const name of ["image", "name", "replicas", "imagePullPolicy"]) assert.ok(!offered.includes(name), name);
    await page.keyboard.type("liveness");
    await page.waitForFunction(() => document.querySelector("#editor").shadowRoot.querySelectorAll("[role=option]").length === 1);
    assert.match((await chosen(page).textContent()) ?? "", /livenessProbe\s*mapping/);
    const info = page.locator("#editor .cm-completionInfo");
    await info.waitFor();
    assert.match((await info.textContent()) ?? "", /Periodic probe of container liveness/);
  }));

test("a chosen key starts its value: a mapping, a list or a scalar", () =>
  informed(DEPLOYMENT, async (page) => {
    await goTo(page, "imagePullPolicy");
    await page.keyboard.press("Enter");
    await page.keyboard.type("livenessP");
    await chosen(page).waitFor();
    await page.keyboard.press("Tab");
    await page.waitForFunction(() =>
      [...document.querySelector("#editor").shadowRoot.querySelectorAll("[role=option]")].some((option) =>
        option.textContent.includes("httpGet"),
      ),
    );
    await page.keyboard.type("httpG");
    await page.keyboard.press("Enter");
    await page.keyboard.type("por");
    await chosen(page).waitFor();
    await page.keyboard.press("Enter");
    await page.keyboard.type("8080");
    assert.match(await text(page), /\n        livenessProbe:\n          httpGet:\n            port: 8080\n/);
    await goTo(page, "image: web:1");
    await page.keyboard.press("Enter");
    await page.keyboard.type("envF");
    await chosen(page).waitFor();
    await page.keyboard.press("Enter");
    await page.locator("#editor .cm-tooltip-autocomplete", { hasText: "configMapRef" }).waitFor();
    assert.match(await text(page), /\n        envFrom:\n        - \n/);
  }));

test("kinds, API versions, booleans and listed values are offered", () =>
  informed("kind: \n", async (page) => {
    await goTo(page, "kind: ");
    await page.keyboard.type("StatefulS");
    await chosen(page).waitFor();
    await page.keyboard.press("Enter");
    await page.keyboard.press("Enter");
    await page.keyboard.type("apiV");
    await chosen(page).waitFor();
    await page.keyboard.press("Enter");
    await page.locator("#editor .cm-tooltip-autocomplete", { hasText: "apps/v1" }).waitFor();
    assert.deepEqual(await labels(page), ["apps/v1"]);
    await page.keyboard.press("Enter");
    assert.equal(await text(page), "kind: StatefulSet\napiVersion: apps/v1\n");
    await paste(page, DEPLOYMENT);
    await goTo(page, "imagePullPolicy");
    for (let n = 0; n < "Always".length; n++) await page.keyboard.press("Backspace");
    await ask(page);
    assert.deepEqual((await labels(page)).sort(), ["Always", "IfNotPresent", "Never"]);
    await page.keyboard.press("Escape");
    await goTo(page, "imagePullPolicy");
    await page.keyboard.press("Enter");
    await page.keyboard.type("stdi");
    await chosen(page).waitFor();
    await page.keyboard.press("Enter");
    await page.locator("#editor .cm-tooltip-autocomplete", { hasText: "false" }).waitFor();
    assert.deepEqual((await labels(page)).sort(), ["false", "true"]);
  }));

test("items of lists and objects in lists are completed, unknown kinds and texts within values are not", () =>
  informed(
    "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Service\n  spec:\n    ports:\n    - port: 80\n---\n" +
      "apiVersion: keda.sh/v1alpha1\nkind: ScaledObject\nspec:\n  a: 1\n---\n" +
      "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  file.yaml: |\n    spec: 1\n",
    async (page) => {
      await goTo(page, "port: 80");
      await page.keyboard.press("Enter");
      await ask(page);
      const offered = await labels(page);
      assert.ok(offered.includes("targetPort") && !offered.includes("port") && !offered.includes("ports"), offered.join(" "));
      await page.keyboard.press("Escape");
      for (const nothing of ["  a: 1", "    spec: 1"]) {
        await goTo(page, nothing);
        await page.keyboard.press("Enter");
        await page.keyboard.press("Control+Space");
        await page.keyboard.type("sp");
        // If the list opened, it would do so before the answer to a later request.
        await settle(page);
        assert.equal(await options(page).count(), 0, nothing);
      }
    },
  ));

test("a key is explained under the pointer and by F1", () =>
  informed(DEPLOYMENT, async (page) => {
    await page.locator("#editor .cm-line", { hasText: "imagePullPolicy" }).locator("span").first().hover();
    const hovered = page.locator("#editor .field-documentation");
    await hovered.waitFor();
    const said = (await hovered.textContent()) ?? "";
    assert.match(said, /spec\.template\.spec\.containers\[\]\.imagePullPolicy/);
    assert.match(said, /string/);
    assert.match(said, /Image pull policy\. One of Always, Never, IfNotPresent/);
    await page.mouse.move(0, 0);
    await hovered.waitFor({ state: "detached" });
    await goTo(page, "replicas: 2");
    await page.keyboard.press("F1");
    await hovered.waitFor();
    assert.match((await page.locator("#announcements").textContent()) ?? "", /spec\.replicas\. integer\. Number of desired pods/);
    await page.keyboard.press("Escape");
    await hovered.waitFor({ state: "detached" });
    assert.equal(await page.evaluate(() => document.activeElement?.id), "editor");
  }));

test("both the finding and the documentation of a key are shown", () =>
  informed(DEPLOYMENT.replace("replicas: 2", "replica: 2"), async (page) => {
    await page.locator("#editor .cm-lintRange", { hasText: /^replica$/ }).hover();
    await page.locator("#editor .cm-diagnostic", { hasText: "did you mean `replicas`?" }).waitFor();
    await page.locator("#editor .cm-diagnosticAction", { hasText: "Rename to `replicas`" }).click();
    await page.locator(".schema-notes").waitFor({ state: "detached" });
    assert.match(await text(page), /\n  replicas: 2\n/);
  }));

test("unknown and misplaced fields and wrong types are findings of their own, counted, with links to their place", () =>
  informed(
    DEPLOYMENT.replace("replicas: 2", 'replicas: "2"').replace("image: web:1", "terminationGracePeriodSeconds: 5\n        env: {a: b}") +
      "        tty: 1\n",
    async (page) => {
      const findings = await page.locator(".finding:not(.schema-note)").count();
      const summary = page.locator("#findings-summary");
      await summary.filter({ hasText: new RegExp(`^${findings} findings and 4 schema errors in 1 object`) }).waitFor();
      await page.getByRole("tab", { name: `Findings ${findings + 4}` }).waitFor();
      const notes = page.locator(".schema-notes");
      const said = await notes.locator(".schema-note").allTextContents();
      assert.match(said[0], /Deployment web: `spec.replicas` has to be an integer, not a string *Line 6/);
      assert.match(said[1], /`terminationGracePeriodSeconds` belongs to `spec.template.spec`, not to `spec.template.spec.containers\[0\]`/);
      assert.match(said[2], /`spec.template.spec.containers\[0\].env` has to be a list, not a mapping/);
      assert.match(said[3], /tty` has to be a boolean, not an integer/);
      await notes.getByRole("button", { name: "Take the quotes away" }).focus();
      await page.keyboard.press("Enter");
      await summary.filter({ hasText: "and 3 schema errors" }).waitFor();
      assert.match(await text(page), /\n  replicas: 2\n/);
      await page.getByRole("button", { name: "3 schema" }).click();
      assert.equal(await page.locator(".finding:not(.schema-note)").count(), 0);
      await notes.getByRole("button", { name: "terminationGracePeriodSeconds" }).click();
      const selected = await page
        .locator("#editor .cm-content")
        .evaluate((content) => content.cmTile.view.state.sliceDoc(content.cmTile.view.state.selection.main.from).slice(0, 29));
      assert.equal(selected, "terminationGracePeriodSeconds");
    },
  ));

test("annotation values that are not strings can be quoted", () =>
  informed("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  annotations:\n    é😀/x: yes\n", async (page) => {
    await page.locator("#editor .cm-lintRange", { hasText: /^yes$/ }).hover();
    await page.locator("#editor .cm-diagnosticAction", { hasText: "Put it in quotes" }).click();
    await page.locator(".schema-notes").waitFor({ state: "detached" });
    assert.match(await text(page), /é😀\/x: "yes"\n/);
  }));

test("examples have no notes", () =>
  onPage(async (page) => {
    await page.locator('#editor[data-schema="ready"]').waitFor();
    const folder = new URL("../../../examples/", import.meta.url);
    for (const name of readdirSync(folder)) {
      await paste(page, readFileSync(new URL(name, folder), "utf8"));
      await settle(page);
      assert.equal(await page.locator(".schema-notes").count(), 0, name);
    }
    // The same check reports a text with an error.
    await paste(page, `${HEAD}specs: {}\n`);
    await page.locator(".schema-notes").waitFor();
  }));

test("the help loads after the findings, survives a crash, and is optional", () =>
  onPage(async (page, { url, context }) => {
    await page.locator('#editor[data-schema="ready"]').waitFor();
    const [worker] = page.workers();
    await worker.evaluate(() => setTimeout(() => { throw new Error("broken on purpose"); }));
    await page.locator('.notice[data-kind="crash"]').waitFor();
    await paste(page, `${HEAD}specs: {}\n`);
    await page.locator(".schema-notes").waitFor();
    const without = await context.newPage();
    await without.addInitScript(() => {
      const real = window.fetch;
      window.fetch = (wanted) =>
        new Request(wanted).url.endsWith("schema.json") ? Promise.resolve(new Response("<p>elsewhere")) : real(wanted);
    });
    await without.goto(url);
    // It may open with what the other page keeps.
    await settle(without);
    await paste(without, `${DEPLOYMENT}specs: {}\n`);
    await settle(without);
    await without.locator('.finding').first().waitFor();
    assert.equal(await without.locator(".schema-notes").count(), 0);
    await without.close();
  }));

test("names are never markup", () =>
  informed(DEPLOYMENT.replace("replicas: 2", `"<img src=x onerror='window.hit=1'>": 1`), async (page) => {
    assert.match((await page.locator(".schema-note").textContent()) ?? "", /<img src=x/);
    await page.locator("#editor .cm-lintRange", { hasText: "img" }).first().hover();
    await page.locator("#editor .cm-tooltip").waitFor();
    assert.equal(await page.evaluate(() => window.hit), undefined);
    assert.equal(await page.locator("#panel img, #editor img").count(), 0);
  }));

/** Without the one thing that axe takes amiss: arrow keys scroll the list, by way of the editor, which has the focus. */
const faults = async (page) =>
  (await violations(page)).filter((fault) => !/^scrollable-region-focusable: <ul id="cm-ac-\w+" role="listbox"[^>]*>$/.test(fault));

for (const dark of [false, true]) {
  test(`the editor's help is accessible, ${dark ? "dark" : "light"}`, () =>
    informed(DEPLOYMENT.replace("replicas:", "replica:"), async (page) => {
      await page.emulateMedia({ colorScheme: dark ? "dark" : "light" });
      assert.deepEqual(await faults(page), []);
      await goTo(page, "imagePullPolicy");
      await page.keyboard.press("Enter");
      await ask(page);
      await page.locator("#editor .cm-completionInfo").waitFor();
      assert.deepEqual(await faults(page), []);
      await page.keyboard.press("Escape");
      await goTo(page, "replica: 2");
      await page.keyboard.press("F8");
      await page.locator("#editor .cm-tooltip").waitFor();
      assert.deepEqual(await faults(page), []);
    }));
}

test("the list of keys fits a phone", () =>
  informed(DEPLOYMENT.replace("replicas:", "replica:"), async (page) => {
    await page.setViewportSize({ width: 390, height: 844 });
    await page.getByRole("button", { name: "Editor", exact: true }).click();
    await goTo(page, "imagePullPolicy");
    await page.keyboard.press("Enter");
    await ask(page);
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= 390));
    const box = await page.locator("#editor .cm-tooltip-autocomplete").first().boundingBox();
    assert.ok(box && box.x >= 0 && box.x + box.width <= 390, JSON.stringify(box));
  }));
