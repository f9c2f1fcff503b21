// What readers do with report.html and summary.html: sort tables, and open folds by a link to what
// is in them, or to print.
(() => {
  // Every header becomes a button; the order is kept within each tbody.
  function number(text) {
    const found = text.replaceAll(",", "").match(/-?\d+(\.\d+)?/);
    return found && !/^[^\d-]*[a-z]{3}/i.test(text) ? Number(found[0]) : NaN;
  }

  function compare(one, other) {
    const [a, b] = [number(one), number(other)];
    if (Number.isNaN(a) || Number.isNaN(b)) return one.localeCompare(other);
    return a - b;
  }

  function sort(table, header, column) {
    const descending = header.getAttribute("aria-sort") !== "descending";
    const text = (row) => row.cells[column]?.textContent.trim() ?? "";
    for (const body of table.tBodies) {
      const rows = [...body.rows];
      const told = rows.filter(text).sort((a, b) => compare(text(a), text(b)));
      if (descending) told.reverse();
      body.append(...told, ...rows.filter((row) => !text(row))); // empty cells come last
    }
    for (const other of header.parentNode.cells) other.removeAttribute("aria-sort");
    header.setAttribute("aria-sort", descending ? "descending" : "ascending");
  }

  for (const table of document.querySelectorAll("table:has(thead)")) {
    [...table.tHead.rows[0].cells].forEach((header, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...header.childNodes);
      header.append(button);
      button.addEventListener("click", () => sort(table, header, column));
    });
  }

  function open() {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    for (let fold = target.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
    target.scrollIntoView();
  }
  addEventListener("hashchange", open);
  open();

  const opened = new Set();
  addEventListener("beforeprint", () => {
    for (const fold of document.querySelectorAll("details:not([open])")) { fold.open = true; opened.add(fold); }
  });
  addEventListener("afterprint", () => {
    for (const fold of opened) fold.open = false;
    opened.clear();
  });
})();
