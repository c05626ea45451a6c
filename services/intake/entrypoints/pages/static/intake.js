/* Comforts only; every page works without this file. */
"use strict";
(function () {
  const $ = (selector) => document.querySelector(selector);

  // One press, one request. The hidden form token keeps a second one harmless anyway.
  document.querySelectorAll("form[data-once]").forEach((form) => {
    form.addEventListener("submit", (event) => {
      if (form.dataset.sent) { event.preventDefault(); return; }
      form.dataset.sent = "1";
      form.querySelectorAll("button").forEach((button) => button.setAttribute("aria-disabled", "true"));
    });
    window.addEventListener("pageshow", () => {
      delete form.dataset.sent;
      form.querySelectorAll("button").forEach((button) => button.removeAttribute("aria-disabled"));
    });
  });

  // The error summary takes the focus, so that it is read out and the keyboard starts there.
  const errors = $(".errors[tabindex]");
  if (errors) errors.focus();

  // A draft on this device: a lost link, an expired session or a power cut loses nothing. Kept for a week.
  const PREFIX = "ventanilla.draft.";
  const WEEK = 7 * 24 * 3600 * 1000;
  const store = (() => { try { return window.localStorage; } catch { return null; } })();
  const form = $("form[data-draft]");
  if (form && store) {
    const key = PREFIX + form.dataset.draft;
    const fields = [...form.querySelectorAll("textarea, input:not([type=hidden])")];
    const draft = JSON.parse(store.getItem(key) || "null");
    if (draft && Date.now() - draft.at < WEEK && fields.every((field) => !field.value)) {
      fields.forEach((field) => { field.value = draft.values[field.name] || ""; });
      $("#draft-notice").hidden = false;
      if (fields.some((field) => field.name !== "body" && field.value)) form.querySelector("details").open = true;
    }
    form.addEventListener("input", () => {
      const values = Object.fromEntries(fields.map((field) => [field.name, field.value]));
      try { store.setItem(key, JSON.stringify({ at: Date.now(), values })); } catch { /* full: the page still works */ }
    });
    $("#draft-discard").addEventListener("click", () => {
      store.removeItem(key);
      fields.forEach((field) => { field.value = ""; });
      $("#draft-notice").hidden = true;
      fields[0].focus();
    });
  }
  // Sent, or signed out on a machine that others may use: the draft goes.
  const forget = () => store && Object.keys(store).filter((k) => k.startsWith(PREFIX)).forEach((k) => store.removeItem(k));
  if ($("[data-sent]")) forget();
  document.querySelectorAll('form[action="/salir"]').forEach((leave) => leave.addEventListener("submit", forget));

  // Characters left, said only when they run out, so that it does not chatter.
  const body = $("#body"), count = $("#body-count");
  if (body && count) {
    const tell = () => {
      const left = body.maxLength - body.value.length;
      count.hidden = left > 500;
      count.textContent = count.dataset.text.replace("{}", left);
    };
    body.addEventListener("input", tell);
    tell();
  }

  // Municipalities while typing.
  const place = $("#municipality"), list = $("#municipalities");
  if (place && list) {
    let timer, last;
    place.addEventListener("input", () => {
      clearTimeout(timer);
      const typed = place.value.trim();
      if (typed.length < 3 || typed.endsWith(")") || typed === last) return;
      timer = setTimeout(() => {
        last = typed;
        fetch("/api/v1/municipalities?limit=10&q=" + encodeURIComponent(typed))
          .then((answer) => (answer.ok ? answer.json() : { items: [] }))
          .then(({ items }) => list.replaceChildren(...items.map((item) => new Option(item.label, item.label))))
          .catch(() => { /* no link: the list comes with the next step */ });
      }, 250);
    });
  }

  // The promised date of a receipt, as soon as there is one; asked ever more seldom.
  const promise = $("[data-poll]");
  const poll = (pause) => setTimeout(() => {
    fetch(promise.dataset.poll)
      .then((answer) => (answer.ok ? answer.text() : ""))
      .then((html) => {
        if (html.includes("<strong>")) promise.innerHTML = html;
        else if (pause < 60000) poll(pause * 1.5);
      })
      .catch(() => poll(Math.min(pause * 2, 60000)));
  }, pause);
  if (promise) poll(1000);
})();
