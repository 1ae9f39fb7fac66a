// The policies: which are on, and their settings.

import assert from "node:assert/strict";
import { test } from "node:test";

import { paste, settle } from "./browser.mjs";
import { pages, POD, violations } from "./page.mjs";

const onPage = pages();

const BUDGET = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 3
  selector:
    matchLabels:
      app: web
  template:
    metadata:
      labels:
        app: web
    spec:
      containers:
      - name: web
        image: web:1
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: web
spec:
  maxUnavailable: 1
  selector:
    matchLabels:
      app: web
`;

const policy = (page, id) => page.locator(`.policy[data-policy="${id}"]`);
const setting = (page, id, name) => policy(page, id).locator(`.setting[data-setting="${name}"]`);
const found = (page, id) => page.locator(`#panel-findings .finding[data-policy="${id}"]`);

/** Goes to the policies. */
async function policies(page) {
  await page.getByRole("tab", { name: "Policies" }).click();
  await page.locator(".policy").first().waitFor({ state: "attached" });
}

/** Goes to the settings of a policy, with those that every policy has. */
async function settings(page, id) {
  await policies(page);
  await page.getByRole("textbox", { name: "Find" }).fill(id);
  await policy(page, id).locator("summary").first().click();
  await policy(page, id).locator(".form").waitFor();
  const common = policy(page, id).locator("details.common");
  if (!(await common.evaluate((details) => details.open))) await common.locator("summary").first().click();
}

/** What would be shared: exactly what differs from the defaults. */
async function kept(page) {
  await page.evaluate(() => dispatchEvent(new PageTransitionEvent("pagehide")));
  const draft = await page.evaluate(() => localStorage.getItem("plimsoll.draft"));
  return draft === null ? {} : (JSON.parse(draft).policies ?? {});
}

const findings = async (page) => {
  await page.getByRole("tab", { name: "Findings" }).click();
  await settle(page);
};

test("all policies are listed by category, and are found by name and practice", () =>
  onPage(async (page) => {
    await policies(page);
    const all = await page.locator(".policy").count();
    const on = await page.locator('.policy [role="switch"]:checked').count();
    assert.ok(all > 100 && on > 50 && on < all);
    await page.getByText(`${on} of ${all} policies are on.`).waitFor();
    const groups = await page.locator(".policies .group h2").allTextContents();
    assert.deepEqual(groups, groups.toSorted());
    assert.equal(await page.locator(".policies .group", { has: page.getByRole("heading", { name: /^disruption/ }) }).count(), 1);

    const find = page.getByRole("textbox", { name: "Find" });
    await find.fill("DRAIN deadlock");
    assert.deepEqual(await page.locator(".policy:visible > label").allTextContents(), [" drain-deadlock"]);
    await page.getByText("1 is shown").waitFor();
    await find.fill("allow at least one eviction");
    assert.ok(await policy(page, "drain-deadlock").isVisible());
    await find.fill("<img src=x onerror=hit()>");
    assert.equal(await page.locator(".policy:visible").count(), 0);
    assert.equal(await page.locator(".policies .group:visible").count(), 0);
    await find.fill("");
    await page.getByLabel("Show").selectOption("switched on");
    assert.equal(await page.locator(".policy:visible").count(), on);
    await page.getByLabel("Show").selectOption("switched off");
    assert.equal(await page.locator(".policy:visible").count(), all - on);
  }));

test("a policy can be switched, reset to the profile, and shows its state", () =>
  onPage(async (page) => {
    await paste(page, POD);
    await settle(page);
    await found(page, "privileged-container").waitFor();
    await policies(page);
    const row = policy(page, "privileged-container");
    const toggle = row.getByRole("switch");
    await row.getByText("on, as the profile").waitFor();
    await toggle.focus();
    await page.keyboard.press("Space");
    await row.getByText("switched off").waitFor();
    assert.deepEqual(await kept(page), { "privileged-container": { enabled: false } });
    await findings(page);
    assert.equal(await found(page, "privileged-container").count(), 0);

    await policies(page);
    await row.getByRole("button", { name: "Follow the profile" }).click();
    await row.getByText("on, as the profile").waitFor();
    assert.ok(await toggle.evaluate((toggle) => toggle === document.activeElement));
    assert.deepEqual(await kept(page), {});
    // The profile's own state is not a choice.
    await toggle.uncheck();
    await toggle.check();
    assert.deepEqual(await kept(page), {});
    // A choice stays when the profile changes.
    const strict = page.locator('.policy:has(.facts span:text-is("profile strict"))').first();
    await strict.getByRole("switch").check();
    await strict.getByText("switched on").waitFor();
    await page.getByLabel("Profile", { exact: true }).selectOption("starter");
    await strict.getByText("switched on").waitFor();
    await page.getByLabel("Show").selectOption("changed");
    assert.equal(await page.locator(".policy:visible").count(), 1);
  }));

test("a number changes the findings, is validated while typing, and resets to its default", () =>
  onPage(async (page) => {
    await paste(page, BUDGET);
    await settle(page);
    assert.equal(await found(page, "drain-deadlock").count(), 0);
    await settings(page, "drain-deadlock");
    const field = setting(page, "drain-deadlock", "minAllowed");
    const input = field.getByLabel("minAllowed");
    assert.equal(await input.inputValue(), "1");
    assert.equal(await input.getAttribute("min"), "1");
    await field.getByText("Default: 1").waitFor();
    await input.fill("2");
    assert.deepEqual(await kept(page), { "drain-deadlock": { settings: { minAllowed: 2 } } });
    await policy(page, "drain-deadlock").getByText("(1 changed)").waitFor();
    await findings(page);
    await found(page, "drain-deadlock").waitFor();

    await policies(page);
    await input.fill("0");
    await field.locator(".wrong:not(:empty)").waitFor();
    assert.equal(await input.getAttribute("aria-invalid"), "true");
    const described = (await input.getAttribute("aria-describedby"))?.split(" ") ?? [];
    assert.ok(described.includes((await field.locator(".wrong").getAttribute("id")) ?? ""));
    await settle(page);
    await policy(page, "drain-deadlock").getByText("1 can't be used; the defaults check").waitFor();
    await findings(page);
    await page.locator(".errors", { hasText: "Settings of drain-deadlock: minAllowed" }).waitFor();
    assert.equal(await found(page, "drain-deadlock").count(), 0);

    // An empty field means the default, which reappears on blur.
    await policies(page);
    await input.fill("");
    await field.locator(".wrong:not(:empty)").waitFor({ state: "detached" });
    assert.equal(await input.getAttribute("aria-invalid"), null);
    assert.equal(await input.inputValue(), "");
    await input.blur();
    assert.equal(await input.inputValue(), "1");
    assert.deepEqual(await kept(page), {});

    await input.fill("7");
    await field.getByRole("button", { name: "Back to the default" }).click();
    assert.equal(await input.inputValue(), "1");
    assert.ok(await input.evaluate((input) => input === document.activeElement));
    assert.deepEqual(await kept(page), {});
  }));

test("controls for one value, several values and booleans", () =>
  onPage(async (page) => {
    await settings(page, "bare-pod");
    const allow = setting(page, "bare-pod", "allow");
    assert.ok(await allow.getByLabel("mirror").isChecked());
    await allow.getByLabel("kubectlRun").check();
    assert.deepEqual(await kept(page), { "bare-pod": { settings: { allow: ["mirror", "hook", "kubectlRun"] } } });
    await allow.getByLabel("kubectlRun").uncheck();
    assert.deepEqual(await kept(page), {});

    const severity = setting(page, "bare-pod", "minSeverity");
    await severity.getByLabel("minSeverity").selectOption("high");
    const update = setting(page, "bare-pod", "onUpdate");
    assert.equal(await update.getByLabel("onUpdate").inputValue(), "new");
    await update.getByLabel("onUpdate").selectOption("always");
    await update.getByText("Everything that is wrong with the new object").waitFor();
    const honor = setting(page, "bare-pod", "honorAnnotations");
    await honor.getByLabel("honorAnnotations").selectOption("false");
    assert.deepEqual(await kept(page), {
      "bare-pod": { settings: { minSeverity: "high", onUpdate: "always", honorAnnotations: false } },
    });
    await update.getByLabel("onUpdate").selectOption("new");
    await honor.getByRole("button", { name: "Back to the default" }).click();
    await severity.getByLabel("minSeverity").selectOption("info");
    assert.deepEqual(await kept(page), {});

    await settings(page, "host-port");
    const daemons = setting(page, "host-port", "allowDaemonSets").getByLabel("allowDaemonSets");
    assert.ok(await daemons.isChecked());
    await daemons.uncheck();
    assert.deepEqual(await kept(page), { "host-port": { settings: { allowDaemonSets: false } } });
  }));

test("lists and mappings have a line for each entry", () =>
  onPage(async (page) => {
    await settings(page, "open-egress");
    const ports = setting(page, "open-egress", "allowPorts");
    assert.equal(await ports.getByLabel("allowPorts").inputValue(), "53");
    await ports.getByLabel("allowPorts").fill("53\n\n 8053 ");
    assert.deepEqual(await kept(page), { "open-egress": { settings: { allowPorts: [53, 8053] } } });
    await ports.getByLabel("allowPorts").fill("53\ndns");
    await ports.locator(".wrong:not(:empty)").waitFor();
    await ports.getByRole("button", { name: "Back to the default" }).click();
    assert.equal(await ports.getByLabel("allowPorts").inputValue(), "53");

    await settings(page, "cold-start");
    const selector = setting(page, "cold-start", "selector");
    const lines = selector.getByLabel("selector");
    await lines.fill("app=web\ntier = back=end");
    assert.deepEqual(await kept(page), { "cold-start": { settings: { selector: { app: "web", tier: "back=end" } } } });
    await lines.fill("app=web\ntier");
    await selector.locator(".wrong", { hasText: "“tier” is not key=value" }).waitFor();
    assert.equal(await lines.getAttribute("aria-invalid"), "true");
    // Invalid text changes nothing, and stays until it is corrected.
    await lines.blur();
    assert.equal(await lines.inputValue(), "app=web\ntier");
    assert.deepEqual(await kept(page), { "cold-start": { settings: { selector: { app: "web", tier: "back=end" } } } });
    await selector.getByRole("button", { name: "Back to the default" }).click();
    assert.equal(await lines.inputValue(), "");
    await selector.locator(".wrong:not(:empty)").waitFor({ state: "detached" });
    assert.deepEqual(await kept(page), {});
  }));

test("nested fields show their own errors", () =>
  onPage(async (page) => {
    await settings(page, "autoscaler-target-range");
    const core = setting(page, "autoscaler-target-range", "core");
    const group = core.getByRole("group", { name: "core" });
    assert.equal(await group.getByLabel("max").inputValue(), "70");
    await group.getByLabel("max").fill("74");
    assert.deepEqual(await kept(page), { "autoscaler-target-range": { settings: { core: { min: 60, max: 74 } } } });
    await group.getByLabel("min").fill("");
    assert.deepEqual(await kept(page), { "autoscaler-target-range": { settings: { core: { max: 74 } } } });
    await group.getByLabel("min").fill("-1");
    await core.locator(".wrong:not(:empty)").waitFor();
    assert.equal(await group.getByLabel("min").getAttribute("aria-invalid"), "true");
    assert.equal(await group.getByLabel("max").getAttribute("aria-invalid"), null);
    await group.getByLabel("min").fill("60");
    await group.getByLabel("max").fill("70");
    assert.deepEqual(await kept(page), {});
  }));

test("complex settings are edited as JSON", () =>
  onPage(async (page) => {
    await paste(page, POD);
    await settings(page, "privileged-container");
    const exempt = setting(page, "privileged-container", "exempt");
    const area = exempt.getByLabel("exempt");
    assert.equal(await area.inputValue(), "[]");
    await exempt.getByText("What an entry holds").click();
    await exempt.getByText("The last day on which it applies.").waitFor();
    await area.fill('[{"name": "web"');
    await exempt.locator(".wrong", { hasText: "this is not JSON" }).waitFor();
    assert.deepEqual(await kept(page), {});
    await area.fill('[{"name": "web"}]');
    await exempt.locator(".wrong", { hasText: "reason" }).waitFor();
    await area.fill('[{"name": "web", "reason": "it mounts disks"}]');
    await exempt.locator(".wrong:not(:empty)").waitFor({ state: "detached" });
    await findings(page);
    await page.getByText("Exempted: 1").waitFor();
    assert.equal(await found(page, "privileged-container").count(), 0);
  }));

test("every policy's form shows its defaults and changes none", () =>
  onPage(async (page) => {
    await policies(page);
    // All at once: between two presses of a mouse the page would be laid out anew, with ever more forms in it.
    await page.locator(".policy").evaluateAll((rows) => rows.forEach((row) => row.querySelector("summary").click()));
    await page.waitForFunction(() => [...document.querySelectorAll(".policy")].every((row) => row.querySelector(".form")));
    // Focus all fields without typing.
    await page.evaluate(() => {
      for (const input of document.querySelectorAll(".form input, .form textarea, .form select")) {
        input.focus();
        input.blur();
      }
    });
    await settle(page);
    assert.deepEqual(await kept(page), {});
    assert.equal(await page.locator(".form [aria-invalid], .form .wrong:not(:empty)").count(), 0);
    const unlabelled = await page.evaluate(() =>
      [...document.querySelectorAll(".form input, .form textarea, .form select")].filter((input) => input.labels?.length !== 1).length,
    );
    assert.equal(unlabelled, 0);
    const twice = await page.evaluate(() => {
      const ids = [...document.querySelectorAll("[id]")].map(({ id }) => id);
      return ids.filter((id, index) => ids.indexOf(id) !== index);
    });
    assert.deepEqual(twice, []);
  }));

test("the version of Kubernetes applies to all policies if it is valid", () =>
  onPage(async (page) => {
    await paste(
      page,
      "apiVersion: flowcontrol.apiserver.k8s.io/v1beta3\nkind: FlowSchema\nmetadata:\n  name: web\n---\napiVersion: policy/v1beta1\nkind: PodDisruptionBudget\nmetadata:\n  name: web\nspec:\n  maxUnavailable: 1\n",
    );
    await settle(page);
    const messages = async () => (await page.locator("#panel-findings .finding .jump").allTextContents()).join("\n");
    const before = await messages();
    await policies(page);
    const version = page.getByLabel("Kubernetes version");
    const usual = await version.inputValue();
    await version.fill("1.20");
    await page.getByRole("button", { name: "Back to the default" }).waitFor();
    await findings(page);
    assert.notEqual(await messages(), before);

    await policies(page);
    await version.fill("twenty");
    await page.locator("#kubernetes-version-wrong:not(:empty)").waitFor();
    assert.equal(await version.getAttribute("aria-invalid"), "true");
    // An invalid version is not applied.
    await version.blur();
    assert.equal(await version.inputValue(), "1.20");
    await page.locator("#kubernetes-version-wrong:not(:empty)").waitFor({ state: "detached" });

    // It is set once: policies have no setting for it.
    await settings(page, "removed-api");
    await setting(page, "removed-api", "minSeverity").waitFor();
    assert.equal(await setting(page, "removed-api", "kubernetesVersion").count(), 0);

    await page.locator(".cluster").getByRole("button", { name: "Back to the default" }).click();
    assert.equal(await version.inputValue(), usual);
    await findings(page);
    assert.equal(await messages(), before);
  }));

test("in complete input, missing objects are reported", () =>
  onPage(async (page) => {
    await paste(page, BUDGET.split("---")[0]);
    await settle(page);
    await page.getByText(/checks? skipped: add /).waitFor();
    assert.equal(await found(page, "missing-disruption-budget").count(), 0);
    await policies(page);
    await page.locator("#panel-policies").getByLabel("This is everything in the cluster").check();
    await findings(page);
    await found(page, "missing-disruption-budget").first().waitFor();
    assert.equal(await page.getByText(/checks? skipped: add /).count(), 0);
  }));

test("a reset of all choices can be undone", () =>
  onPage(async (page) => {
    await policies(page);
    const reset = page.getByRole("button", { name: "Reset all" });
    assert.ok(await reset.isHidden());
    await policy(page, "bare-pod").getByRole("switch").uncheck();
    await page.locator("#panel-policies").getByLabel("This is everything in the cluster").check();
    await settings(page, "host-port");
    await setting(page, "host-port", "allowDaemonSets").getByLabel("allowDaemonSets").uncheck();
    const before = await kept(page);
    await reset.click();
    assert.deepEqual(await kept(page), {});
    assert.ok(await setting(page, "host-port", "allowDaemonSets").getByLabel("allowDaemonSets").isChecked());
    assert.ok(!(await page.locator("#panel-policies").getByLabel("This is everything in the cluster").isChecked()));
    await page.locator('.notice[data-kind="policies"]').getByRole("button", { name: "Undo" }).click();
    assert.deepEqual(await kept(page), before);
    assert.ok(await page.locator("#panel-policies").getByLabel("This is everything in the cluster").isChecked());
  }));

test("the documentation of a finding links to the policy's settings", () =>
  onPage(async (page) => {
    await paste(page, POD);
    await settle(page);
    // Even if a filter hides the policy.
    await policies(page);
    await page.getByRole("textbox", { name: "Find" }).fill("drain-deadlock");
    await page.getByRole("tab", { name: "Findings" }).click();
    await found(page, "privileged-container").getByRole("button", { name: /^privileged-container/ }).click();
    const documentation = page.locator("#documentation");
    await documentation.getByRole("button", { name: "Settings" }).click();
    await documentation.waitFor({ state: "hidden" });
    const row = policy(page, "privileged-container");
    await row.locator(".form").waitFor();
    assert.equal(await page.getByRole("tab", { name: "Policies" }).getAttribute("aria-selected"), "true");
    assert.ok(await row.locator("summary").first().evaluate((summary) => summary === document.activeElement));
    await page.waitForFunction(() => {
      const place = document.querySelector('.policy[data-policy="privileged-container"]')?.getBoundingClientRect();
      return place !== undefined && place.top >= 0 && place.top < innerHeight;
    });
    // And back.
    await row.getByRole("button", { name: "Documentation" }).click();
    await documentation.getByRole("heading", { name: "privileged-container" }).waitFor();
    await page.keyboard.press("Escape");
    await documentation.waitFor({ state: "hidden" });
  }));

for (const dark of [false, true]) {
  test(`the view is accessible, ${dark ? "dark" : "light"}, and fits a phone`, () =>
    onPage(async (page) => {
      await page.emulateMedia({ colorScheme: dark ? "dark" : "light" });
      for (const id of ["autoscaler-replica-range", "bare-pod", "privileged-container", "cold-start"]) {
        await settings(page, id);
      }
      await setting(page, "cold-start", "selector").getByLabel("selector").fill("no");
      await page.getByLabel("Kubernetes version").fill("no");
      await page.locator("#kubernetes-version-wrong:not(:empty)").waitFor();
      await page.getByRole("textbox", { name: "Find" }).fill("");
      assert.deepEqual(await violations(page), []);
      await page.setViewportSize({ width: 390, height: 844 });
      assert.deepEqual(await violations(page), []);
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= 390));
    }));
}
