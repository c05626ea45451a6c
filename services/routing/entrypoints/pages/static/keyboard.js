/* The keys of the map at /atajos. Comforts only: everything they reach can be reached without them. */
"use strict";
(function () {
  const isOff = document.currentScript.hasAttribute("data-off");
  const closeText = document.currentScript.dataset.close;
  const $ = (selector) => document.querySelector(selector);
  const PLACES = { c: "/casos", r: "/revision", d: "/borradores", m: "/menciones", b: "/biblioteca", s: "/supervision" };
  const TARGETS = {
    r: "#answer", a: "#clarification", n: "#note", t: "#topic, #other-topic", p: "#asignacion select, #asignacion button", m: "#macro-item",
    i: "#item-respuesta", c: "#outcome, #close-note", e: "form[action$='/revision/aprobar'] button", d: "#comment",
  };
  let isGoing = false;

  const reach = (element) => {
    if (!element) return;
    const fold = element.closest("details");
    if (fold) fold.open = true;
    element.scrollIntoView({ block: "center" });
    element.focus();
  };
  const isTyping = (element) => element.isContentEditable || /^(textarea|select)$/i.test(element.tagName) ||
    (/^input$/i.test(element.tagName) && !/^(button|submit|reset|checkbox|radio)$/i.test(element.type));

  const move = (step) => {
    const links = [...document.querySelectorAll(".case a.case-title")];
    if (!links.length) return;
    const at = links.indexOf(document.activeElement);
    reach(links[at < 0 ? (step > 0 ? 0 : links.length - 1) : Math.min(Math.max(at + step, 0), links.length - 1)]);
  };

  const showMap = () => {
    const open = $("#keyboard-dialog");
    if (open) { if (!open.open) open.showModal(); return; }
    fetch("/atajos").then((answer) => answer.text()).then((html) => {
      const map = new DOMParser().parseFromString(html, "text/html").querySelector("#shortcut-map");
      if (!map || $("#keyboard-dialog")) return;
      const dialog = document.createElement("dialog"), close = document.createElement("button");
      dialog.id = "keyboard-dialog";
      dialog.setAttribute("aria-labelledby", "shortcut-title");
      close.textContent = closeText;
      close.className = "secondary";
      close.addEventListener("click", () => dialog.close());
      dialog.append(close, document.importNode(map, true));
      document.body.append(dialog);
      dialog.showModal();
      close.focus();
    }).catch(() => { location.href = "/atajos"; });
  };

  document.addEventListener("keydown", (event) => {
    const target = event.target;
    if ((event.ctrlKey || event.metaKey) && target.form && isTyping(target)) {
      if (event.key === "Enter") { event.preventDefault(); target.form.requestSubmit(); }
      if (event.key.toLowerCase() === "s" && target.form.dataset.draft) { event.preventDefault(); target.form.dispatchEvent(new Event("ventanilla:save")); }
      return;
    }
    if (event.key === "Escape" && isTyping(target)) { target.blur(); return; }
    if (isOff || event.ctrlKey || event.metaKey || event.altKey || isTyping(target) || event.defaultPrevented || $("dialog[open]")) return;
    const key = event.key;
    if (isGoing) {
      isGoing = false;
      if (PLACES[key]) { event.preventDefault(); location.href = PLACES[key]; }
      return;
    }
    const act = () => { event.preventDefault(); return true; };
    if (key === "?") { act(); showMap(); }
    else if (key === "g") { isGoing = act(); setTimeout(() => { isGoing = false; }, 1500); }
    else if (key === "/") { const search = $("input[type=search]"); if (search) { act(); reach(search); } }
    else if (key === "j" || key === "k") { act(); move(key === "j" ? 1 : -1); }
    else if (key === "u" && $(".split")) { act(); location.href = "/casos"; }
    else if (key === "v" && $("#revision a")) { act(); $("#revision a").click(); }
    else if (/^[1-9]$/.test(key)) { const choice = document.querySelectorAll(".candidates button")[key - 1]; if (choice) { act(); choice.click(); } }
    else if (TARGETS[key] && $(TARGETS[key])) { act(); reach($(TARGETS[key])); }
  });
})();
