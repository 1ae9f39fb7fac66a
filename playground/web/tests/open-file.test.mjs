// Opening files.

import assert from "node:assert/strict";
import { test } from "node:test";

import { paste, settle } from "./browser.mjs";
import { pages, POD, text, violations } from "./page.mjs";

const onPage = pages();

const SERVICE = "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\nspec:\n  selector:\n    app: web\n  ports:\n  - port: 80\n";

const file = (name, content) => ({ name, mimeType: "", buffer: Buffer.from(content) });

const choose = (page, ...files) => page.getByLabel("Files to open").setInputFiles(files);

/** Drags files over the page, as from a desktop: first the events that show the hint, then the drop. */
async function drag(page, types, over, files) {
  await page.evaluate(
    ({ types, over, files }) => {
      const dataTransfer = new DataTransfer();
      for (const [name, content] of files) dataTransfer.items.add(new File([content], name));
      if (files.length === 0) dataTransfer.setData("text/plain", "kind: Nothing");
      const target = document.querySelector(over);
      for (const type of types) {
        target.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true, composed: true }));
      }
    },
    { types, over, files },
  );
}

const notice = (page) => page.locator('.notice[data-kind="opening"]');

test("the button opens a chosen file in the editor", () =>
  onPage(async (page) => {
    const [chooser] = await Promise.all([
      page.waitForEvent("filechooser"),
      page.getByRole("button", { name: "Open", exact: true }).click(),
    ]);
    assert.ok(chooser.isMultiple());
    await chooser.setFiles(file("pod.yaml", POD));
    await page.locator('.finding[data-policy="privileged-container"]').waitFor();
    assert.equal(await text(page), POD);
    // The same file again, after changes in the editor.
    await page.locator("#editor .cm-content").click();
    await page.keyboard.press("ControlOrMeta+a");
    await page.keyboard.press("Delete");
    await choose(page, file("pod.yaml", POD));
    await page.locator('.finding[data-policy="privileged-container"]').waitFor();
    assert.equal(await text(page), POD);
  }));

test("several files become the documents of one text", () =>
  onPage(async (page) => {
    await choose(page, file("a.yaml", POD.trimEnd()), file("b.yml", `---\n${SERVICE}`), file("c.json", '{"kind": "List"}'));
    await settle(page);
    await page.locator('.finding[data-policy="privileged-container"]').waitFor();
    assert.equal(await text(page), `${POD}---\n${SERVICE}---\n{"kind": "List"}`);
  }));

for (const over of ["#editor", "#panel", "header"]) {
  test(`files dropped on ${over} are opened`, () =>
    onPage(async (page) => {
      const files = [["pod.yaml", POD]];
      await drag(page, ["dragenter", "dragover"], over, files);
      await page.getByText("Drop manifests to open them").waitFor();
      await drag(page, ["dragleave"], over, files);
      await page.getByText("Drop manifests to open them").waitFor({ state: "hidden" });
      await drag(page, ["dragenter", "dragover", "drop"], over, files);
      await page.getByText("Drop manifests to open them").waitFor({ state: "hidden" });
      await page.locator('.finding[data-policy="privileged-container"]').waitFor();
      assert.equal(await text(page), POD);
    }));
}

test("dragged text goes to the editor", () =>
  onPage(async (page) => {
    await drag(page, ["dragenter", "dragover"], "#panel", []);
    assert.ok(await page.getByText("Drop manifests to open them").isHidden());
  }));

test("files in UTF-16 are read by their mark, and what they replace is offered", () =>
  onPage(async (page) => {
    await paste(page, POD.replaceAll("web", "before"));
    await settle(page);
    const little = Buffer.from(`\ufeff${POD}`, "utf16le");
    for (const content of [little, Buffer.from(little).swap16()]) {
      await choose(page, file("pod.yaml", content));
      await page.getByRole("heading", { name: "Pod web" }).waitFor();
      assert.equal(await text(page), POD);
      await page.locator('.notice[data-kind="draft"]', { hasText: "Opened pod.yaml" }).getByRole("button", { name: "Back to your draft" }).click();
      await page.getByRole("heading", { name: "Pod before" }).waitFor();
    }
  }));

test("a byte order mark is stripped", () =>
  onPage(async (page) => {
    await choose(page, file("pod.yaml", `\ufeff${POD}`));
    await page.locator('.finding[data-policy="privileged-container"]').waitFor();
    assert.equal(await text(page), POD);
  }));

for (const { what, content, expected } of [
  { what: "binary", content: Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 0, 0, 13]), expected: /not UTF-8 text/ },
  { what: "not in UTF-8", content: Buffer.from("name: gr\xfc\xdfe", "latin1"), expected: /isn't valid UTF-8/ },
  { what: "in UTF-16 without a mark", content: Buffer.from(POD, "utf16le"), expected: /not UTF-8 text/ },
  { what: "half of UTF-16", content: Buffer.from(`\ufeff${POD}\ud800`, "utf16le"), expected: /isn't valid UTF-16/ },
  { what: "too large", content: Buffer.alloc(10_000_001, "a"), expected: /more than 10 MB/ },
]) {
  test(`a file that is ${what} is rejected by name, and others are opened`, () =>
    onPage(async (page) => {
      const before = await text(page);
      await choose(page, file("<b>odd</b>.yaml", content));
      assert.match((await notice(page).textContent()) ?? "", expected);
      assert.match((await notice(page).textContent()) ?? "", /<b>odd<\/b>\.yaml/);
      assert.equal(await text(page), before);
      assert.deepEqual(await violations(page), []);
      await choose(page, file("pod.yaml", POD), file("odd.yaml", content));
      await page.locator('.finding[data-policy="privileged-container"]').waitFor();
      assert.equal(await text(page), POD);
      assert.match((await notice(page).textContent()) ?? "", /odd\.yaml/);
    }));
}

test("a saved page opens alone, and going back is offered", () =>
  onPage(async (page) => {
    const before = await text(page);
    const saved = file("saved.json", JSON.stringify({ plimsollPlayground: 1, text: POD, profile: "strict" }));
    await choose(page, saved, file("pod.yaml", SERVICE));
    assert.match((await notice(page).textContent()) ?? "", /open it alone/);
    assert.equal(await text(page), SERVICE);
    await choose(page, saved);
    await page.locator('.finding[data-policy="privileged-container"]').waitFor();
    assert.equal(await page.getByLabel("Profile", { exact: true }).inputValue(), "strict");
    await page.getByRole("button", { name: "Back to your draft" }).click();
    await page.locator('.finding[data-policy="privileged-container"]').waitFor({ state: "detached" });
    assert.equal(await text(page), SERVICE);
    assert.equal(await page.getByLabel("Profile", { exact: true }).inputValue(), "production");
    assert.notEqual(await text(page), before);
    for (const [version, expected] of [[2, /newer version/], ["1", /doesn't hold/]]) {
      await choose(page, file("saved.json", JSON.stringify({ plimsollPlayground: version, text: POD })));
      await notice(page).filter({ hasText: expected }).waitFor();
    }
  }));

test("a manifest that mentions a saved page is a manifest", () =>
  onPage(async (page) => {
    const manifest = JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", data: { a: '{"plimsollPlayground": 1}' } });
    await choose(page, file("map.json", manifest));
    await settle(page);
    assert.equal(await text(page), manifest);
  }));
