// The matrix as elements: those in sight, and the one that has the focus.

const grid = byId("grid");
const sizer = byId("sizer");
const rendered = new Map();
let renderedColumns = null;
let hostWidth = 0;
let heads = null;
// So wide a text at least, or none.
const ROOM = 180;

function layOut() {
  hostWidth = innerWidth < 700 ? 240 : 300;
  sizer.style.setProperty("--host-width", `${hostWidth}px`);
  sizer.style.height = `${HEADS + view.rows.length * ROW}px`;
  sizer.style.width = `${hostWidth + view.columns.length * ROW + 12}px`;
  grid.ariaRowCount = String(view.rows.length + 1);
  grid.ariaColCount = String(view.columns.length + 1);
  renderedColumns = null;
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
    const text = [element("span", { className: "space", textContent: `${visible(place[0]) || "(personal)"}\u00a0/\u00a0` }), element("span", { textContent: visible(place[1]) })];
    const head = element("div", { className: "head", role: "columnheader", title: placeName(place), ariaLabel: placeName(place), "aria-colindex": String(column + 2) }, ...text);
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
  const whole = element("div", { className: "row", role: "row", "aria-rowindex": String(row + 2) }, host, ...made, ...gist(index));
  whole.dataset.row = String(row);
  whole.style.top = `${HEADS + row * ROW}px`;
  return whole;
}

// In a few words what there is about a tenant, where its row has room for it: its own part says it all.
function gist(index) {
  const tenant = tenants[index];
  const left = hostWidth + (tenant.cells ? view.columns.length * ROW : 0) + 12;
  if (grid.clientWidth - left < ROOM) return [];
  const said = changeOf(index) || whyOf(tenant);
  if (!said) return [];
  const made = element("div", { className: "gist", ariaHidden: "true", textContent: visible(said) });
  made.style.left = `${left}px`;
  return [made];
}

// Which tenant it is stands in its row already.
function whyOf({ why, host, url, state }) {
  if (!why) return state === "not_reached" ? STATES[state][1] : "";
  const [place] = why.split(": ", 1);
  return place === host || (place && url.includes(place)) ? why.slice(place.length + 2) : why;
}

function changeOf(index) {
  const tenant = tenants[index];
  if (!tenant.differing && !tenant.undeclared && !isJudged(tenant)) return "";
  const { spaces, connections, undeclared, policy, same_targets: same } = detailsOf(index);
  const [first] = [...connections.filter(({ error }) => error), ...connections, ...spaces];
  const others = connections.length + spaces.length + undeclared.length + policy.length + same.length - 1;
  const more = others > 0 ? ` (and ${number(others)} more)` : "";
  if (first) return `${placeName(first.place)}: ${first.error || changesOf(first)[0] || actionWord(first.action)}${more}`;
  if (policy.length) return `${placeName([policy[0].space, policy[0].name])}: ${policy[0].reason}${more}`;
  if (same.length) return `${placeName([same[0].space, same[0].name])}: ${same[0].target}${more}`;
  const [{ space, name, managed }] = undeclared;
  return `${placeName([space, name])}: ${actionWord(managed ? "left_over" : "unmanaged")}${more}`;
}

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
