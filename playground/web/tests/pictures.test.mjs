// The pictures of a pod's termination, of disruption and scaling, and of the objects' relations.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { paste, settle } from "./browser.mjs";
import { announced, pages, violations } from "./page.mjs";

const onPage = pages();

const SERVICE = readFileSync(new URL("../../../examples/web-service.yaml", import.meta.url), "utf8");

/** A Deployment with a Service. */
function workload({ name = "web", spec = "", container = "" } = {}) {
  return `apiVersion: apps/v1
kind: Deployment
metadata: {name: '${name}', namespace: shop}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
${spec}
      containers:
        - name: app
          ports: [{containerPort: 80}]
${container}
---
apiVersion: v1
kind: Service
metadata: {name: '${name}', namespace: shop}
spec:
  selector: {app: web}
  ports: [{port: 80}]
`;
}

/** Opens the tab with a text and one of the pictures. */
async function look(page, text, picture = "Termination") {
  await paste(page, text);
  await settle(page);
  await page.getByRole("tab", { name: "Diagrams" }).click();
  await page.getByLabel(picture, { exact: true }).check();
  await page.locator(".pictures .canvas svg").waitFor();
}

async function words(page) {
  const details = page.locator(".pictures details");
  if (!(await details.evaluate((details) => details.open))) await details.locator("summary").click();
  return page.locator(".pictures .words").innerText();
}

function drawn(page) {
  return page.locator(".pictures .canvas").evaluate((canvas) =>
    [...canvas.querySelectorAll("text")].map((text) => text.textContent),
  );
}

test("a pod without preStop causes 502, in the picture and in words", () =>
  onPage(async (page) => {
    await look(page, SERVICE);
    const label = await page.locator(".pictures .canvas svg").getAttribute("aria-label");
    assert.match(label, /How a pod of Deployment storefront ends.*502 at storefront/);
    const texts = await drawn(page);
    for (const text of ["⚠ 502", "SIGTERM 0 s", "SIGKILL 30 s", "traffic still arrives, up to 15 s", "storefront (container)"]) {
      assert.ok(texts.includes(text), `${text} in ${texts.join(" | ")}`);
    }
    // A native sidecar gets its signal after the container has exited.
    assert.ok(texts.includes("log-shipper (native sidecar)") && texts.includes("SIGTERM about 15 s"), texts.join(" | "));
    const said = await words(page);
    assert.match(said, /0 s to 15 s\s+storefront \(container\)\s+502: SIGTERM may come after 0 s.*missing-prestop/);
    assert.match(said, /30 s\s+pod\s+the grace period is over \(by default\)/);
    assert.match(said, /about 15 s\s+log-shipper \(native sidecar\)\s+SIGTERM/);
    await page.locator(".pictures .problems").getByRole("button", { name: "missing-prestop" }).click();
    await page.locator("#documentation").getByRole("heading", { name: "missing-prestop" }).waitFor();
  }));

test("a clean termination has no problems", () =>
  onPage(async (page) => {
    await look(page, workload({ container: "          lifecycle: {preStop: {sleep: {seconds: 15}}}" }));
    const texts = await drawn(page);
    assert.ok(texts.includes("SIGTERM 15 s") && texts.includes("SIGKILL 30 s"), texts.join(" | "));
    assert.equal(texts.some((text) => text.includes("⚠")), false);
    assert.equal(await page.locator(".pictures .verdict").innerText(), "Nothing goes wrong, as far as can be seen.");
  }));

test("a container that exits before its routes are removed causes 504", () =>
  onPage(async (page) => {
    await look(page, workload({ spec: "      terminationGracePeriodSeconds: 5" }));
    const texts = await drawn(page);
    assert.ok(texts.includes("⚠ 504") && texts.includes("⚠ 502"), texts.join(" | "));
    assert.match(await words(page), /5 s to 15 s\s+app \(container\)\s+504: it is gone after 5 s/);
    // A hook that outlasts the grace period, and a period of 0.
    await look(page, workload({ container: "          lifecycle: {preStop: {sleep: {seconds: 60}}}" }));
    await page.locator(".pictures .problems", { hasText: "2 s later" }).waitFor();
    assert.match(await words(page), /32 s\s+app \(container\)\s+SIGKILL/);
    await look(page, workload({ spec: "      terminationGracePeriodSeconds: 0" }));
    await page.locator(".pictures .problems", { hasText: "killed at once" }).waitFor();
    assert.match(await words(page), /SIGKILL, without an earlier signal/);
  }));

test("a very long grace period doesn't hide the rest", () =>
  onPage(async (page) => {
    await look(page, workload({ spec: "      terminationGracePeriodSeconds: 3600" }));
    const texts = await drawn(page);
    assert.ok(texts.includes("SIGKILL 3600 s"), texts.join(" | "));
    const width = await page.locator(".pictures .canvas .routed").first().evaluate((band) => band.getBoundingClientRect().width);
    assert.ok(width > 100, String(width));
  }));

test("a deadlock between budget and autoscaler has the same numbers in picture and words", () =>
  onPage(async (page) => {
    await look(page, SERVICE, "Disruption and scaling");
    const texts = await drawn(page);
    for (const text of ["min 3", "max 12", "at 3 pods: 3 kept, 0 may be evicted: a drain waits indefinitely", "at 12 pods: 9 kept, 3 may be evicted"]) {
      assert.ok(texts.includes(text), `${text} in ${texts.join(" | ")}`);
    }
    assert.equal(await page.locator(".pictures .canvas .kept").count(), 3 + 9);
    assert.equal(await page.locator(".pictures .canvas .evictable").count(), 3);
    const said = await words(page);
    assert.match(said, /PodDisruptionBudget storefront, minAvailable: 75%: at 3 pods: 3 kept, 0 may be evicted: a drain waits indefinitely/);
    assert.match(said, /at 12 pods: 9 kept, 3 may be evicted/);
    assert.match(said, /at least 3, at most 12 pods/);
    assert.match(said, /HorizontalPodAutoscaler storefront: cpu at 70%, but without a request in log-shipper/);
    await page.locator(".pictures .problems").getByRole("button", { name: "drain-deadlock" }).waitFor();
    assert.match(await page.locator(".pictures .verdict").innerText(), /a drain waits indefinitely/);
  }));

test("an autoscaler's target is between request and limit", () =>
  onPage(async (page) => {
    const resources = "          resources: {requests: {cpu: 250m}, limits: {cpu: 500m}}";
    const scaler = `---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web, namespace: shop}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  minReplicas: 2
  maxReplicas: 4
  metrics:
    - {type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 160}}}
    - {type: External, external: {metric: {name: queue}, target: {type: AverageValue, averageValue: "30"}}}
`;
    await look(page, workload({ container: resources }) + scaler, "Disruption and scaling");
    const texts = await drawn(page);
    for (const text of ["min 2", "now 2", "max 4", "▼ more pods above 400m (160%)", "▨ requested 250m (100%)", "┃ limit 500m (200%)"]) {
      assert.ok(texts.includes(text), `${text} in ${texts.join(" | ")}`);
    }
    const left = (shape) => page.locator(`.pictures .canvas ${shape}`).first().evaluate((shape) => shape.getBoundingClientRect().left);
    assert.ok((await left(".target")) < (await left(".limit")));
    const said = await words(page);
    assert.match(said, /cpu at 160% of 250m requested: more pods above 400m, limit 500m \(200%\)/);
    assert.match(said, /External, which is not a percentage of requests/);
    assert.match(said, /at least 2, at most 4 pods, now 2/);
    assert.match(said, /No budget is for these pods/);
  }));

test("the map shows relations and missing targets, and links to the objects", () =>
  onPage(async (page) => {
    const ingress = `---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: shop, namespace: shop}
spec:
  rules:
    - http:
        paths:
          - {path: /, pathType: Prefix, backend: {service: {name: storefront, port: {number: 80}}}}
          - {path: /old, pathType: Prefix, backend: {service: {name: old, port: {number: 80}}}}
`;
    await look(page, SERVICE + ingress, "What targets what");
    const boxes = page.locator(".pictures .map .box");
    assert.equal(await boxes.count(), 7);
    const missing = page.locator(".pictures .map .missing");
    assert.equal(await missing.innerText(), 'missing\nService "old"');
    assert.equal(await missing.evaluate((box) => getComputedStyle(box).borderTopStyle), "dashed");
    const said = await words(page);
    assert.match(said, /Ingress shop\/shop: sends requests to Service storefront; targets Service "old", which is missing/);
    assert.match(said, /PodDisruptionBudget shop\/storefront: limits evictions of Deployment storefront/);
    // Routes are left of their targets.
    const left = (name) => page.locator(".pictures .map .box", { hasText: name }).first().evaluate((box) => box.getBoundingClientRect().left);
    assert.ok((await left("Ingress")) < (await left("Service")) && (await left("PodDisruptionBudget")) < (await left("Deployment")));
    await page.locator(".pictures .map .box", { hasText: "PodDisruptionBudget" }).focus();
    await page.keyboard.press("Enter");
    await page.locator("#editor .cm-activeLine", { hasText: "PodDisruptionBudget" }).waitFor();
  }));

test("long names wrap in the map", () =>
  onPage(async (page) => {
    await page.setViewportSize({ width: 390, height: 844 });
    const name = "recommendations-aggregation-service-with-a-name-that-is-63-long-x";
    await look(page, workload({ name }), "What targets what");
    const boxes = await page.locator(".pictures .map .box").evaluateAll((boxes) =>
      boxes.map((box) => ({ name: box.querySelector("strong").textContent, fits: box.scrollHeight <= box.clientHeight && box.querySelector("strong").scrollWidth <= box.querySelector("strong").clientWidth })),
    );
    assert.ok(boxes.length > 1 && boxes.every(({ fits }) => fits), JSON.stringify(boxes));
    assert.ok(boxes.every((box) => box.name === name), JSON.stringify(boxes));
  }));

test("with many objects the map shows those around the chosen one", () =>
  onPage(async (page) => {
    const many = Array.from({ length: 35 }, (_, n) => workload({ name: `web-${n}` }).replaceAll("app: web", `app: web-${n}`));
    await look(page, many.join("---\n"), "What targets what");
    assert.equal(await page.locator(".pictures .map .box").count(), 2);
    assert.match(await page.locator(".pictures .assumed").innerText(), /68 objects/);
    await page.locator(".pictures select").selectOption({ label: "around Deployment shop/web-7" });
    await page.locator(".pictures .map .chosen", { hasText: "web-7" }).waitFor();
    assert.equal(await page.locator(".pictures .map .box").count(), 2);
  }));

test("the picture shows the object of the selected finding, and follows the text", () =>
  onPage(async (page) => {
    const two = `${workload({ name: "one" })}---\n${workload({ name: "two" }).replaceAll("app: web", "app: two")}`;
    await paste(page, two);
    await settle(page);
    await page.locator(".group", { hasText: "Deployment shop/two" }).locator(".finding .jump").first().click();
    await page.getByRole("tab", { name: "Diagrams" }).click();
    await page.locator(".pictures h2", { hasText: "Deployment two" }).waitFor();
    const chosen = () => page.locator(".pictures select").evaluate((select) => select.selectedOptions[0].textContent);
    assert.equal(await chosen(), "Deployment shop/two");
    await page.locator(".pictures select").selectOption({ label: "Deployment shop/one" });
    await page.locator(".pictures h2", { hasText: "Deployment one" }).waitFor();
    // While the text can't be read the picture stays; then it is redrawn.
    await page.locator("#editor .cm-content").click();
    await page.keyboard.press("ControlOrMeta+End");
    await page.keyboard.insertText("\nbroken: [");
    await page.locator(".pictures .status", { hasText: "could no longer be read" }).waitFor();
    assert.equal(await page.locator(".pictures .canvas svg").count(), 1);
    await page.keyboard.press("ControlOrMeta+z");
    await page.locator(".pictures .status:empty").waitFor({ state: "attached" });
    assert.equal(await chosen(), "Deployment shop/one");
    await paste(page, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: none}\n");
    await page.locator(".pictures .status", { hasText: "Nothing in the text makes pods" }).waitFor();
  }));

test("an unreadable text has no picture", () =>
  onPage(async (page) => {
    await paste(page, workload({ spec: "      terminationGracePeriodSeconds: soon" }));
    await settle(page);
    await page.getByRole("tab", { name: "Diagrams" }).click();
    await page.locator(".pictures .status", { hasText: "cannot be read" }).waitFor();
    await paste(page, workload({ spec: "      terminationGracePeriodSeconds: 5" }));
    await page.locator(".pictures .canvas svg").waitFor();
    assert.equal(await page.locator(".pictures .status").innerText(), "");
  }));

test("pictures and their actions are reachable by keyboard", () =>
  onPage(async (page) => {
    await look(page, SERVICE);
    await page.getByLabel("Termination", { exact: true }).focus();
    await page.keyboard.press("ArrowRight");
    await page.locator(".pictures h2", { hasText: "Pods of" }).waitFor();
    await page.keyboard.press("ArrowRight");
    await page.locator(".pictures .map").waitFor();
    const reached = new Set();
    for (let n = 0; n < 14; n++) {
      await page.keyboard.press("Tab");
      reached.add(await page.evaluate(() => document.activeElement?.className.split(" ")[0] || document.activeElement?.tagName));
    }
    for (const wanted of ["SELECT", "canvas", "box", "SUMMARY"]) assert.ok(reached.has(wanted), `${wanted} in ${[...reached].join(" ")}`);
    await announced(page, /What targets what/);
  }));

for (const dark of [false, true]) {
  test(`the pictures are accessible, ${dark ? "dark" : "light"}`, () =>
    onPage(async (page) => {
      await page.emulateMedia({ colorScheme: dark ? "dark" : "light" });
      for (const picture of ["Termination", "Disruption and scaling", "What targets what"]) {
        await look(page, SERVICE, picture);
        await words(page);
        assert.deepEqual(await violations(page), [], picture);
      }
    }));
}

test("the pictures fit a phone", () =>
  onPage(async (page) => {
    await page.setViewportSize({ width: 390, height: 844 });
    for (const picture of ["Termination", "Disruption and scaling", "What targets what"]) {
      await look(page, SERVICE, picture);
      await words(page);
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= 390), picture);
      const widths = await page.locator(".pictures .canvas").evaluate((canvas) => [canvas.clientWidth, canvas.scrollWidth]);
      if (picture !== "What targets what") assert.ok(widths[1] <= widths[0], `${picture}: ${widths.join(" ")}`);
      const sizes = await page.locator(".pictures .canvas").evaluate((canvas) =>
        [...canvas.querySelectorAll("text, strong")].map((text) => parseFloat(getComputedStyle(text).fontSize)),
      );
      assert.ok(sizes.every((size) => size >= 12), sizes.join(" "));
    }
  }));

test("names are never markup", () =>
  onPage(async (page) => {
    const evil = `<img src=x onerror="window.hit=1"><script>window.hit=1</script>`;
    const text = workload({ name: evil }).replace("name: app", `name: '${evil}'`);
    for (const picture of ["Termination", "Disruption and scaling", "What targets what"]) {
      await look(page, text, picture);
      await words(page);
    }
    assert.equal(await page.evaluate(() => window.hit), undefined);
    assert.equal(await page.locator("#panel img, #panel script").count(), 0);
    assert.match(await page.locator(".pictures .map .workload strong").innerText(), /<img src=x/);
  }));
