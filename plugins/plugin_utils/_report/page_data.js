"use strict";

// Whatever comes from data enters the page by textContent. Rows and columns that are out of sight have no elements.

const ROW = 28;
const HEADS = 172;
const SPARE = 8;
const KINDS = {
  plan: {
    says: "What a run would do. Nothing was written.",
    words: ["create", "update", "move", "replace", "delete"],
    letters: "CUMRD",
    differ: "that differ",
    sides: ["Before and after", "Before", "After"],
    paper: ["Action", "Connection", "What"],
  },
  audit: {
    says: "What the tenants hold, against what is declared. Nothing was written.",
    words: ["missing", "differs", "in another place", "of another data source", "declared absent"],
    letters: "M\u2260PSX",
    differ: "that differ",
    sides: ["As it is, and as declared", "Is", "Declared"],
    paper: ["Finding", "Connection", "Details"],
  },
  provision: {
    says: "What was done.",
    words: ["created", "updated", "moved", "replaced", "deleted"],
    letters: "CUMRD",
    differ: "that changed",
    sides: ["Before and after", "Before", "After"],
    paper: ["Action", "Connection", "What"],
  },
};
KINDS.rotation = KINDS.provision;
KINDS.test = {
  says: "What was tried, as an app would use it. What was made for that is gone.",
  words: ["", "", "", "", ""],
  letters: "CUMRD",
  differ: "that don't work, or of which it isn't known",
  sides: ["", "", ""],
  paper: ["Finding", "Connection", "Details"],
  fine: "works",
};
// Code, action and what counts it; sign and word are those of the kind of report.
const CHANGES = [["c", "create", "created"], ["u", "update", "updated"], ["m", "move", "moved"], ["r", "replace", "replaced"], ["d", "delete", "deleted"]];
const OTHERS = {
  f: ["failed", "!", "failed"],
  l: ["left_over", "L"],
  x: ["unmanaged", "?"],
  k: ["unknown", "?"],
  n: ["none", "\u00b7", "unchanged"],
  a: ["absent", ""],
};
// Problems first. A word for each state comes with the data.
const SIGNS = { failed: "!", not_reached: "\u2013", skipped: "\u00bb", changed: "\u25b2", policy: "\u00a7", same_target: "=", left_over: "L", unmanaged: "?", expiring: "E", unchanged: "\u2713" };

// Tenants by what was found in them, beside their states: one that drifted may have left-overs too.
const FINDINGS = ["policy", "same_target", "left_over", "unmanaged", "expiring"];
// Those of them that no cell and no other list tells of.
const JUDGED = ["policy", "same_target"];
// States of which the cells tell nothing: among the differences alone, their tenants would be missing.
const HIDDEN_BY_DIFFERENCES = ["", "unchanged", "expiring"];

const byId = (id) => document.getElementById(id);
const overview = JSON.parse(byId("overview").textContent);
const { kind, summary, columns, tenants } = overview;
const speech = KINDS[kind];
const ACTIONS = Object.fromEntries(CHANGES.map(([code, action, count], index) => [code, [action, speech.letters[index], count]]));
Object.assign(ACTIONS, OTHERS);
const CODES = Object.fromEntries(Object.entries(ACTIONS).map(([code, [action]]) => [action, code]));
const WORDS = { none: speech.fine || "as declared", unknown: "unknown whether it works", left_over: "left over", absent: "not declared and not there" };
CHANGES.forEach(([, action], index) => (WORDS[action] = speech.words[index]));
const STATES = Object.fromEntries(Object.entries(SIGNS).map(([state, sign]) => [state, [sign, overview.states[state]]]));
// By the name as it comes back from an address, which can't hold every text.
const indexOfHost = new Map(tenants.map(({ host }, index) => [new URLSearchParams({ host }).get("host"), index]));

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

function unfold([place, action, error, changes, sides, since]) {
  return { place: known[place], action: known[action], error: known[error], changes: known[changes], sides: sides.map((side) => known[side]), since: known[since] };
}

const filters = byId("filters");
const view = { rows: [], columns: [] };
const active = { row: 0, column: -1 };
const DIFFERENT = /[cumrdflxk]/;

function has(text, sought) {
  const lowered = text.toLowerCase();
  return sought.every((word) => lowered.includes(word));
}

const words = (name) => filters.elements[name].value.toLowerCase().split(/\s+/).filter(Boolean);

// Of these tenants no cell tells.
const UNTOLD = ["failed", "skipped", "not_reached"];
const isJudged = (tenant) => JUDGED.some((name) => tenant.findings[name] > 0);
const isDifferent = (tenant) => tenant.state !== "unchanged" || tenant.undeclared > 0 || isJudged(tenant);

const isOf = (tenant, state) => (FINDINGS.includes(state) ? tenant.findings[state] > 0 : tenant.state === state);

function filter() {
  const { region, state, differences } = filters.elements;
  const soughtTenant = words("tenant");
  const soughtConnection = words("connection");
  let rows = tenants.flatMap((tenant, index) => {
    const named = `${tenant.host} ${tenant.url} ${tenant.subscription} ${tenant.country}`;
    const wanted = (!region.value || tenant.region === region.value) && (!state.value || isOf(tenant, state.value));
    return wanted && has(named, soughtTenant) ? [index] : [];
  });
  let shown = columns.flatMap((place, index) => (has(`${place[0]} / ${place[1]}`, soughtConnection) ? [index] : []));
  if (differences.checked) {
    const different = new Set();
    rows = rows.filter((index) => {
      const cells = cellsOf(index);
      const found = DIFFERENT.test(cells) ? shown.filter((column) => DIFFERENT.test(cells[column])) : [];
      for (const column of found) different.add(column);
      return found.length > 0 || UNTOLD.includes(tenants[index].state) || (isDifferent(tenants[index]) && !soughtConnection.length);
    });
    shown = shown.filter((column) => different.has(column));
  }
  view.rows = rows;
  view.columns = shown;
  active.row = Math.min(active.row, Math.max(0, rows.length - 1));
  active.column = Math.min(active.column, shown.length - 1);
  const hidden = differences.checked ? `. What ${speech.fine || "is as declared"} is hidden.` : "";
  byId("shown").textContent = `${number(rows.length)} of ${counted(tenants.length, "tenant")}, ${number(shown.length)} of ${counted(columns.length, "column")}${hidden}`;
  for (const button of byId("tiles").querySelectorAll("button")) button.ariaPressed = String(button.value === state.value && (button.value !== "" || !differences.checked));
  layOut();
}
