/* Says that there is news, and never moves what somebody reads or types: they press when they want to see it. */
"use strict";
(function () {
  const bar = document.querySelector("[data-live]");
  if (!bar || !window.EventSource) return;
  const view = bar.dataset.view, code = bar.dataset.code, version = Number(bar.dataset.version || 0);
  const added = new Set(), changed = new Set();
  const ASK = 30000;
  let since = Number(bar.dataset.since || 0), failures = 0, asking;

  const say = () => {
    const news = code ? (changed.size ? bar.dataset.changed : "") : [
      added.size ? (added.size === 1 ? bar.dataset.one : bar.dataset.many.replace("{}", added.size)) : "",
      changed.size ? (changed.size === 1 ? bar.dataset.oneChanged : bar.dataset.manyChanged.replace("{}", changed.size)) : "",
    ].filter(Boolean).join(" · ");
    if (!news) return;
    bar.querySelector("[data-live-text]").textContent = news;
    bar.hidden = false;
  };
  const take = (told) => {
    if (code) {
      if (told.code === code && told.version > version) changed.add(code);
    } else if (told.views.includes(view)) {
      if (told.is_new) added.add(told.code); else if (!added.has(told.code)) changed.add(told.code || "?");
    }
    say();
  };
  const forgotten = () => { changed.add("?"); say(); };

  const ask = () => {
    if (document.hidden) return;
    fetch("/casos/novedades?desde=" + since, { headers: { Accept: "application/json" } })
      .then((answer) => { if (!answer.ok || answer.redirected) { clearInterval(asking); throw new Error(); } return answer.json(); })
      .then((found) => { since = found.newest; found.changes.forEach(take); if (!found.is_complete) forgotten(); })
      .catch(() => { /* the next time, or never: the page has its own link to refresh */ });
  };
  const askNowAndThen = () => { if (!asking) { asking = setInterval(ask, ASK); ask(); } };

  let source;
  const listen = () => {
    source = new EventSource("/casos/vivo?desde=" + since);
    source.addEventListener("case", (event) => { failures = 0; since = Number(event.lastEventId) || since; take(JSON.parse(event.data)); });
    source.addEventListener("resync", forgotten);
    source.onopen = () => { failures = 0; bar.dataset.state = "open"; };
    source.onerror = () => {
      failures += 1;
      if (source.readyState === EventSource.CLOSED || failures > 4) { source.close(); askNowAndThen(); }
    };
  };
  listen();
  window.addEventListener("pagehide", () => source.close());
  window.addEventListener("pageshow", (event) => { if (event.persisted) listen(); });
})();
