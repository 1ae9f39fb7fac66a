// The page in Firefox, where that is installed: it checks what is typed, fixes it, and opens all its tabs.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test } from "node:test";

import { serve } from "./browser.mjs";
import { FIREFOX, startFirefox } from "./firefox.mjs";
import { POD } from "./page.mjs";

const skip = existsSync(FIREFOX) ? false : `there is no ${FIREFOX}`;

test("the page works in Firefox", { skip }, async () => {
  const { url, server } = await serve();
  const { session, close } = await startFirefox();
  try {
    await session.goto(url);
    assert.match(await session.evaluate(() => navigator.userAgent), /Firefox/);
    await session.wait(() => document.querySelector(".finding") !== null);
    assert.equal(await session.evaluate(() => document.getElementById("unstarted")), null);

    for (const [tab, shown] of [
      ["cluster", "details"],
      ["fixed", ".cm-editor"],
      ["pictures", "svg"],
      ["policies", ".policy"],
      ["export", ".code"],
    ]) {
      await session.evaluate((tab) => document.getElementById(`tab-${tab}`).click(), tab);
      await session.wait(
        (tab, shown) => {
          const panel = document.getElementById(`panel-${tab}`);
          const places = [panel, ...[...panel.querySelectorAll("*")].flatMap(({ shadowRoot }) => shadowRoot ?? [])];
          return places.some((place) => place.querySelector(shown) !== null);
        },
        tab,
        shown,
      );
    }

    await session.evaluate(() => document.getElementById("tab-findings").click());
    await session.evaluate((text) => {
      const content = document.getElementById("editor").shadowRoot.querySelector(".cm-content");
      content.focus();
      const { view } = content.cmTile;
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
    }, POD);
    await session.wait(() => document.querySelector('.finding[data-policy="privileged-container"]') !== null);
    const marks = () => document.getElementById("editor").shadowRoot.querySelectorAll(".cm-lintRange-error").length;
    assert.ok((await session.wait(marks)) > 0);
    assert.deepEqual(await session.evaluate(() => [...document.querySelectorAll(".notice")].map(({ textContent }) => textContent)), []);
  } finally {
    await close();
    server.close();
  }
});
