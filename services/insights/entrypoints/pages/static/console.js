// Keeps the panels fresh: over a stream when the server has room for one, else by asking. The page works without this.
"use strict";
(() => {
  const root = document.getElementById("console");
  const updated = document.getElementById("updated");
  const button = document.getElementById("pause");
  const ASK_EVERY = 10000;
  let stream = null;
  let timer = null;
  let isPaused = false;

  const panels = () => [...root.querySelectorAll("section[data-digest]")];
  const seen = () => panels().map((panel) => `${panel.id.slice(6)}-${panel.dataset.digest}`).join(".");
  const query = () => `?periodo=${root.dataset.periodo}&visto=${seen()}`;

  function show(changes) {
    for (const [name, html] of Object.entries(changes.panels)) {
      const panel = document.getElementById(`panel-${name}`);
      // Whoever is reading with the keyboard inside a panel keeps it as it is; the next change brings it up to date.
      if (!panel || panel.contains(document.activeElement)) continue;
      const open = [...panel.querySelectorAll("details")].map((each) => each.open);
      panel.innerHTML = html;
      panel.querySelectorAll("details").forEach((each, index) => { each.open = Boolean(open[index]); });
      panel.dataset.digest = changes.seen[name];
    }
    tell(changes.at);
  }

  function tell(time) {
    updated.textContent = time;
    updated.classList.remove("stale");
  }

  function ask() {
    fetch(`/panel${query()}`, { headers: { Accept: "application/json" } })
      .then((answer) => {
        if (answer.status === 401) { window.location.reload(); }
        return answer.ok ? answer.json() : Promise.reject(new Error(String(answer.status)));
      })
      .then(show)
      .catch(() => updated.classList.add("stale"));
  }

  function listen() {
    stream = new EventSource(`/live${query()}`);
    stream.addEventListener("panels", (event) => show(JSON.parse(event.data)));
    stream.addEventListener("time", (event) => tell(JSON.parse(event.data).at));
    stream.addEventListener("error", () => {
      updated.classList.add("stale");
      if (stream.readyState === EventSource.CLOSED && !isPaused) { // no room for a stream: ask instead
        timer = timer || window.setInterval(ask, ASK_EVERY);
      }
    });
  }

  function start() { if ("EventSource" in window) { listen(); } else { timer = window.setInterval(ask, ASK_EVERY); } }

  function stop() {
    if (stream) { stream.close(); stream = null; }
    if (timer) { window.clearInterval(timer); timer = null; }
  }

  button.hidden = false;
  button.addEventListener("click", () => {
    isPaused = !isPaused;
    button.textContent = isPaused ? button.dataset.resume : button.dataset.pause;
    if (isPaused) { stop(); } else { start(); }
  });
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) { stop(); } else if (!isPaused && !stream && !timer) { start(); }
  });
  start();
})();
