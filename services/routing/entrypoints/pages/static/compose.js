/* Drafts that save themselves and who else is here. Comforts only: every page works without this file. */
"use strict";
(function () {
  const PAUSE = 1200, AGAIN = 5000, BEAT = 20000, STILL_WRITING = 45000;
  let typedAt = 0;
  const token = () => { const field = document.querySelector("input[name=csrf_token]"); return field ? field.value : ""; };
  const call = (method, url, body, extra) => fetch(url, Object.assign({
    method, headers: { "Content-Type": "application/json", "X-CSRF-Token": token(), Accept: "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  }, extra));

  document.querySelectorAll("form[data-draft]").forEach((form) => {
    const box = form.querySelector("textarea"), revision = form.elements.draft_revision, version = form.elements.version;
    const status = form.querySelector("[data-draft-status]");
    let timer, saved = box.value, sending = false, isOver = false, waits = false;
    const say = (text) => { if (status.textContent !== text) status.textContent = text; };
    const save = (extra) => {
      clearTimeout(timer);
      if (isOver || box.value === saved) return;
      if (sending) { waits = true; return; }
      sending = true;
      const text = box.value;
      call("PUT", form.dataset.draft, { body: text, revision: Number(revision.value), version: Number(version.value) }, extra)
        .then((answer) => answer.json().then((found) => {
          if (answer.ok) {
            saved = text;
            revision.value = found.revision;
            say(form.dataset.saved.replace("{}", new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })));
          } else if (answer.status === 409) {
            isOver = true;
            say(found.current.revision ? form.dataset.stale : form.dataset.gone);
          } else throw new Error(answer.status);
        }))
        .catch(() => { say(form.dataset.unsaved); timer = setTimeout(save, AGAIN); })
        .finally(() => { sending = false; if (waits) { waits = false; save(); } });
    };
    box.addEventListener("input", () => { typedAt = Date.now(); clearTimeout(timer); timer = setTimeout(save, PAUSE); });
    form.addEventListener("submit", () => { clearTimeout(timer); isOver = true; });
    window.addEventListener("pageshow", () => { isOver = false; });
    document.addEventListener("visibilitychange", () => { if (document.hidden) save({ keepalive: true }); });
    form.addEventListener("ventanilla:save", () => save());
  });

  const here = document.querySelector("[data-presence]");
  if (!here) return;
  const beat = () => {
    if (document.hidden) return;
    const activity = Date.now() - typedAt < STILL_WRITING && typedAt ? "answering" : "viewing";
    call("POST", here.dataset.presence, { activity }).then((answer) => (answer.ok ? answer.json() : null)).then((found) => {
      if (!found) return;
      const tags = found.others.map((one) => {
        const tag = document.createElement("span");
        tag.className = one.activity === "answering" ? "tag warn" : "tag";
        tag.textContent = here.dataset[one.activity].replace("{}", one.full_name);
        return tag;
      });
      const text = tags.map((tag) => tag.textContent).join();
      if (text !== here.dataset.shown) { here.dataset.shown = text; here.replaceChildren(...tags.flatMap((tag) => [tag, " "])); }
    }).catch(() => { /* no link: the next beat tries again */ });
  };
  setInterval(beat, BEAT);
  document.addEventListener("visibilitychange", beat);
  let told = 0;
  document.addEventListener("input", (event) => { if (event.target.closest("form[data-draft]") && Date.now() - told > BEAT) { told = Date.now(); beat(); } });
  window.addEventListener("pagehide", () => { call("DELETE", here.dataset.presence, undefined, { keepalive: true }); });
})();
