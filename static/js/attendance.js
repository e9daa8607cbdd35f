// Who has come: ask for the page again and put its list in the place of ours. Without scripts it is loaded by hand.
const live = document.getElementById("live");
const again = Number(live?.dataset.again || 0) * 1000;

async function look() {
  if (!document.hidden && !live.contains(document.activeElement)) {
    try {
      const answer = await fetch(location.href, { credentials: "same-origin", redirect: "error" });
      if (!answer.ok) return; // signed out, or no longer allowed
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById("live");
      if (fresh) live.replaceChildren(...fresh.childNodes);
    } catch {
      // The network is away for a moment; the next look comes soon.
    }
  }
  setTimeout(look, again);
}

if (again) setTimeout(look, again);
