// The four tests by keyboard: Y, N or U answers the test that has the focus and goes on; Ctrl+Enter saves and opens
// the next case. Without scripts Tab, the arrow keys and Enter do the same.
const form = document.querySelector("form.screening");
const keys = { y: "yes", n: "no", u: "unclear" };

function goOnFrom(test, answer) {
  const note = test.querySelector("textarea");
  const next = test.nextElementSibling;
  // «No» and «unclear» need a word of explanation.
  if (answer !== "yes" && !note.value) return note.focus();
  const radios = next?.classList.contains("test") && next.querySelectorAll("input[type=radio]");
  if (!radios) return form.querySelector("button[name=then]").focus();
  ([...radios].find((radio) => radio.checked) || radios[0]).focus();
  next.scrollIntoView({ block: "nearest" });
}

form?.addEventListener("keydown", (event) => {
  const answer = keys[event.key.toLowerCase()];
  if (!answer || event.target.type !== "radio" || event.ctrlKey || event.altKey || event.metaKey) return;
  event.preventDefault();
  const test = event.target.closest(".test");
  const radio = test.querySelector(`input[value=${answer}]`);
  radio.checked = true;
  goOnFrom(test, answer);
});

document.addEventListener("keydown", (event) => {
  if (form && event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    form.requestSubmit(form.querySelector("button[name=then]"));
  }
});

let sent = false;
form?.addEventListener("submit", (event) => {
  if (sent) event.preventDefault(); // pressed twice
  sent = true;
});
window.addEventListener("pageshow", () => { sent = false; });
