// Comforts of the work pages; every page works without them.
"use strict";

(function () {
  // --- reading tabs: anchors become tabs, all parts stay in the page
  function tabs(nav) {
    var links = Array.prototype.slice.call(nav.querySelectorAll("a[href^='#']"));
    var parts = links.map(function (link) { return document.getElementById(link.hash.slice(1)); });
    if (links.length < 2 || parts.indexOf(null) >= 0) return;
    nav.parentNode.classList.add("with-tabs");
    nav.querySelector("ul").setAttribute("role", "tablist");
    if (nav.getAttribute("aria-label")) nav.querySelector("ul").setAttribute("aria-label", nav.getAttribute("aria-label"));
    nav.setAttribute("role", "presentation");
    nav.removeAttribute("aria-label");
    links.forEach(function (link, index) {
      link.parentNode.setAttribute("role", "presentation");
      link.setAttribute("role", "tab");
      link.id = "tab-" + parts[index].id;
      link.setAttribute("aria-controls", parts[index].id);
      parts[index].setAttribute("role", "tabpanel");
      parts[index].setAttribute("aria-labelledby", link.id);
      parts[index].tabIndex = 0;
      link.addEventListener("click", function (event) { event.preventDefault(); show(index); });
      link.addEventListener("keydown", function (event) {
        var step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
        if (!step) return;
        event.preventDefault();
        show((index + step + links.length) % links.length).focus();
      });
    });
    function show(chosen) {
      links.forEach(function (link, index) {
        link.setAttribute("aria-selected", String(index === chosen));
        link.tabIndex = index === chosen ? 0 : -1;
        parts[index].hidden = index !== chosen;
      });
      return links[chosen];
    }
    var asked = parts.map(function (part) { return "#" + part.id; }).indexOf(location.hash);
    show(asked < 0 ? 0 : asked);
  }

  // --- common phrases go into the opinion where the cursor stands
  function phrases(box) {
    var text = document.getElementById(box.dataset.phrases);
    box.hidden = false;
    box.addEventListener("click", function (event) {
      var phrase = event.target.dataset && event.target.dataset.phrase;
      if (!phrase) return;
      text.setRangeText(phrase, text.selectionStart, text.selectionEnd, "end");
      text.focus();
      text.dispatchEvent(new Event("input", { bubbles: true }));
    });
  }

  // --- a matter of the catalogue brings its column along; a column typed by hand stays
  function column(choice) {
    var field = document.getElementById("column");
    if (!field) return;
    function told() { var one = choice.selectedOptions[0]; return (one && one.dataset.column) || ""; }
    var before = told();
    choice.addEventListener("change", function () {
      if (!field.value || field.value === before) field.value = told() || field.value;
      before = told();
    });
  }

  // --- leaving the editor with unsaved words asks once
  function guard(form) {
    var changed = false;
    form.addEventListener("input", function () { changed = true; });
    form.addEventListener("submit", function (event) { if (!event.defaultPrevented) changed = false; });
    form.addEventListener("sent", function () { changed = false; });
    window.addEventListener("beforeunload", function (event) { if (changed) event.preventDefault(); });
  }

  // --- a diagram begins where the case stands
  function centre(box) {
    var active = box.querySelector(".is-active");
    if (!active) return;
    function move() {
      var here = active.getBoundingClientRect(), frame = box.getBoundingClientRect();
      box.scrollLeft += here.left - frame.left - (frame.width - here.width) / 2;
      box.scrollTop += here.top - frame.top - (frame.height - here.height) / 2;
    }
    move();
    var panel = box.closest("details");
    if (panel) panel.addEventListener("toggle", move);
  }

  // --- a page about work in progress follows it; when the work is done, the page is shown anew
  function live(box) {
    function look() {
      fetch(location.href, { headers: { Accept: "text/html" } })
        .then(function (answer) { return answer.ok ? answer.text() : ""; })
        .then(function (html) {
          var found = new DOMParser().parseFromString(html, "text/html").querySelector("[data-live]");
          if (html && !found) return location.reload();
          if (found) box.innerHTML = found.innerHTML;
          setTimeout(look, 2000);
        })
        .catch(function () { setTimeout(look, 5000); });
    }
    setTimeout(look, 1000);
  }

  function each(selector, act) { Array.prototype.forEach.call(document.querySelectorAll(selector), act); }
  each("[data-tabs]", tabs);
  each("[data-diagram]", centre);
  each("[data-live]", live);
  each("[data-phrases]", phrases);
  each("form[data-guard]", guard);
  each("select[name=catalogue_item]", column);
})();
