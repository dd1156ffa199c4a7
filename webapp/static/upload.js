// Forms that carry files: progress while they are sent, nothing lost when the network is. They work without.
"use strict";

(() => {
  // What was typed stays in this tab until it was saved, also over a crash or a closed lid.
  function keep(form) {
    const base = form.querySelector("input[name=base_version]");
    const key = "form:" + location.pathname + ":" + (base ? base.value : "");
    const texts = () => Array.from(form.elements).filter((one) =>
      one.name && (one.tagName === "TEXTAREA" || (one.tagName === "INPUT" && one.type === "text")));
    const told = sessionStorage.getItem(key);
    const kept = told ? JSON.parse(told) : {};
    const differs = texts().some((one) => one.name in kept && kept[one.name] !== one.value);
    const offer = form.querySelector("[data-restore]");
    if (differs && offer) {
      offer.hidden = false;
      offer.querySelector("[data-yes]").addEventListener("click", () => {
        texts().forEach((one) => { if (one.name in kept) one.value = kept[one.name]; });
        offer.hidden = true;
        form.dispatchEvent(new Event("input", { bubbles: true }));
      });
      offer.querySelector("[data-no]").addEventListener("click", () => {
        sessionStorage.removeItem(key);
        offer.hidden = true;
      });
    } else { sessionStorage.removeItem(key); }
    let waiting = 0;
    form.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(() => {
        const now = {};
        texts().forEach((one) => { now[one.name] = one.value; });
        try { sessionStorage.setItem(key, JSON.stringify(now)); } catch { /* full: the page itself still has it */ }
      }, 500);
    });
    return () => { clearTimeout(waiting); sessionStorage.removeItem(key); };
  }

  function send(form) {
    const box = form.querySelector("[data-sending]");
    if (!box || !window.FormData || !window.XMLHttpRequest) return;
    const forget = keep(form);
    const says = box.querySelector("[data-says]"), bar = box.querySelector("progress");
    const again = box.querySelector("[data-again]");
    let busy = false, pressed = null;

    form.addEventListener("submit", (event) => {
      if (event.defaultPrevented) return;
      event.preventDefault();
      if (busy) return;
      pressed = event.submitter;
      go();
    });
    again.addEventListener("click", go);

    function show(words, share) {
      box.hidden = false;
      says.textContent = words;
      if (share === null) bar.removeAttribute("value"); else bar.value = share;
    }

    function go() {
      busy = true;
      again.hidden = true;
      bar.hidden = false;
      const body = new FormData(form);
      if (pressed && pressed.name) body.append(pressed.name, pressed.value);
      const request = new XMLHttpRequest();
      request.open("POST", (pressed && pressed.hasAttribute("formaction") && pressed.formAction) || form.action || location.href);
      request.setRequestHeader("X-Upload", "progress");
      request.upload.addEventListener("progress", (event) => {
        if (!event.lengthComputable) return;
        const percent = Math.round(100 * event.loaded / event.total);
        if (percent < 100) show(box.dataset.sending.replace("{}", percent + "%"), percent);
        else show(box.dataset.saving, null);
      });
      request.addEventListener("load", () => {
        busy = false;
        if ((request.getResponseHeader("Content-Type") || "").indexOf("application/json") === 0) {
          forget();
          form.dispatchEvent(new Event("sent"));
          location.assign(JSON.parse(request.responseText).location);
          return;
        }
        if (request.status >= 500) return lost();
        form.dispatchEvent(new Event("sent"));
        document.open();
        document.write(request.responseText);
        document.close();
      });
      request.addEventListener("error", lost);
      request.addEventListener("timeout", lost);
      show(box.dataset.sending.replace("{}", "0%"), 0);
      request.send(body);
    }

    // The text and the chosen files are still in the page; a second press sends the same form once more,
    // and the server takes it only once.
    function lost() {
      busy = false;
      bar.hidden = true;
      again.hidden = false;
      show(box.dataset.lost, 0);
      form.dispatchEvent(new Event("input", { bubbles: true }));
      again.focus();
    }
  }

  document.querySelectorAll("form[data-upload]").forEach(send);
})();
