/* The library answers while one types and ticks: the same page is fetched, and what has changed in it is put in its
   place. Where that fails the browser goes to the address, as it does without this file. */
const find = document.getElementById("find");
const wide = matchMedia("(min-width:56rem)");
const filters = document.querySelector("details[data-wide]");
if (filters && wide.matches) filters.open = true;

if (find && window.fetch && window.AbortController) {
  const REST = 250; // milliseconds without a key
  const parts = ["facets", "count", "results", "sort"];
  let waiting, running, typed = false, asked = location.search;

  const address = () => {
    const said = new URLSearchParams();
    for (const [name, value] of new FormData(find)) if (value) said.append(name, value);
    return find.action.split("?")[0] + (said.toString() ? "?" + said : "");
  };

  // push: true adds to the way back, nothing leaves it; typing: adds once, until something else is done; focus: leads to
  // the results; whole: words and pairs follow too.
  const show = async (url, { push, typing, focus, whole } = {}) => {
    running?.abort();
    running = new AbortController();
    const results = document.getElementById("results");
    results.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(url, { signal: running.signal, credentials: "same-origin" });
      if (!answer.ok) throw new Error(answer.status);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      put(page);
      if (whole) {
        find.q.value = page.getElementById("q").value;
        for (const pair of find.querySelectorAll("[type=hidden]")) pair.remove();
        find.append(...page.querySelectorAll("#find [type=hidden]"));
      }
      asked = new URL(url, location.href).search;
      if (asked !== location.search && (push || typing)) history[typing && typed ? "replaceState" : "pushState"](null, "", url);
      typed = Boolean(typing);
      if (focus) document.getElementById("results-title").focus();
    } catch (trouble) {
      if (trouble.name !== "AbortError") location.assign(url);
    }
  };

  const put = page => {
    const at = document.activeElement?.id, open = [...document.querySelectorAll("#facets details[open]")].map(one => one.id);
    const named = at && at.includes("-") ? [document.activeElement.name, document.activeElement.value] : null;
    // Options that leave their list one by one leave the choice to the next: it is kept apart.
    const order = page.getElementById("sort")?.value;
    for (const id of parts) {
      const now = document.getElementById(id), then = page.getElementById(id);
      if (!now || !then) throw new Error("another page");
      if (id === "count") { if (now.textContent !== then.textContent) now.replaceChildren(...then.childNodes); }
      else now.replaceChildren(...then.childNodes);
    }
    document.getElementById("sort").value = order;
    const results = document.getElementById("results");
    results.removeAttribute("aria-busy");
    const summary = page.querySelector("details[data-wide]>summary");
    if (filters && summary) filters.firstElementChild.replaceChildren(...summary.childNodes);
    for (const id of open) { const one = document.getElementById(id); if (one) one.open = true; }
    document.title = page.title;
    // A value keeps its name but not its place: whoever ticked it goes on from it.
    const again = named ? [...document.querySelectorAll("#facets input")].find(one => one.name === named[0] && one.value === named[1]) : at && document.getElementById(at);
    if (again) { const inside = again.closest("#facets details"); if (inside) inside.open = true; again.focus({ preventScroll: true }); }
  };

  const soon = (how, ms) => { clearTimeout(waiting); waiting = setTimeout(() => show(address(), how), ms); };
  find.q.addEventListener("input", event => { if (!event.isComposing) soon({ typing: true }, REST); });
  find.q.addEventListener("compositionend", () => soon({ typing: true }, REST));
  find.addEventListener("submit", event => { event.preventDefault(); clearTimeout(waiting); show(address(), { push: true, focus: true }); });
  document.addEventListener("change", event => { if (event.target.form === find && event.target !== find.q) soon({ push: true }, 0); });
  document.getElementById("results").addEventListener("click", event => {
    const link = event.target.closest("a[rel=next],a[rel=prev],.chips a");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    show(link.href, { push: true, focus: true, whole: true });
  });
  addEventListener("popstate", () => { if (location.search !== asked) show(location.href, { whole: true }); });
}
