// The one dark theme that is left has a name that says so.
document.getElementById("mdbook-theme-navy").textContent = "Dark";
