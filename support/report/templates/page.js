"use strict";
// Without this the page says the same: it only finds, filters, and moves by the arrow keys.
(() => {
  const form = document.querySelector(".filter");
  const search = document.getElementById("search");
  const chips = [...form.querySelectorAll(".chip")];
  const features = [...document.querySelectorAll(".feature")].map((element) => ({
    element,
    rows: [...element.querySelectorAll(".criterion")].map((row) => ({
      element: row,
      verdict: row.dataset.verdict,
      text: row.firstElementChild.textContent.toLowerCase(),
    })),
  }));
  const total = features.reduce((sum, feature) => sum + feature.rows.length, 0);
  const pressed = () => chips.filter((chip) => chip.getAttribute("aria-pressed") === "true").map((chip) => chip.dataset.verdict);

  function filter() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const wanted = pressed();
    let found = 0;
    for (const { element, rows } of features) {
      let any = rows.length === 0 && !words.length && !wanted.length;
      for (const row of rows) {
        const fits = (!wanted.length || wanted.includes(row.verdict)) && words.every((word) => row.text.includes(word));
        row.element.hidden = !fits;
        any ||= fits;
        found += fits;
      }
      element.hidden = !any;
    }
    form.querySelector(".found").textContent = words.length || wanted.length ? `${found} of ${total} shown` : "";
  }

  function clear() {
    search.value = "";
    chips.forEach((chip) => chip.setAttribute("aria-pressed", "false"));
    filter();
  }

  // A link to a criterion opens it, also where the filter hides it.
  function follow() {
    const row = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!row || !row.classList.contains("criterion")) return;
    if (row.hidden) clear();
    row.open = true;
    row.scrollIntoView();
    row.firstElementChild.focus({ preventScroll: true });
  }

  form.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  search.addEventListener("input", filter);
  search.addEventListener("keydown", (event) => {
    if (event.key === "Escape") clear();
  });
  chips.forEach((chip) =>
    chip.addEventListener("click", () => {
      chip.setAttribute("aria-pressed", String(chip.getAttribute("aria-pressed") !== "true"));
      filter();
    }),
  );
  // Up and down, Home and End go from one criterion to the next while one of them has the focus.
  document.getElementById("criteria").parentElement.addEventListener("keydown", (event) => {
    const row = event.target.closest("summary")?.parentElement;
    const step = { ArrowDown: 1, ArrowUp: -1, Home: -total, End: total }[event.key];
    if (!step || !row?.classList.contains("criterion")) return;
    const shown = features.flatMap((feature) => feature.rows.map((each) => each.element)).filter((each) => !each.hidden);
    const next = shown[Math.min(Math.max(shown.indexOf(row) + step, 0), shown.length - 1)];
    next.firstElementChild.focus();
    event.preventDefault();
  });
  window.addEventListener("hashchange", follow);
  // Once more when all is there: browsers themselves go to what a link names, and take the focus away.
  if (location.hash) {
    follow();
    window.addEventListener("load", () => requestAnimationFrame(follow));
  }
})();
