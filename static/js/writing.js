/* Who leaves the editor with words unsaved is asked first; without this file nothing else is different. */
const form = document.querySelector("form.writing");
if (form) {
  let changed = false;
  form.addEventListener("input", () => { changed = true; });
  form.addEventListener("submit", () => { changed = false; });
  addEventListener("beforeunload", event => { if (changed) event.preventDefault(); });
}
document.querySelector(".errornote[tabindex]")?.focus();
