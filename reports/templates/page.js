// Filters the matrix and opens the panel of a cell.  All text reaches the page as text nodes.
"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const panel = document.getElementById("panel");
  const form = document.getElementById("filter");
  const NOT_ASKED = " ";
  const rank = new Map(Object.keys(data.verdicts).map((code, place) => [code, place]));

  function element(name, attributes = {}, ...children) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  }

  // Strips

  function strip(codes) {
    const made = [];
    for (const [letters] of codes.matchAll(/(.)\1*/g)) {
      const [name, symbol] = data.verdicts[letters[0]] ?? ["none", "\u00a0"];
      made.push(element("span", { class: `v-${name}` }, symbol.repeat(letters.length)));
    }
    return made;
  }

  function worst(strips) {
    return data.facets
      .map((_, place) => {
        const codes = strips.map((codes) => codes[place]).filter((code) => code !== NOT_ASKED);
        return codes.length ? codes.reduce((a, b) => (rank.get(a) <= rank.get(b) ? a : b)) : NOT_ASKED;
      })
      .join("");
  }

  function badge(code) {
    const [name, symbol] = data.verdicts[code];
    return element(
      "span", { class: `badge v-${name}` }, element("b", { "aria-hidden": "true" }, symbol), ` ${name}`,
    );
  }

  // Filter

  const lines = [...document.querySelectorAll("tr[data-row]")].map((line) => ({
    line,
    row: data.rows[line.dataset.row],
    buttons: [...line.querySelectorAll(".strip")],
  }));

  function passes(codes, verdict, facet) {
    const places = facet === "" ? [...codes] : [codes[facet]];
    if (verdict === "") return places.some((code) => code !== NOT_ASKED);
    const wanted = verdict === "bad" ? data.bad : [verdict];
    return places.some((code) => wanted.includes(code));
  }

  function filter() {
    const { text, verdict, facet, source, dtype } = Object.fromEntries(new FormData(form));
    const words = text.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const { line, row, buttons } of lines) {
      const name = row.name.toLowerCase();
      let fits = false;
      for (const button of buttons) {
        const groups = row.cells[button.dataset.column].groups.filter(
          (group) => (!source || group[0] === source) && (!dtype || group[1] === dtype),
        );
        const codes = worst(groups.map((group) => group[3]));
        if (button.codes !== codes) {
          button.replaceChildren(...strip(codes));
          button.codes = codes;
        }
        fits ||= passes(codes, verdict, facet);
      }
      line.hidden = !(fits && words.every((word) => name.includes(word)));
      shown += !line.hidden;
    }
    document.getElementById("shown").value = `${shown} of ${lines.length} rows`;
  }

  if (form) {
    form.addEventListener("input", filter);
    form.addEventListener("reset", () => setTimeout(filter));
    form.addEventListener("submit", (event) => event.preventDefault());
    filter();
  }

  // Panel

  function copyButton(text) {
    const button = element("button", { type: "button", class: "copy" }, "Copy");
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(text);
        button.textContent = "Copied";
      } catch {
        // No permission: select the text, so that one key copies it.
        getSelection().selectAllChildren(button.closest("h4").nextElementSibling);
        button.textContent = "Selected: press Ctrl+C";
      }
      setTimeout(() => { button.textContent = "Copy"; }, 2000);
    });
    return button;
  }

  function block(title, text, other) {
    const pre = element("pre", { tabindex: "0" });
    if (other === undefined) pre.append(text);
    else pre.append(...marked(text, other));
    return [element("h4", {}, title, copyButton(text)), pre];
  }

  // Marks, line by line, what lies between the common beginning and end of both sides.
  function marked(text, other) {
    const mine = text.split("\n");
    const theirs = other.split("\n");
    const made = [];
    mine.forEach((line, number) => {
      const against = theirs[number] ?? "";
      let start = 0;
      while (start < line.length && line[start] === against[start]) start += 1;
      let end = 0;
      const most = Math.min(line.length, against.length) - start;
      while (end < most && line.at(-1 - end) === against.at(-1 - end)) end += 1;
      const middle = line.slice(start, line.length - end);
      made.push(line.slice(0, start));
      if (middle && line !== against) made.push(element("mark", {}, middle));
      else made.push(middle);
      made.push(line.slice(line.length - end), number + 1 < mine.length ? "\n" : "");
    });
    return made;
  }

  function detail([facet, code, id, ratio, texts]) {
    const text = Object.fromEntries(Object.entries(texts).map(([key, n]) => [key, data.texts[n]]));
    const made = element("article", { class: "detail", "data-facet": data.facets[facet] });
    made.append(
      element("h3", {}, badge(code), ` ${data.facets[facet]} `, element("code", {}, data.texts[id])),
    );
    for (const key of ["reason", "message"]) {
      if (text[key]) made.append(element("p", { class: "message" }, text[key]));
    }
    if (ratio !== null) {
      made.append(element("p", { class: "note" }, `measured error ÷ bound: ${ratio}`));
    }
    if (text.expected !== undefined || text.actual !== undefined) {
      const left = element("div", {}, ...block("The oracle saw", text.expected ?? "", text.actual ?? ""));
      const right = element("div", {}, ...block("The subject saw", text.actual ?? "", text.expected ?? ""));
      made.append(element("div", { class: "sides" }, left, right));
    }
    if (text.reproducer) made.append(...block("Reproducer: runs on its own", text.reproducer));
    else if (text.program) made.append(...block("Program", text.program));
    return made;
  }

  function table(caption, heads, rows) {
    const head = element("tr", {}, ...heads.map((text) => element("th", { scope: "col" }, text)));
    const body = rows.map((cells) =>
      element("tr", {}, ...cells.map((cell, n) =>
        element(n ? "td" : "th", n ? {} : { scope: "row" }, ...[cell].flat()))));
    return element("div", { class: "scroll" }, element(
      "table", {}, element("caption", {}, caption),
      element("thead", {}, head), element("tbody", {}, ...body),
    ));
  }

  function counted(counts) {
    return Object.entries(counts)
      .sort(([a], [b]) => rank.get(a) - rank.get(b))
      .flatMap(([code, count]) => [badge(code), ` ${count.toLocaleString("en")}  `]);
  }

  function totals(counts) {
    const sums = {};
    for (const facet of counts) {
      for (const [code, count] of Object.entries(facet)) sums[code] = (sums[code] ?? 0) + count;
    }
    return sums;
  }

  function open(rowNumber, column, facet) {
    const row = data.rows[rowNumber];
    const cell = row?.cells[column];
    if (!cell) return;
    const close = element("button", { type: "button", class: "close" }, "Close");
    close.addEventListener("click", () => panel.close());
    const tables = [
      table("Verdicts by facet", ["Facet", "Comparisons"],
        data.facets.flatMap((name, n) => (Object.keys(cell.counts[n]).length ? [[name, counted(cell.counts[n])]] : []))),
      table("By source and dtype", ["Source", "dtype", "Cases", "Facets"],
        cell.groups.map(([source, dtype, cases, codes]) =>
          [source, dtype, String(cases), element("span", { class: "strip" }, ...strip(codes))])),
    ];
    panel.replaceChildren(
      close,
      element("h2", { id: "panel-title" }, row.name),
      element("p", { class: "note" }, data.columns[column]),
      element("p", { class: "totals" }, ...counted(totals(cell.counts))),
      element("details", {}, element("summary", {}, "By facet, source and dtype"),
        element("div", { class: "tables" }, ...tables)),
    );
    const details = cell.details.map(detail);
    panel.append(...details);
    if (cell.left) {
      panel.append(element("p", { class: "note" }, `${cell.left.toLocaleString("en")} more that did not pass are in the record.`));
    }
    if (!details.length) {
      const [id, text] = row.example;
      panel.append(element("h3", {}, "One of its programs ", element("code", {}, data.texts[id])),
        ...block("Program", data.texts[text]));
    }
    if (!panel.open) panel.showModal();
    panel.scrollTop = 0;
    const wanted = facet && details.find((made) => made.dataset.facet === facet);
    if (wanted) wanted.scrollIntoView();
    history.replaceState(null, "", `#cell=${rowNumber},${column}`);
  }

  document.querySelector("main").addEventListener("click", (event) => {
    const button = event.target.closest("button[data-column]");
    if (!button) return;
    const row = button.dataset.row ?? button.closest("tr").dataset.row;
    open(row, button.dataset.column, button.dataset.facet);
  });
  panel.addEventListener("click", (event) => {
    if (event.target === panel) panel.close(); // the backdrop
  });
  panel.addEventListener("close", () => history.replaceState(null, "", "#"));

  // Arrow keys walk from strip to strip.
  document.querySelector("main").addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const here = event.target.closest(".strip");
    if (!step || !here) return;
    const visible = lines.filter(({ line }) => !line.hidden);
    const place = visible.findIndex(({ line }) => line === here.closest("tr"));
    for (let next = place + step; visible[next]; next += step) {
      const target = visible[next].buttons.find((b) => b.dataset.column === here.dataset.column);
      if (target) {
        event.preventDefault();
        target.focus();
        return;
      }
    }
  });

  const asked = location.hash.match(/^#cell=(\d+),(\d+)$/);
  if (asked) open(asked[1], asked[2]);
})();
