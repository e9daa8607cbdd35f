// A case beside its rubric: points by keyboard, the next case, saving as one types. Without this file there are buttons.
const form = document.getElementById("review");
const $$ = (q, el = document) => [...el.querySelectorAll(q)];
const groups = $$("[data-criterion]", form);

// 1. Points, and what they mean. A digit answers the criterion that has the focus and goes on to the next one.
for (const group of groups) {
  group.addEventListener("change", e => {
    group.querySelector("[data-means]").textContent = document.getElementById(`${group.id}-${e.target.value}`).textContent;
  });
}
const give = (group, points) => {
  const radio = group.querySelector(`input[value="${points}"]`);
  if (!radio || radio.matches(":disabled")) return;
  radio.checked = true;
  radio.dispatchEvent(new Event("change", { bubbles: true }));
  const next = groups[groups.indexOf(group) + 1] || form.querySelector(".advice");
  (next.querySelector("input:checked") || next.querySelector("input")).focus();
};
document.addEventListener("keydown", e => {
  const at = e.target, key = e.key.toLowerCase();
  if (e.ctrlKey || e.metaKey || at.matches("textarea, select, input:not([type=radio])")) return;
  const near = !e.altKey && at.closest(".criterion, .advice, .queue");
  const way = e.altKey ? { arrowdown: "next", arrowup: "prev" }[key] : near && { j: "next", k: "prev" }[key];
  const link = way && document.querySelector(`.queue a[rel="${way}"]`);
  const group = !e.altKey && /^[0-4]$/.test(key) && at.closest("[data-criterion]");
  if (link || group) e.preventDefault();
  if (link) link.click();
  if (group) give(group, key);
});

// 2. What could not be kept is what somebody should hear of first.
document.querySelector(".errornote[tabindex]")?.focus();

// 3. Saving. Only what changed is sent, with the version that it is based on.
const fields = [...new Set([...form.elements].map(c => c.name).filter(name => /^score-|^(advice|comments|words_for_author)$/.test(name)))];
const controls = name => [...form.elements].filter(c => c.name === name);
const read = (name, first) => {
  const all = controls(name), words = c => (first ? c.defaultValue : c.value).replace(/\r\n?/g, "\n");
  return all[0].type === "radio" ? all.find(c => (first ? c.defaultChecked : c.checked))?.value ?? "" : words(all[0]);
};
const write = (name, value) => {
  for (const c of controls(name)) {
    if (c.type === "radio") c.checked = c.value === value; else c.value = value;
    if (c.checked) c.dispatchEvent(new Event("change", { bubbles: true }));
  }
};
const { autosave: url, saving, saved, unsaved, signedOut } = form.dataset;
const state = document.getElementById("saved"), version = form.elements.version;
const base = new Map(fields.map(name => [name, read(name, true)]));
const differing = () => fields.filter(name => read(name) !== base.get(name));
const tell = words => { if (state.textContent !== words) state.textContent = words; };
let timer, pause = 2000, busy = false, trouble = false, over = false, leaving = false, waiting = null, note = null;
let unanswered = new Map();

const soon = ms => { clearTimeout(timer); timer = setTimeout(send, ms); };
const post = sent => fetch(url, {
  method: "POST", redirect: "manual", keepalive: document.hidden, signal: AbortSignal.timeout(3e4),
  body: new URLSearchParams([
    ["csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value],
    ["version", version.value], ["read", form.elements.read.value], ...sent,
  ]),
});
// The token of the page may be an old one only: after logging in again the page itself has a fresh one.
const renew = async () => {
  const answer = await fetch(location.href, { redirect: "manual" });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.querySelector("#review [name=csrfmiddlewaretoken]");
  if (fresh) for (const token of $$("[name=csrfmiddlewaretoken]")) token.value = fresh.value;
  return fresh;
};
async function send() {
  clearTimeout(timer);
  const sent = new Map(differing().map(name => [name, read(name)]));
  if (!url || busy || over || leaving || note || !sent.size) return;
  busy = true; tell(saving);
  let again = 0;
  try {
    let answer = await post(sent);
    if (answer.status === 403 && await renew()) answer = await post(sent);
    if (answer.type === "opaqueredirect" || answer.status === 403) { trouble = true; tell(signedOut); again = 6e4; }
    else again = settle(answer.status, await answer.json(), sent);
  } catch {
    trouble = true; unanswered = sent; tell(unsaved);
    again = pause = Math.min(pause * 2, 6e4);
  }
  busy = false;
  if (waiting) { const by = waiting; waiting = null; form.requestSubmit(by); } else if (again) soon(again);
}
// Returns after how many milliseconds to save again; 0 for when something is typed.
const settle = (status, said, sent) => {
  if (status === 200) {
    for (const [name, value] of sent) base.set(name, value);
    version.value = said.version; trouble = false; pause = 2000; unanswered = new Map();
    document.getElementById("scored").textContent = said.scored;
    tell(saved.replace("{x}", new Intl.DateTimeFormat(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(new Date(said.saved_at))));
    return differing().length ? pause : 0;
  }
  if (status !== 409) { trouble = true; over = status === 410; tell(said.said || unsaved); return 0; }
  const theirs = new Map(Object.entries(said.theirs).map(([name, field]) => [name, String(field.value ?? "")]));
  const take = () => { version.value = said.version; for (const [name, value] of theirs) base.set(name, value); };
  // An answer that got lost on its way: what «another window» saved is what we sent ourselves.
  if ([...theirs].every(([name, value]) => unanswered.get(name) === value)) { take(); unanswered = new Map(); return 1; }
  dispute(said, theirs, take);
  return 0;
};
// Two windows: both texts are offered above the form, and nobody's cursor moves.
const dispute = (said, theirs, take) => {
  note = document.getElementById("elsewhere").content.firstElementChild.cloneNode(true);
  for (const field of Object.values(said.theirs)) {
    const [label, words] = ["dt", "dd"].map(tag => document.createElement(tag));
    label.textContent = field.label; words.textContent = field.words || "–"; words.className = "words"; words.dir = "auto";
    note.querySelector("dl").append(label, words);
  }
  const done = () => { note.remove(); note = null; trouble = false; take(); };
  note.querySelector("[data-take]").onclick = () => { done(); for (const [name, value] of theirs) write(name, value); tell(""); };
  note.querySelector("[data-keep]").onclick = () => { done(); send(); };
  form.before(note); trouble = true; tell(note.querySelector("h3").textContent);
};

form.addEventListener("input", () => soon(2000));
form.addEventListener("change", send);
document.addEventListener("visibilitychange", () => { if (document.hidden) send(); });
window.addEventListener("online", send);
window.addEventListener("pageshow", () => { leaving = false; });
window.addEventListener("beforeunload", e => {
  if (!leaving && differing().length && (!url || busy || trouble)) e.preventDefault();
});
form.addEventListener("submit", e => {
  // A save under way is answered first: it brings the version that this form has to carry.
  if (busy) { e.preventDefault(); waiting = e.submitter; } else { leaving = true; clearTimeout(timer); }
});
if (differing().length) soon(2000); // the browser brought words back
