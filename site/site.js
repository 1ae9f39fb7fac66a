// The one dark theme that is left has a name that says so.
document.getElementById("mdbook-theme-navy").textContent = "Dark";

// The embedded playgrounds look like the page: as soon as they are there, and when somebody chooses another theme.
const root = document.documentElement;
const tell = (frame) => frame.postMessage({ plimsoll: "theme", theme: root.classList.contains("navy") ? "dark" : "light" }, "*");
addEventListener("message", ({ data, source }) => {
  if (data?.plimsoll === "ready" && source) tell(source);
});
new MutationObserver(() => {
  for (const frame of document.querySelectorAll("iframe.try")) if (frame.contentWindow) tell(frame.contentWindow);
}).observe(root, { attributes: true, attributeFilter: ["class"] });
