// Tabs that the keyboard moves between. Source: WAI-ARIA Authoring Practices, Tabs.

/** Makes a tablist work and returns select(tab). */
export function tabs(list) {
  const all = [...list.querySelectorAll("[role=tab]")];

  function select(chosen) {
    for (const tab of all) {
      const selected = tab === chosen;
      tab.ariaSelected = String(selected);
      tab.tabIndex = selected ? 0 : -1;
      document.getElementById(tab.getAttribute("aria-controls")).hidden = !selected;
    }
  }

  const moves = { ArrowRight: 1, ArrowLeft: -1, Home: -Infinity, End: Infinity };
  list.addEventListener("keydown", (event) => {
    const move = moves[event.key];
    if (!move) return;
    event.preventDefault();
    const from = all.indexOf(event.target);
    const to = Number.isFinite(move) ? (from + move + all.length) % all.length : move < 0 ? 0 : all.length - 1;
    select(all[to]);
    all[to].focus();
  });
  for (const tab of all) tab.addEventListener("click", () => select(tab));
  select(all[0]);
  return select;
}
