/* Renews a part of a page in place: when a case changes, and once a minute, because time itself moves.
   Elements stay where they are and only differences are written, so focus, open details and typed text survive. */
"use strict";
(function () {
  const region = document.querySelector("[data-fresh]");
  if (!region || !window.fetch) return;
  const at = document.querySelector("[data-fresh-at]"), said = document.querySelector("[data-fresh-said]");
  const OURS = new Set(["open", "tabindex", "data-state"]);  // what people and this script did to elements stays
  const LONGEST = Number(region.dataset.every || 60) * 1000, SHORTEST = 5000, PAUSE = 1000;
  let since = Number(region.dataset.since || 0), last = Date.now(), waiting, source, failures = 0, isOver = false;

  const show = (text) => { if (at) { at.textContent = text; at.hidden = false; } };
  const key = (node) => (node.nodeType === 1 && (node.id || node.dataset.key)) || "";
  const hasFocus = (node) => node.contains(document.activeElement);

  const patch = (old, fresh) => {
    if (old.isEqualNode(fresh)) return;
    if (old.nodeName !== fresh.nodeName || key(old) !== key(fresh)) { old.replaceWith(fresh); return; }
    if (old.nodeType !== 1) { old.nodeValue = fresh.nodeValue; return; }
    if (old.matches("form") && hasFocus(old)) return;  // somebody is filling it in
    for (const { name } of [...old.attributes]) if (!fresh.hasAttribute(name) && !OURS.has(name)) old.removeAttribute(name);
    for (const { name, value } of fresh.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
    const known = new Map([...old.childNodes].filter(key).map((node) => [key(node), node]));
    let next = old.firstChild;
    const drop = () => { const gone = next; next = next.nextSibling; gone.remove(); };
    for (const child of [...fresh.childNodes]) {
      const match = known.get(key(child));
      if (match && match.parentNode === old) {
        // The focused element would lose the focus by being moved: what stands before it gives way instead.
        if (hasFocus(match)) while (next && next !== match) drop();
        if (next !== match) old.insertBefore(match, next);
        next = match.nextSibling;
        patch(match, child);
      } else if (next && !key(next) && !key(child)) {
        const here = next; next = next.nextSibling;
        patch(here, child);
      } else old.insertBefore(child, next);
    }
    while (next) drop();
  };

  const isSelecting = () => { const chosen = getSelection(); return !chosen.isCollapsed && region.contains(chosen.anchorNode); };

  const renew = () => {
    if (waiting) { clearTimeout(waiting.id); waiting = undefined; }
    if (document.hidden || isOver) return;
    if (isSelecting()) { plan(SHORTEST); return; }
    last = Date.now();
    fetch(region.dataset.fresh, { headers: { Accept: "text/html" } })
      .then((answer) => { if (!answer.ok || answer.redirected) { isOver = !(answer.status >= 500); throw new Error(); } return answer.text(); })
      .then((text) => {
        const fresh = new DOMParser().parseFromString(text, "text/html").getElementById(region.id);
        if (!fresh) { isOver = true; throw new Error(); }
        const before = region.dataset.said, wasInside = hasFocus(region);
        patch(region, document.importNode(fresh, true));
        if (wasInside && !hasFocus(region)) { region.tabIndex = -1; region.focus({ preventScroll: true }); }
        if (at && region.dataset.at) show(at.dataset.text.replace("{}", region.dataset.at));
        if (said && region.dataset.said !== before) said.textContent = region.dataset.said;
        if (!("fresh" in region.dataset)) { isOver = true; stop(); }
      })
      .catch(() => { if (at) show(at.dataset.failed); if (isOver) stop(); })
      .finally(() => { if (!isOver) plan(LONGEST); });
  };
  const plan = (delay) => {
    const wanted = Math.max(delay, last + Math.min(SHORTEST, LONGEST) - Date.now());
    if (waiting && waiting.at <= Date.now() + wanted) return;
    if (waiting) clearTimeout(waiting.id);
    waiting = { at: Date.now() + wanted, id: setTimeout(() => { waiting = undefined; renew(); }, wanted) };
  };
  const listen = () => {
    if (!window.EventSource || source || !("since" in region.dataset)) return;
    source = new EventSource("/casos/vivo?desde=" + since);
    source.addEventListener("case", (event) => { failures = 0; since = Number(event.lastEventId) || since; plan(PAUSE); });
    source.addEventListener("resync", () => plan(PAUSE));
    source.onopen = () => { failures = 0; region.dataset.state = "open"; };
    source.onerror = () => { failures += 1; if (source && (source.readyState === EventSource.CLOSED || failures > 4)) { source.close(); source = undefined; } };
  };
  const stop = () => { if (waiting) clearTimeout(waiting.id); waiting = undefined; if (source) source.close(); source = undefined; };
  const begin = () => { if (isOver) return; listen(); plan(Math.max(0, last + LONGEST - Date.now())); };

  document.addEventListener("visibilitychange", () => { if (document.hidden) stop(); else { begin(); if (Date.now() - last > SHORTEST) renew(); } });
  window.addEventListener("pagehide", stop);
  window.addEventListener("pageshow", (event) => { if (event.persisted) begin(); });
  if (at && region.dataset.at) show(at.dataset.text.replace("{}", region.dataset.at));
  if (!document.hidden) begin();
})();
