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
      const sent = { body: text, revision: Number(revision.value), version: Number(version.value) };
      if (form.querySelector("#citations")) {
        sent.citations = [...form.querySelectorAll("input[name=cite]")].map((one, at) => {
          const reason = form.elements["cite_reason_" + at];
          return { ...JSON.parse(one.value), reason: reason ? reason.value : "" };
        });
      }
      call("PUT", form.dataset.draft, sent, extra)
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

  document.querySelectorAll("button[data-insert]").forEach((button) => button.addEventListener("click", (event) => {
    if (!button.dataset.insert) return;
    event.preventDefault();
    const form = button.form, box = form.querySelector("textarea"), status = form.querySelector("[data-draft-status]");
    call("GET", button.dataset.insert + form.elements.item.value).then((answer) => (answer.ok ? answer.json() : Promise.reject(answer.status)))
      .then(({ text, places }) => {
        const at = box.selectionEnd, before = box.value.slice(0, at);
        const glue = before && !before.endsWith("\n") ? "\n\n" : "";
        box.setRangeText(glue + text, at, at, "end");
        box.dispatchEvent(new Event("input", { bubbles: true }));
        box.focus();
        if (places.length) {
          const from = box.value.indexOf(places[0], at);
          if (from >= 0) box.setSelectionRange(from, from + places[0].length);
          status.textContent = button.dataset.left.replace("{}", places.join(" "));
        }
      }).catch(() => { button.removeAttribute("data-insert"); button.form.requestSubmit(button); });
  }));

  // Colleagues while typing @ in a note: a list below the box, arrows and Enter to choose, Escape to leave it.
  document.querySelectorAll("form[data-colleagues]").forEach((form) => {
    const box = form.querySelector("textarea");
    let people = null, list = null, at = 0;
    const close = () => { if (list) { list.remove(); list = null; } ["aria-controls", "aria-activedescendant"].forEach((name) => box.removeAttribute(name)); };
    const typed = () => (box.value.slice(0, box.selectionStart).match(/(?:^|[\s(])@([\w.+-]*)$/) || [])[1];
    const choose = (person) => {
      const end = box.selectionStart, start = end - typed().length;
      box.setRangeText(person.handle + " ", start, end, "end");
      box.dispatchEvent(new Event("input", { bubbles: true }));
      close();
    };
    const mark = (step) => {
      const items = [...list.children];
      at = (at + step + items.length) % items.length;
      items.forEach((item, index) => item.setAttribute("aria-selected", index === at));
      box.setAttribute("aria-activedescendant", items[at].id);
    };
    const show = () => {
      close();
      const word = typed();
      if (word === undefined || !people) return;
      const fold = (text) => text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
      const found = people.filter((one) => fold(one.handle + " " + one.full_name).includes(fold(word))).slice(0, 6);
      if (!found.length) return;
      list = document.createElement("ul");
      list.id = "colleagues"; list.className = "colleagues"; list.setAttribute("role", "listbox");
      list.setAttribute("aria-label", box.labels[0].textContent);
      found.forEach((person, index) => {
        const item = document.createElement("li");
        item.id = "colleague-" + index; item.setAttribute("role", "option");
        item.textContent = "@" + person.handle + " · " + person.full_name;
        item.addEventListener("mousedown", (event) => { event.preventDefault(); choose(person); });
        list.append(item);
      });
      list.people = found;
      box.after(list);
      box.setAttribute("aria-controls", "colleagues");
      at = 0; mark(0);
    };
    box.addEventListener("input", () => {
      if (typed() !== undefined && !people) { call("GET", form.dataset.colleagues).then((answer) => answer.json()).then((found) => { people = found; show(); }).catch(() => {}); }
      else show();
    });
    box.addEventListener("keydown", (event) => {
      if (!list) return;
      if (event.key === "ArrowDown" || event.key === "ArrowUp") { event.preventDefault(); mark(event.key === "ArrowDown" ? 1 : -1); }
      else if ((event.key === "Enter" && !event.ctrlKey) || event.key === "Tab") { event.preventDefault(); choose(list.people[at]); }
      else if (event.key === "Escape") { event.stopPropagation(); close(); }
    });
    box.addEventListener("blur", close);
  });

  // A citation while it is typed: how it is read, whether its norm is in force, and the norms it may mean.
  document.querySelectorAll("input[data-citation]").forEach((box) => {
    const told = box.form.querySelector("[data-cite-told]");
    let timer, asked = 0;
    const ask = () => {
      const typed = box.value.trim(), number = ++asked;
      if (typed.length < 3) { told.replaceChildren(); return; }
      call("GET", box.dataset.citation + "?text=" + encodeURIComponent(typed)).then((answer) => (answer.ok ? answer.json() : null)).then((found) => {
        if (!found || number !== asked) return;
        if (found.citation) { told.textContent = told.dataset.as.replace("{}", found.citation.text + " · " + found.validity_text); return; }
        const list = document.createElement("ul");
        list.className = "suggested";
        found.suggestions.forEach((one) => {
          const item = document.createElement("li"), button = document.createElement("button");
          button.type = "button"; button.className = "link";
          button.textContent = one.text + " · " + one.title + " · " + one.validity_text;
          button.addEventListener("click", () => { box.value = one.text; box.focus(); ask(); });
          item.append(button); list.append(item);
        });
        if (found.suggestions.length) told.replaceChildren(list); else told.textContent = found.problem || "";
      }).catch(() => { /* no link: the button asks again */ });
    };
    box.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(ask, 250); });
  });

  // Files are attached as soon as they are chosen; the button is for browsers without scripts.
  document.querySelectorAll("input[data-attach]").forEach((box) => box.addEventListener("change", () => {
    if (box.files.length) box.form.requestSubmit(box.form.querySelector("[data-attach-press]"));
  }));

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
