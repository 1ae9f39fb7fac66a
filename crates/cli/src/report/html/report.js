"use strict";
const form = document.querySelector(".filters");
if (form) {
  const articles = [...document.querySelectorAll("article")];
  const objects = [...document.querySelectorAll(".object")];
  const filter = () => {
    const severities = new Set([...form.querySelectorAll("[name=severity]:checked")].map((box) => box.value));
    const category = form.elements.category.value;
    const fixable = form.elements.fixable.checked;
    const words = form.elements.words.value.toLowerCase();
    let shown = 0;
    for (const article of articles) {
      const { severity, category: own, fixable: has } = article.dataset;
      const object = article.parentElement.firstElementChild.textContent;
      const fits = severities.has(severity) && (!category || own === category) && (!fixable || has === "true")
        && (!words || (object + article.textContent).toLowerCase().includes(words));
      article.hidden = !fits;
      shown += fits ? 1 : 0;
    }
    for (const object of objects) object.hidden = !object.querySelector("article:not([hidden])");
    form.querySelector("output").textContent = shown + " of " + articles.length + " shown";
  };
  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  for (const button of document.querySelectorAll("[data-set-category]")) {
    button.addEventListener("click", () => {
      form.elements.category.value = button.dataset.setCategory;
      filter();
      form.scrollIntoView();
    });
  }
  filter();
}
