/* Innovation across borders: comfort on top of pages that all work without this file. */
const root = document.documentElement, lang = root.lang || "en";
const on = (el, what, act) => el.addEventListener(what, act);
const $$ = (q, el = document) => [...el.querySelectorAll(q)];
const make = (tag, css, ...inside) => {
  const el = document.createElement(tag);
  el.className = css;
  el.append(...inside);
  return el;
};
const button = (css, text, act) => Object.assign(make("button", css, text), { type: "button", onclick: act });
const voice = css => Object.assign(make("p", css), { role: "status" });

// Words come from the page, in its language: a string, or one string per plural form.
const strings = JSON.parse((document.getElementById("t") || { textContent: "{}" }).textContent);
const count = n => new Intl.NumberFormat(lang + "-u-nu-latn").format(n);
const say = (key, n = 0, x = "") => {
  let m = strings[key] || "";
  if (typeof m === "object") m = m[new Intl.PluralRules(lang).select(n)] || m.other;
  return m.replace("{n}", count(n)).replace("{x}", () => x);
};

// The server's clock counts: a device may be a day off. A page that browsers keep does not say the time: we ask.
let skew = 0;
const trust = iso => { const t = Date.parse(iso); if (t) skew = t - Date.now(); };
trust(root.dataset.serverNow);
const asked = () => fetch(import.meta.url, { method: "HEAD", cache: "no-store" }).then(({ headers }) => {
  trust(headers.get("date")); skew += 1e3 * (headers.get("age") || 0);
}, () => 0 /* no line: the device's own clock has to do */);
const now = () => Date.now() + skew;
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
const fmt = (d, o, tz = zone) => new Intl.DateTimeFormat((lang === "en" ? "en-GB" : lang) + "-u-nu-latn", { timeZone: tz, hourCycle: "h23", ...o }).format(new Date(d));
const HM = { hour: "2-digit", minute: "2-digit" }, DAY = { weekday: "long", day: "numeric", month: "long" };

// 1. The reader's own time. Browsers still report some old names of zones.
const NEW = { Calcutta: "Kolkata", Kiev: "Kyiv", Saigon: "Ho Chi Minh City", Rangoon: "Yangon", Katmandu: "Kathmandu" };
for (const el of $$("[data-start],[data-until]")) {
  const out = el.querySelector(".yours"); if (!out) continue;
  // People read the last minute before the first instant that is too late.
  const a = el.dataset.start ? Date.parse(el.dataset.start) : Date.parse(el.dataset.until) - 6e4;
  const theirs = el.dataset.zone || "Europe/Paris", both = { ...DAY, ...HM };
  if (fmt(a, both) === fmt(a, both, theirs)) out.textContent = say("same");
  else {
    const off = new Intl.DateTimeFormat("en", { timeZone: zone, timeZoneName: "shortOffset" }).format(a).split(" ").pop().replace("GMT", "UTC").replace("-", "−").replace(/^UTC\+0$/, "UTC");
    const old = zone.split("/").pop().replace(/_/g, " "), name = NEW[old] || old;
    const city = lang === "ar" || zone.endsWith("UTC") ? "" : name + ", ";
    const till = el.dataset.end ? "–" + fmt(Date.parse(el.dataset.end), HM) : "";
    out.textContent = say("yours", 0, `${fmt(a, DAY)}${lang === "ar" ? "،" : ","} \u2066${fmt(a, HM)}${till}\u2069 (${city}\u2066${off}\u2069)`);
    if (el.dataset.end && fmt(a, DAY) !== fmt(a, DAY, theirs)) out.append(make("b", "", " " + say("otherday")));
  }
  out.hidden = false;
}
// Of several sessions, those in the reader's working hours (Monday to Friday, 9 to 18) are pointed out, unless all are.
const suits = ({ dataset: { start, end } }) => fmt(start, DAY) === fmt(end, DAY) && fmt(start, HM) >= "09:00" && fmt(end, HM) <= "18:00"
  && !/^S/.test(new Intl.DateTimeFormat("en", { timeZone: zone, weekday: "short" }).format(Date.parse(start)));
for (const list of $$(".sess")) {
  const rows = $$("li[data-start]", list), fit = rows.filter(suits);
  if (fit.length < rows.length) for (const row of fit) row.querySelector(".yours")?.append(make("b", "", " " + say("suits")));
}
for (const box of $$("input[data-zone]")) box.value = zone;

// 2. How long is left. Spoken at 60, 10 and 1 minutes only.
const clocks = $$("[data-left]");
if (clocks.length) {
  const spoken = voice("vh"), main = document.querySelector("main");
  let before;
  main.append(spoken);
  const tick = () => {
    for (const el of clocks) {
      const ms = Date.parse(el.dataset.left) - now();
      el.textContent = ms <= 0 ? el.dataset.then || say("closed") : ms < 36e5 ? say("minutes", Math.max(1, Math.floor(ms / 6e4)))
        : ms < 1728e5 ? say("hours", Math.floor(ms / 36e5)) : say("days", Math.floor(ms / 864e5));
    }
    // What opens then stands beside it, hidden until its time: the page is not loaded anew under somebody's hands.
    for (const el of $$("[data-from][hidden]")) if (Date.parse(el.dataset.from) <= now()) { el.hidden = false; spoken.textContent = el.textContent; }
    const ms = Date.parse(clocks[0].dataset.left) - now();
    for (const m of [60, 10, 1]) if (before > m * 6e4 && ms <= m * 6e4) spoken.textContent = say("minutes", m);
    before = ms;
  };
  tick(); setInterval(tick, 1e4);
  if (!root.dataset.serverNow) asked().then(tick);
}

// 3. The error summary takes focus.
const sum = document.querySelector(".sum");
if (sum && !location.hash) sum.focus();

// 4. Character counts: seen at once, spoken after a pause. Counted as the server counts.
for (const box of $$("[data-max]")) {
  const seen = document.getElementById(box.id + "-count"); if (!seen) continue;
  const spoken = voice("vh");
  let wait;
  seen.ariaHidden = "true"; seen.after(spoken);
  const show = loud => {
    const left = box.dataset.max - [...box.value.replace(/\r\n?/g, "\n")].length;
    seen.textContent = say(left < 0 ? "over" : "left", Math.abs(left));
    seen.classList.toggle("over", left < 0);
    clearTimeout(wait); if (loud) wait = setTimeout(() => { spoken.textContent = seen.textContent; }, 1200);
  };
  on(box, "input", () => show(true)); show(false);
}

// 5. Autosave. Each field is followed by itself, with the version that the reader saw (its base).
const attempt = act => { try { return act(); } catch (e) { return null; /* a private window, or full */ } };
const local = {
  get: key => attempt(() => JSON.parse(localStorage.getItem(key))),
  set: (key, value) => attempt(() => value ? localStorage.setItem(key, JSON.stringify(value)) : localStorage.removeItem(key)),
};
const ticks = c => c.type === "checkbox" || c.type === "radio";
const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
const trimmed = list => list.map(v => v.trim());

const autosave = form => {
  const state = document.getElementById("save-state"), store = "xb:" + form.dataset.autosave;
  const fields = new Map();
  let timer, pause = 2000, busy = false, leaving = false, waiting = null, offered = {};

  const tell = (word, css = "", x = "") => {
    if (!state) return;
    state.className = "dot " + css;
    if (state.textContent !== say(word, 0, x)) state.textContent = say(word, 0, x);
  };
  const controls = key => [...form.elements].filter(c => c.name === key);
  // What the boxes say now; or first, from the server (browsers restore text on reload).
  const read = (key, first) => controls(key).flatMap(c => {
    if (ticks(c)) return (first ? c.defaultChecked : c.checked) ? [c.value] : [];
    const value = !first ? c.value : c.options ? ([...c.options].find(o => o.defaultSelected) || c.options[0] || c).value : c.defaultValue;
    return [value.replace(/\r\n?/g, "\n")];
  });
  const write = (key, values) => {
    for (const c of controls(key)) {
      if (ticks(c)) c.checked = values.includes(c.value);
      else c.value = values[0] ?? "";
      c.dispatchEvent(new Event("input", { bubbles: true }));
    }
  };
  const inWords = (key, values) => values.map(v => {
    const c = controls(key).find(o => o.options || o.value === v);
    if (c && c.options) return [...c.options].find(o => o.value === v).text;
    return c && ticks(c) ? c.labels[0].textContent : v;
  }).join("\n");
  const rebase = (key, base) => {
    const f = fields.get(key); f.base = base;
    for (const c of controls("base:" + key)) c.value = base;
  };
  for (const box of $$("[data-key]", form)) {
    const key = box.dataset.key;
    fields.set(key, { box, saved: read(key, true) });
    rebase(key, box.dataset.base);
  }

  const differs = () => [...fields].filter(([key, f]) => !same(read(key), f.saved));
  const keep = () => {
    const mine = { ...offered };
    for (const [key, f] of differs()) mine[key] = { v: read(key), base: f.base };
    local.set(store, Object.keys(mine).length ? { at: now(), fields: mine } : 0);
  };
  const soon = ms => { clearTimeout(timer); timer = setTimeout(send, ms); };

  const post = sent => {
    const body = new URLSearchParams({ csrfmiddlewaretoken: form.elements.csrfmiddlewaretoken.value });
    for (const [key, values] of sent) {
      body.append("base:" + key, fields.get(key).base || "");
      if (values.length) values.forEach(v => body.append(key, v)); else body.append("ticked", key);
    }
    return fetch(form.dataset.url, {
      method: "POST", body,
      keepalive: document.hidden && String(body).length < 6e4, signal: AbortSignal.timeout(3e4),
    });
  };
  // 403 may be an old form key only: the page itself has a fresh one, if we may still see it.
  const renew = async () => {
    const page = new DOMParser().parseFromString(await (await fetch(location.href)).text(), "text/html");
    const fresh = page.querySelector("form[data-autosave] [name=csrfmiddlewaretoken]");
    if (fresh) for (const t of $$("[name=csrfmiddlewaretoken]")) t.value = fresh.value;
    return fresh;
  };

  const send = async () => {
    clearTimeout(timer);
    const sent = new Map(differs().filter(([key, f]) => !f.note && !same(read(key), f.refused)).map(([key]) => [key, read(key)]));
    if (busy || leaving || !sent.size) return;
    busy = true; tell("saving", "busy");
    let trouble = "unsaved", retry = pause;
    try {
      let answer = await post(sent);
      if (answer.status === 403 && await renew()) answer = await post(sent);
      if (answer.status === 403) { trouble = "signedout"; retry = 6e4; }
      if ([400, 410, 413].includes(answer.status)) { trouble = answer.status === 410 ? "gone" : "refused"; retry = 0; }
      if (answer.status !== 200 && answer.status !== 409) throw answer;
      trust(answer.headers.get("Date"));
      settle(sent, await answer.json());
      pause = retry = 2000;
    } catch (e) {
      tell(trouble, "off"); pause = Math.min(pause * 2, 6e4);
    }
    busy = false; keep();
    if (waiting) { const by = waiting; waiting = null; form.requestSubmit(by); }
    else if (retry) soon(retry);
  };
  const settle = (sent, said) => {
    const disputed = said.conflicts || [];
    let refused = false;
    for (const [key, values] of sent) {
      const f = fields.get(key);
      if (disputed.some(c => c.key === key)) continue;
      if (said.bases[key] !== undefined) { f.saved = values; rebase(key, said.bases[key]); }
      else { f.refused = values; refused = true; }
    }
    disputed.forEach(dispute);
    if (said.border) for (const el of $$("[data-border]")) el.textContent = said.border;
    if (disputed.length || [...fields.values()].some(f => f.note)) tell("conflict", "off");
    else if (refused) tell("refused", "off");
    else tell(said.late ? "late" : "saved", said.late ? "off" : "", fmt(said.saved_at, HM));
  };
  // Two people, one field: both versions are shown below the box, and nobody's cursor moves.
  const dispute = c => {
    const f = fields.get(c.key), theirs = [].concat(c.theirs ?? []);
    const done = (base, values) => {
      rebase(c.key, base); f.note.remove(); f.note = null; f.saved = values;
      if (values) write(c.key, values);
      keep(); send(); controls(c.key)[0].focus();
      if (!differs().length) tell("saved", "", fmt(now(), HM));
    };
    f.note?.remove();
    f.note = make("div", "note warn",
      make("p", "", make("b", "", say("theirs", 0, `${c.by}, ${c.at}`))),
      make("p", "words", inWords(c.key, theirs) || say("empty")),
      make("p", "small", say("mine")),
      make("p", "row",
        button("btn alt slim", say("usetheirs", 0, c.by), () => done(c.base, theirs)),
        button("link", say("keepmine"), () => done(c.base))));
    f.box.insertBefore(f.note, f.box.querySelector(":scope>details"));
  };

  // What this device still holds from a time when it could not be saved.
  const found = local.get(store), lost = Object.entries(found?.fields || {})
    .filter(([key, f]) => fields.has(key) && !same(trimmed(f.v), trimmed(read(key))));
  if (lost.length) {
    offered = Object.fromEntries(lost);
    const done = () => { offered = {}; note.remove(); keep(); send(); controls(lost[0][0])[0].focus(); };
    const note = make("div", "note sea",
      make("p", "", make("b", "", say("found", 0, fmt(found.at, { day: "numeric", month: "long", ...HM })))),
      make("details", "", make("summary", "", say("show")),
        make("div", "", ...lost.map(([key, f]) => make("p", "words", inWords(key, f.v) || say("empty"))))),
      make("p", "row",
        button("btn alt slim", say("usefound"), () => {
          for (const [key, f] of lost) { rebase(key, f.base); write(key, f.v); }
          done();
        }),
        button("link", say("keepsaved"), done)));
    form.before(note);
  } else local.set(store);

  on(form, "input", e => { if (fields.has(e.target.name)) { keep(); soon(2000); } });
  on(form, "change", send);
  on(form, "focusout", send);
  on(window, "online", send);
  on(document, "visibilitychange", send);
  on(window, "pageshow", () => { leaving = false; });
  on(form, "submit", e => {
    // A save under way is answered first: it brings the bases that this form has to carry.
    if (busy) { e.preventDefault(); waiting = e.submitter; return; }
    leaving = true; clearTimeout(timer); keep();
    attempt(() => sessionStorage.setItem("xb-sent", store));
  });
  if (differs().length) soon(2000);
};

// The page that a sent form led to: the server has the text, this device need not keep it. Any other page (signed
// out, no network and back) proves nothing.
attempt(() => {
  const sent = sessionStorage.getItem("xb-sent"), [, code, section] = sent.split(":");
  const led = performance.getEntriesByType("navigation")[0].type === "navigate" && document.referrer.includes(`/${code}/${section}/`);
  if (led && document.querySelector("main").dataset.draft === code && !document.querySelector("[data-dispute]")) {
    local.set(sent); sessionStorage.removeItem("xb-sent");
  }
});
$$("form[data-autosave]").forEach(autosave);
for (const form of $$("form[data-leave]")) on(form, "submit", () => attempt(() => {
  for (const key of Object.keys(localStorage)) if (key.startsWith("xb:")) local.set(key);
}));

// 6. Files: too large is said before a long upload, and so is the wait.
for (const pick of $$("input[type=file]")) {
  const word = voice("count"); pick.after(word);
  on(pick, "change", () => {
    const file = pick.files[0];
    const over = file && file.size > pick.dataset.maxBytes;
    word.textContent = over ? say("toolarge", 0, file.name) : "";
    word.classList.toggle("over", !!over);
    if (over) pick.value = "";
  });
  on(pick.form, "submit", e => {
    if (pick.files[0] && !e.defaultPrevented) word.textContent = say("uploading", 0, pick.files[0].name);
  });
}

// 7. Copy a link, share, print.
for (const b of $$("[data-copy]")) on(b, "click", async () => {
  try {
    if (navigator.share) return await navigator.share({ title: document.title, url: b.dataset.copy });
    await navigator.clipboard.writeText(b.dataset.copy);
    b.nextElementSibling.textContent = say("copied");
  } catch (e) { /* the address stays visible beside the button */ }
});
for (const b of $$("[data-print]")) on(b, "click", () => print());
for (const b of $$("[data-needs-js]")) b.hidden = false;
on(window, "beforeprint", () => $$("details").forEach(d => { d.open = true; }));
