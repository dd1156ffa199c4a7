// Small comforts on top of pages that work without them: focus, double presses, drafts, keys.
"use strict";

(() => {
  const all = (selector, root = document) => Array.from(root.querySelectorAll(selector));

  // What happened is read first: the last message or the list of errors takes the focus.
  all("[data-focus]").slice(0, 1).forEach((message) => message.focus());

  // A second press while the first is under way does nothing (the server would not mind either).
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method === "dialog" || event.defaultPrevented) return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "yes";
    all("button", form).forEach((button) => button.setAttribute("aria-disabled", "true"));
  });
  // Coming back with the browser's button: forms can be sent again.
  window.addEventListener("pageshow", () => {
    all("form[data-sent]").forEach((form) => {
      delete form.dataset.sent;
      all("button", form).forEach((button) => button.removeAttribute("aria-disabled"));
    });
  });

  // Opinions save themselves: to the server after a pause, and to this tab at once for a lost network.
  all("form[data-draft-url]").forEach((form) => {
    const text = form.querySelector("[data-draft]") || form.querySelector("textarea[name=opinion]");
    const state = form.querySelector("[data-draft-state]");
    if (!text) return;
    const url = form.dataset.draftUrl;
    const key = "draft:" + url;
    const token = form.querySelector("input[name=csrf_token]");
    const say = (name, time) => { if (state) state.textContent = (state.dataset[name] || "") + (time || ""); };
    let waiting = 0;
    const kept = sessionStorage.getItem(key);
    if (kept && !text.value) { text.value = kept; say("restored"); }
    const save = async () => {
      const body = new URLSearchParams({ [text.name]: text.value, text: text.value });
      try {
        const answer = await fetch(url, {
          method: "POST", body, credentials: "same-origin",
          headers: { "X-CSRFToken": token ? token.value : "", Accept: "application/json" },
        });
        if (!answer.ok) throw new Error(String(answer.status));
        const now = new Date();
        say("saved", " " + String(now.getHours()).padStart(2, "0") + ":" + String(now.getMinutes()).padStart(2, "0"));
      } catch { say("failed"); }
    };
    text.addEventListener("input", () => {
      sessionStorage.setItem(key, text.value);
      clearTimeout(waiting);
      waiting = setTimeout(save, 1500);
    });
    form.addEventListener("submit", (event) => {
      clearTimeout(waiting);
      if (!event.defaultPrevented) sessionStorage.removeItem(key);
    });
  });

  // Keys. They can be switched off in their own list, for people who speak to their computer.
  const list = document.getElementById("keys");
  if (!list) return;
  const off = () => localStorage.getItem("keys") === "off";
  const toggle = list.querySelector("[data-keys-toggle]");
  const label = () => { if (toggle) toggle.textContent = off() ? toggle.dataset.on : toggle.dataset.off; };
  if (toggle) toggle.addEventListener("click", () => { localStorage.setItem("keys", off() ? "on" : "off"); label(); });
  label();
  all("[data-keys-open]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", () => list.showModal());
  });
  const titles = () => all("main .lines .title a, main .lines a.title, main table .title a, main .title[href]");
  const step = (by) => {
    const links = titles();
    if (!links.length) return;
    const next = Math.min(links.length - 1, Math.max(0, links.indexOf(document.activeElement) + by));
    links[next].focus();
  };
  let going = false;
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || list.open || off()) return;
    if (event.target.closest("input, textarea, select, [contenteditable]")) return;
    if (going && /^[1-9]$/.test(event.key)) {
      const link = all(".rail a")[Number(event.key) - 1];
      if (link) { event.preventDefault(); link.click(); }
    } else if (event.key === "?" || event.key === "？") { event.preventDefault(); list.showModal(); }
    else if (event.key === "j") step(1);
    else if (event.key === "k") step(-1);
    else if (event.key === "/") {
      const search = document.querySelector("input[type=search]");
      if (search) { event.preventDefault(); search.focus(); }
    }
    going = event.key === "g";
  });
})();
