"use strict";

// Whatever comes from data enters the page by textContent. Rows and columns that are out of sight have no elements.

const ROW = 28;
const HEADS = 172;
const SPARE = 8;
const KINDS = {
  plan: ["Plan", "What a run would do. Nothing was written.", "to change"],
  audit: ["Audit", "What the tenants hold, against what is declared. Nothing was written.", "drifted"],
  provision: ["Provisioning", "What was done.", "changed"],
  rotation: ["Rotation of secrets", "What was done.", "changed"],
};
const ACTIONS = {
  c: ["create", "C", "created"],
  u: ["update", "U", "updated"],
  m: ["move", "M", "moved"],
  r: ["replace", "R", "replaced"],
  d: ["delete", "D", "deleted"],
  f: ["failed", "!", "failed"],
  x: ["undeclared", "?"],
  n: ["none", "\u00b7", "unchanged"],
  a: ["absent", ""],
};
const CODES = Object.fromEntries(Object.entries(ACTIONS).map(([code, [action]]) => [action, code]));
const WORDS = { none: "as declared", absent: "not declared and not there" };
const STATES = {
  changed: ["\u25b2", ""],
  failed: ["!", "failed"],
  not_reached: ["\u2013", "not reached"],
  unchanged: ["\u2713", "as declared"],
};

const byId = (id) => document.getElementById(id);
const overview = JSON.parse(byId("overview").textContent);
const { kind, summary, columns, tenants } = overview;
const indexOfHost = new Map(tenants.map((tenant, index) => [tenant.host, index]));
STATES.changed[1] = KINDS[kind][2];

// ---- small things

function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in made) made[name] = value;
    else made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child !== ""));
  return made;
}

// Characters that can't be seen, or that turn a line around, are shown by their number.
function visible(text) {
  return String(text).replace(
    /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufffe\uffff]|[\ud800-\udfff](?![\udc00-\udfff])/gu,
    (found) => `\\u{${found.codePointAt(0).toString(16)}}`,
  );
}

const number = (value) => Number(value).toLocaleString("en");
const counted = (count, one, many = `${one}s`) => `${number(count)} ${count === 1 ? one : many}`;

function duration(seconds) {
  if (seconds < 90) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
  return seconds < 5400 ? `${(seconds / 60).toFixed(0)} min` : `${(seconds / 3600).toFixed(1)} h`;
}

// A connection's place is its space and name; a space's is its name alone.
const placeName = ([space, name]) => visible(name === undefined ? space : `${space || "(personal space)"} / ${name}`);

function mark(action, letter) {
  return element("span", { className: `mark ${action}`, ariaHidden: "true", textContent: letter });
}

const actionMark = (action) => mark(action, ACTIONS[CODES[action] || "u"][1]);
const actionWord = (action) => WORDS[action] || action;

// ---- the matrix as data

const decoded = new Map();

// The state of each column of a tenant: `3a12nu` is 3 absent, 12 unchanged, 1 update, and the rest absent.
function cellsOf(index) {
  if (!decoded.has(index)) {
    if (decoded.size > 400) decoded.clear();
    let text = "";
    for (const [, count, code] of tenants[index].cells.matchAll(/(\d*)([a-z])/g)) text += code.repeat(Number(count || 1));
    decoded.set(index, text.padEnd(columns.length, "a"));
  }
  return decoded.get(index);
}

let details = null;
let known = null;

// What there is to say about a tenant. Its spaces and connections are written as numbers of what is known.
function detailsOf(index) {
  details ??= byId("details").textContent.split("\n");
  known ??= JSON.parse(byId("known").textContent);
  const more = JSON.parse(details[index]);
  for (const name of ["spaces", "connections"]) more[name] = more[name].map(unfold);
  return more;
}

function unfold([place, action, error, changes, sides]) {
  return { place: known[place], action: known[action], error: known[error], changes: known[changes], sides: sides.map((side) => known[side]) };
}

// ---- filters

const filters = byId("filters");
const view = { rows: [], columns: [] };
const active = { row: 0, column: -1 };
const DIFFERENT = /[cumrdfx]/;

function has(text, sought) {
  const lowered = text.toLowerCase();
  return sought.every((word) => lowered.includes(word));
}

const words = (name) => filters.elements[name].value.toLowerCase().split(/\s+/).filter(Boolean);

function filter() {
  const { region, state, differences } = filters.elements;
  const soughtTenant = words("tenant");
  const soughtConnection = words("connection");
  let rows = tenants.flatMap((tenant, index) => {
    const named = `${tenant.host} ${tenant.url} ${tenant.subscription} ${tenant.country}`;
    const wanted = (!region.value || tenant.region === region.value) && (!state.value || tenant.state === state.value);
    return wanted && has(named, soughtTenant) ? [index] : [];
  });
  let shown = columns.flatMap((place, index) => (has(`${place[0]} / ${place[1]}`, soughtConnection) ? [index] : []));
  if (differences.checked) {
    const different = new Set();
    rows = rows.filter((index) => {
      const cells = cellsOf(index);
      const found = DIFFERENT.test(cells) ? shown.filter((column) => DIFFERENT.test(cells[column])) : [];
      for (const column of found) different.add(column);
      const asAWhole = ["failed", "not_reached"].includes(tenants[index].state) || (tenants[index].state === "changed" && !soughtConnection.length);
      return found.length > 0 || asAWhole;
    });
    shown = shown.filter((column) => different.has(column));
  }
  view.rows = rows;
  view.columns = shown;
  active.row = Math.min(active.row, Math.max(0, rows.length - 1));
  active.column = Math.min(active.column, shown.length - 1);
  byId("shown").textContent = `${number(rows.length)} of ${counted(tenants.length, "tenant")}, ${number(shown.length)} of ${counted(columns.length, "connection")}`;
  for (const button of byId("tiles").querySelectorAll("button")) button.ariaPressed = String(button.value === state.value);
  layOut();
}

// ---- the matrix as elements

const grid = byId("grid");
const sizer = byId("sizer");
const rendered = new Map();
let renderedColumns = "";
let hostWidth = 0;
let heads = null;

function layOut() {
  hostWidth = innerWidth < 700 ? 170 : 300;
  sizer.style.setProperty("--host-width", `${hostWidth}px`);
  sizer.style.height = `${HEADS + view.rows.length * ROW}px`;
  sizer.style.width = `${hostWidth + view.columns.length * ROW + 12}px`;
  grid.ariaRowCount = String(view.rows.length + 1);
  grid.ariaColCount = String(view.columns.length + 1);
  renderedColumns = "";
  render();
}

function range(from, to, most, also) {
  const start = Math.max(0, Math.floor((from - SPARE) / SPARE) * SPARE);
  const end = Math.min(most, Math.ceil((to + SPARE) / SPARE) * SPARE);
  const found = Array.from({ length: Math.max(0, end - start) }, (_, offset) => start + offset);
  // The cell that has the focus stays, wherever it is scrolled to.
  if (also >= 0 && also < most && (also < start || also >= end)) found[also < start ? "unshift" : "push"](also);
  return found;
}

function render() {
  const focused = sizer.contains(document.activeElement);
  const shown = range((grid.scrollLeft) / ROW, (grid.scrollLeft + grid.clientWidth - hostWidth) / ROW, view.columns.length, active.column);
  const rows = range(grid.scrollTop / ROW, (grid.scrollTop + grid.clientHeight - HEADS) / ROW, view.rows.length, active.row);
  if (shown.join() !== renderedColumns) {
    renderedColumns = shown.join();
    rendered.clear();
    heads = makeHeads(shown);
    sizer.replaceChildren(heads);
  }
  const wanted = new Set(rows);
  for (const [row, made] of rendered) {
    if (!wanted.has(row)) {
      made.remove();
      rendered.delete(row);
    }
  }
  let previous = heads;
  for (const row of rows) {
    if (!rendered.has(row)) rendered.set(row, makeRow(row, shown));
    const made = rendered.get(row);
    if (previous.nextSibling !== made) previous.after(made);
    previous = made;
  }
  makeReachable();
  if (focused && !sizer.contains(document.activeElement)) activeElement()?.focus({ preventScroll: true });
}

function makeHeads(shown) {
  const corner = element("div", { className: "corner", role: "columnheader", textContent: "Tenant", "aria-colindex": "1" });
  const made = shown.map((column) => {
    const place = columns[view.columns[column]];
    const text = [element("em", { textContent: `${visible(place[0]) || "(personal)"}\u00a0/\u00a0` }), element("span", { textContent: visible(place[1]) })];
    const head = element("div", { className: "head", role: "columnheader", title: placeName(place), "aria-colindex": String(column + 2) }, ...text);
    head.style.left = `${hostWidth + column * ROW}px`;
    return head;
  });
  return element("div", { className: "row heads", role: "row", "aria-rowindex": "1" }, corner, ...made);
}

function makeRow(row, shown) {
  const index = view.rows[row];
  const tenant = tenants[index];
  const cells = cellsOf(index);
  const [letter, word] = STATES[tenant.state];
  const host = element(
    "div",
    { className: "host", role: "rowheader", tabIndex: -1, title: visible(tenant.host), "aria-colindex": "1" },
    mark(tenant.state, letter),
    element("span", { className: "name", textContent: visible(tenant.host) }),
    element("small", { textContent: tenant.differing ? number(tenant.differing) : "" }),
  );
  host.ariaLabel = `${visible(tenant.host)}, ${word}${tenant.differing ? `, ${counted(tenant.differing, "connection")} to look at` : ""}`;
  host.dataset.column = "-1";
  if (index === indexOfHost.get(tenantOfHash())) host.ariaCurrent = "true";
  const made = shown.map((column) => {
    const place = view.columns[column];
    const [action, sign] = ACTIONS[cells[place]];
    const cell = element("div", { className: "cell", role: "gridcell", tabIndex: -1, "aria-colindex": String(column + 2) });
    if (sign) cell.append(mark(action, sign));
    cell.ariaLabel = `${visible(tenant.host)}, ${placeName(columns[place])}: ${actionWord(action)}`;
    cell.dataset.column = String(column);
    cell.style.left = `${hostWidth + column * ROW}px`;
    return cell;
  });
  const whole = element("div", { className: "row", role: "row", "aria-rowindex": String(row + 2) }, host, ...made);
  whole.dataset.row = String(row);
  whole.style.top = `${HEADS + row * ROW}px`;
  return whole;
}

// ---- moving about in it

const cellAt = (row, column) => rendered.get(row)?.querySelector(`[data-column="${column}"]`);
const activeElement = () => cellAt(active.row, active.column);

function makeReachable() {
  for (const other of sizer.querySelectorAll('[tabindex="0"]')) other.tabIndex = -1;
  const cell = activeElement();
  if (cell) cell.tabIndex = 0;
}

function moveTo(row, column) {
  if (!view.rows.length) return;
  active.row = Math.max(0, Math.min(view.rows.length - 1, row));
  active.column = Math.max(-1, Math.min(view.columns.length - 1, column));
  bringIntoView();
  render();
  activeElement()?.focus({ preventScroll: true });
}

function bringIntoView() {
  const top = active.row * ROW;
  const height = grid.clientHeight - HEADS - ROW;
  if (top < grid.scrollTop) grid.scrollTop = top;
  else if (top > grid.scrollTop + height) grid.scrollTop = top - height;
  if (active.column < 0) return;
  const left = active.column * ROW;
  const width = grid.clientWidth - hostWidth - ROW;
  if (left < grid.scrollLeft) grid.scrollLeft = left;
  else if (left > grid.scrollLeft + width) grid.scrollLeft = left - width;
}

function positionOf(target) {
  const cell = target.closest?.("[data-column]");
  const row = cell?.closest("[data-row]");
  return row ? [Number(row.dataset.row), Number(cell.dataset.column)] : null;
}

function steps(event) {
  const page = Math.max(1, Math.floor((grid.clientHeight - HEADS) / ROW) - 1);
  const { row, column } = active;
  const whole = event.ctrlKey || event.metaKey;
  return {
    ArrowUp: [row - 1, column],
    ArrowDown: [row + 1, column],
    ArrowLeft: [row, column - 1],
    ArrowRight: [row, column + 1],
    PageUp: [row - page, column],
    PageDown: [row + page, column],
    Home: [whole ? 0 : row, -1],
    End: [whole ? view.rows.length - 1 : row, view.columns.length - 1],
  }[event.key];
}

grid.addEventListener("keydown", (event) => {
  if (event.altKey || event.shiftKey) return;
  const target = steps(event);
  if (target) moveTo(...target);
  else if (event.key === "Enter" || event.key === " ") follow();
  else return;
  event.preventDefault();
});

grid.addEventListener("focusin", (event) => {
  const position = positionOf(event.target);
  if (!position) return;
  [active.row, active.column] = position;
  makeReachable();
  tellWhere(event.target);
});

grid.addEventListener("click", (event) => {
  const position = positionOf(event.target);
  if (!position) return;
  moveTo(...position);
  follow();
});

grid.addEventListener("mouseover", (event) => tellWhere(event.target.closest("[data-column]")));

function tellWhere(cell) {
  if (cell) byId("where").textContent = cell.ariaLabel;
}

let scheduled = false;
grid.addEventListener("scroll", () => {
  if (scheduled) return;
  scheduled = true;
  requestAnimationFrame(() => {
    scheduled = false;
    render();
  });
});
addEventListener("resize", layOut);

// ---- a tenant's page

const page = byId("tenant");
let sought = -1;

function tenantOfHash() {
  const value = new URLSearchParams(location.hash.slice(1)).get("tenant");
  return value === "" ? null : value;
}

function follow() {
  const index = view.rows[active.row];
  sought = active.column < 0 ? -1 : view.columns[active.column];
  const hash = `#${new URLSearchParams({ tenant: tenants[index].host })}`;
  if (location.hash === hash) openPage();
  else location.hash = hash;
}

function closePage() {
  location.hash = "";
}

function openPage() {
  const host = tenantOfHash();
  const wasOpen = !page.hidden;
  page.hidden = host === null;
  document.body.classList.toggle("at-tenant", host !== null);
  document.title = `${host === null ? "" : `${visible(host)} \u2013 `}${byId("title").textContent}`;
  if (host !== null) {
    page.replaceChildren(...describe(host));
    page.scrollTop = 0;
    page.querySelector(".sought")?.scrollIntoView({ block: "nearest" });
    page.focus({ preventScroll: true });
  }
  layOut();
  if (host === null && wasOpen) {
    bringIntoView();
    render();
    activeElement()?.focus({ preventScroll: true });
  }
}

function describe(host) {
  const index = indexOfHost.get(host);
  const close = element("button", { type: "button", className: "close", textContent: "Close (Esc)", onclick: closePage });
  const top = element("div", { className: "top" }, element("h2", { id: "tenant-name", textContent: visible(host) }), close);
  if (index === undefined) return [top, element("p", { className: "message", textContent: "This report has no tenant of this name." })];
  const tenant = tenants[index];
  const more = detailsOf(index);
  return [
    top,
    facts(tenant, more),
    ...(more.error ? [element("p", { className: "message", textContent: visible(more.error) })] : []),
    ...more.warnings.map((warning) => element("p", { className: "message warning", textContent: visible(warning) })),
    ...entries("Connections that differ", more.connections, more.connections.length <= 30),
    ...entries("Spaces that differ", more.spaces, true),
    ...undeclaredTable(more.undeclared),
    ...asDeclared(index),
  ];
}

function facts(tenant, more) {
  const { reads, writes, retries, waited_seconds: waited, seconds } = tenant.requests;
  const asked = reads + writes;
  const lines = {
    State: STATES[tenant.state][1],
    Address: tenant.url,
    Region: tenant.region,
    Country: tenant.country,
    Subscription: tenant.subscription,
    Status: tenant.status,
    Requests: asked ? `${counted(reads, "read")}, ${counted(writes, "write")}, ${counted(retries, "retry", "retries")}` : "",
    Took: asked ? `${duration(seconds)}, of which ${duration(waited)} waiting for rate limits and retries` : "",
    "Plan digest": more.digest,
  };
  const shown = Object.entries(lines).filter(([, value]) => value);
  return element("dl", {}, ...shown.flatMap(([name, value]) => [element("dt", { textContent: name }), element("dd", { textContent: visible(value) })]));
}

function entries(title, list, open) {
  if (!list.length) return [];
  return [element("h3", { textContent: `${title} (${number(list.length)})` }), ...list.map((entry) => describeEntry(entry, open))];
}

function describeEntry(entry, open) {
  const action = entry.error ? "failed" : entry.action;
  const said = element("span", { className: "quiet", textContent: entry.error && entry.action !== "none" ? `${entry.action} failed` : actionWord(action) });
  const title = element("span", { textContent: placeName(entry.place) });
  const article = element("article", {}, element("h4", {}, actionMark(action), title, said));
  if (sought >= 0 && entry.place.length === 2 && columns[sought].every((part, index) => part === entry.place[index])) article.className = "sought";
  if (entry.error) article.append(element("p", { className: "message", textContent: visible(entry.error) }));
  if (entry.changes.length) article.append(element("ul", { className: "changes" }, ...entry.changes.map((change) => element("li", { textContent: visible(change) }))));
  if (entry.sides.length) article.append(comparison(entry.sides, open));
  return article;
}

function comparison(sides, open) {
  const folded = element("details", { open }, element("summary", { textContent: "Before and after" }));
  const build = () => {
    if (!folded.querySelector("table")) folded.append(table(["", "Before", "After"], sides.map(compared)));
  };
  folded.addEventListener("toggle", build);
  if (open) build();
  return folded;
}

function compared([name, before, after]) {
  const side = (text) => element("td", { textContent: visible(text ?? "") });
  return element("tr", { className: before === after ? "" : "differs" }, element("th", { scope: "row", textContent: visible(name) }), side(before), side(after));
}

function table(names, rows) {
  const heads = names.map((name) => element("th", { scope: "col", textContent: name }));
  return element("table", {}, element("thead", {}, element("tr", {}, ...heads)), element("tbody", {}, ...rows));
}

const textRow = (...texts) => element("tr", {}, ...texts.map((text) => element("td", { textContent: visible(text) })));

function undeclaredTable(list) {
  if (!list.length) return [];
  const rows = list.map((entry) =>
    textRow(placeName([entry.space, entry.name]), entry.data_source, entry.owner_id, entry.managed ? "yes: declared once" : "no"),
  );
  return [element("h3", { textContent: `Undeclared (${number(list.length)})` }), table(["Connection", "Data source", "Owner", "Managed"], rows)];
}

function asDeclared(index) {
  const cells = cellsOf(index);
  const names = columns.filter((_, column) => cells[column] === "n").map(placeName);
  if (!names.length) return [];
  return [
    element("h3", { textContent: `As declared (${number(names.length)})` }),
    element("details", {}, element("summary", { textContent: "Names" }), element("p", { className: "names", textContent: names.join(", ") })),
  ];
}

addEventListener("hashchange", openPage);
addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || page.hidden) return;
  event.preventDefault();
  closePage();
});

// ---- paper

const paper = byId("paper");

function print() {
  const texts = view.rows.map((index) => [tenants[index], index]);
  const same = texts.filter(([tenant]) => tenant.state === "unchanged" && !tenant.undeclared);
  const others = texts.filter(([tenant]) => tenant.state !== "unchanged" || tenant.undeclared);
  paper.replaceChildren(
    element("h1", { textContent: byId("title").textContent }),
    ...subtitles().map((line) => element("p", { textContent: line })),
    element("p", { textContent: stateCounts().map(([word, count]) => `${word}: ${number(count)}`).join(" \u00b7 ") }),
    element("p", { textContent: actionCounts().map(([word, count]) => `${word}: ${number(count)}`).join(" \u00b7 ") }),
    element("p", { textContent: byId("shown").textContent }),
    ...others.flatMap(([tenant, index]) => printTenant(tenant, detailsOf(index))),
    ...(same.length ? [element("h2", { textContent: "As declared" }), element("p", { textContent: same.map(([{ host }]) => visible(host)).join(", ") })] : []),
  );
}

function printTenant(tenant, more) {
  const place = (entry) => (entry.place.length === 1 ? `space ${placeName(entry.place)}` : placeName(entry.place));
  const rows = [...more.spaces, ...more.connections].map((entry) =>
    textRow(entry.error ? `${entry.action === "none" ? "" : entry.action} FAILED` : entry.action, place(entry), entry.error || entry.changes.join("\n")),
  );
  rows.push(
    ...more.undeclared.map((entry) => textRow(entry.managed ? "undeclared, managed" : "undeclared", placeName([entry.space, entry.name]), entry.data_source)),
  );
  const listed = rows.length ? [table(["Action", "Connection", "What"], rows)] : [];
  listed.forEach((one) => one.querySelectorAll("thead th").forEach((head, index) => (head.className = ["action", "connection", ""][index])));
  return [
    element("h2", { textContent: `${visible(tenant.host)}: ${STATES[tenant.state][1]}` }),
    ...(more.error ? [element("p", { className: "message", textContent: visible(more.error) })] : []),
    ...listed,
  ];
}

addEventListener("beforeprint", print);
addEventListener("afterprint", () => paper.replaceChildren());
matchMedia("print").addEventListener("change", (event) => (event.matches ? print() : paper.replaceChildren()));

// ---- the whole

function subtitles() {
  const { requests, waited_seconds: waited, seconds } = summary;
  const slowest = tenants.reduce((most, tenant) => (tenant.requests.seconds > (most?.requests.seconds ?? 0) ? tenant : most), null);
  const effort = [
    counted(requests.reads + requests.writes, "request"),
    counted(requests.retries, "retry", "retries"),
    `${duration(waited)} waited for rate limits and retries`,
    ...(slowest ? [`${duration(seconds)} of work in all tenants together, longest ${visible(slowest.host)} with ${duration(slowest.requests.seconds)}`] : []),
  ];
  const made = overview.created.replace("T", " ").replace("Z", " UTC");
  return [`${KINDS[kind][1]} Made ${made} by qlikops.cloud ${overview.collection_version}.`, `${effort.join(", ")}.`];
}

const stateCounts = () => [["tenants", summary.tenants.total], ...Object.entries(STATES).map(([state, [, word]]) => [word, summary.tenants[state]])];

function actionCounts() {
  const undeclared = summary.undeclared.managed + summary.undeclared.unmanaged;
  return Object.values(ACTIONS).flatMap(([action, , count]) => {
    if (action === "absent") return [];
    return [[actionWord(action), count ? summary.connections[count] : undeclared, action]];
  });
}

function start() {
  byId("title").textContent = `${KINDS[kind][0]} of ${counted(summary.tenants.total, "Qlik Cloud tenant")}`;
  subtitles().forEach((line, index) => byId("subtitle").append(...(index ? [element("br")] : []), line));
  for (const [word, count] of stateCounts()) {
    const state = Object.keys(STATES).find((name) => STATES[name][1] === word) ?? "";
    const className = `${state} ${count ? "some" : ""}`;
    const choose = () => {
      filters.elements.state.value = state;
      filter();
    };
    const button = element("button", { type: "button", value: state, className, onclick: choose }, element("strong", { textContent: number(count) }), element("span", { textContent: word }));
    byId("tiles").append(element("li", {}, button));
    if (state) filters.elements.state.append(new Option(word, state));
  }
  const regions = [...new Set(tenants.map((tenant) => tenant.region).filter(Boolean))].sort();
  filters.elements.region.append(...regions.map((region) => new Option(visible(region), region)));
  for (const [word, count, action] of actionCounts()) byId("legend").append(element("li", {}, actionMark(action), `${word} ${number(count)}`));
  byId("legend").append(element("li", {}, mark("absent", ""), "not declared and not there"));
  filters.addEventListener("input", filter);
  filters.addEventListener("submit", (event) => event.preventDefault());
  filters.addEventListener("reset", () => setTimeout(filter));
  filter();
  if (tenantOfHash() !== null) openPage();
  else document.title = byId("title").textContent;
  // How long it took until somebody could use the page: for tests, and for whoever wonders.
  requestAnimationFrame(() => setTimeout(() => (document.documentElement.dataset.usable = String(Math.round(performance.now())))));
}

start();
