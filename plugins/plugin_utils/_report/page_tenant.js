// A tenant's page, and the whole on paper.

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
    // On a narrow screen the page as a whole scrolls.
    if (innerWidth <= 1000) page.scrollIntoView();
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
    ...breachTable(more.policy),
    ...sameTargetTable(more.same_targets),
    ...entries(`Connections ${speech.differ}`, more.connections, more.connections.length <= 30),
    ...entries(`Spaces ${speech.differ}`, more.spaces, true),
    ...expiringOf(more.expiring),
    ...undeclaredTable(more.undeclared),
    ...membersTable(more.undeclared_members),
    ...asDeclared(index),
  ];
}

function facts(tenant, more) {
  const { reads, writes, retries, waited_seconds: waited, seconds } = tenant.requests;
  const asked = reads + writes;
  const lines = {
    State: STATES[tenant.state][1],
    Audit: { true: "passed", false: "failed" }[tenant.passed] ?? "",
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
  const said = element("span", { className: "quiet", textContent: entry.error ? failureWord(entry) : actionWord(action) });
  const title = element("span", { textContent: placeName(entry.place) });
  const article = element("article", {}, element("h4", {}, actionMark(action), title, said));
  if (sought >= 0 && entry.place.length === 2 && columns[sought].every((part, index) => part === entry.place[index])) article.className = "sought";
  if (entry.error) article.append(element("p", { className: "message", textContent: visible(entry.error) }));
  const changes = changesOf(entry);
  if (changes.length) article.append(element("ul", { className: "changes" }, ...changes.map((change) => element("li", { textContent: visible(change) }))));
  if (entry.since) article.append(element("p", { className: "quiet", textContent: visible(entry.since) }));
  if (entry.sides.length) article.append(comparison(entry.sides, open));
  return article;
}

// What there is to say beside the action itself.
const changesOf = ({ action, changes }) => changes.filter((change) => change !== action);

// What failed: an audit does nothing that could.
const failureWord = ({ action }) => (action === "none" || kind === "audit" ? "failed" : `${action} failed`);

function comparison(sides, open) {
  const [title, ...heads] = speech.sides;
  const folded = element("details", { open }, element("summary", { textContent: title }));
  const build = () => {
    if (!folded.querySelector("table")) folded.append(table(["Property", ...heads], sides.map(compared)));
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

const found = (entry) => actionWord(entry.managed ? "left_over" : "unmanaged");

const hasChanger = ({ changed_by: changer }) => Boolean(changer);

// Who changed a connection is known only where an event of the tenant says so.
function changed(entry) {
  const last = entry.last_updated ?? "";
  return hasChanger(entry) ? [last, `${entry.changed_by}, ${entry.changed_at}`] : [last];
}

const expiringTitle = (count) => `Secrets that have expired, or will within ${counted(overview.expiry_days, "day")} (${number(count)})`;

function expiringTable(list, named) {
  const heads = [...(named ? ["Tenant"] : []), "Connection", "Good until", "When", "Declared"];
  const rows = list.map((row) =>
    textRow(...(named ? [row.tenant] : []), placeName([row.space, row.name]), row.expires, row.soon, row.declared ? "yes" : "no"),
  );
  return table(heads, rows);
}

const expiringOf = (list) => (list.length ? [element("h3", { textContent: expiringTitle(list.length) }), expiringTable(list, false)] : []);

// Those of the fleet, the first to end first, as many as the page has.
function expiringRows() {
  const { expiring, expiring_count: all } = overview;
  const more = all > expiring.length ? [element("p", { textContent: `The first ${number(expiring.length)}. The JSON file has all, and each tenant's part its own.` })] : [];
  return [...more, expiringTable(expiring, true)];
}

function undeclaredTable(list) {
  if (!list.length) return [];
  const rows = list.map((entry) =>
    textRow(placeName([entry.space, entry.name]), found(entry), entry.data_source, entry.owner_id, entry.managed ? "yes: declared once" : "no", ...changed(entry)),
  );
  return [element("h3", { textContent: `Undeclared (${number(list.length)})` }), table(["Connection", "What", "Data source", "Owner", "Managed", "Last updated", ...(list.some(hasChanger) ? ["Changed by"] : [])], rows)];
}

function membersTable(list) {
  if (!list.length) return [];
  const rows = list.map((entry) => textRow(placeName([entry.space]), entry.member, entry.roles.join(", ")));
  return [element("h3", { textContent: `Undeclared members (${number(list.length)})` }), table(["Space", "Member", "Roles"], rows)];
}

const named = ({ space, name, declared }) => `${placeName([space, name])}${declared === false ? " (undeclared)" : ""}`;

function breachTable(list) {
  if (!list.length) return [];
  const rows = list.map((entry) => {
    const row = textRow(named(entry), entry.rule, entry.reason, entry.message, entry.severity === "warn" ? "warning" : "breach");
    row.className = entry.severity === "warn" ? "" : "red";
    return row;
  });
  return [element("h3", { textContent: `Policy (${number(list.length)})` }), table(["Connection", "Rule", "Why", "Message", "What"], rows)];
}

function sameTargetTable(list) {
  if (!list.length) return [];
  const rows = list.map((entry) => {
    const row = textRow(placeName([entry.space, entry.name]), entry.target, othersOf(entry));
    row.className = "red";
    return row;
  });
  return [element("h3", { textContent: `Same target (${number(list.length)})` }), table(["Connection", "Reaches", "As do"], rows)];
}

function othersOf({ others, more }) {
  const lines = others.map(({ host, space, name }) => `${host}: ${space || "(personal space)"} / ${name}`);
  return [...lines, ...(more ? [`and ${number(more)} more`] : [])].join("\n");
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

const paper = byId("paper");

function print() {
  const texts = view.rows.map((index) => [tenants[index], index]);
  const same = texts.filter(([tenant]) => !isDifferent(tenant));
  const others = texts.filter(([tenant]) => isDifferent(tenant));
  paper.replaceChildren(
    element("h1", { textContent: byId("title").textContent }),
    ...subtitles().map((line) => element("p", { textContent: line })),
    element("p", { textContent: stateCounts().map(({ word, count }) => `${word}: ${number(count)}`).join(" \u00b7 ") }),
    element("p", { textContent: actionCounts().filter(([, count]) => count).map(([word, count]) => `${word}: ${number(count)}`).join(" \u00b7 ") }),
    element("p", { textContent: byId("shown").textContent }),
    ...(overview.expiring.length ? [element("h2", { textContent: expiringTitle(overview.expiring_count) }), ...expiringRows()] : []),
    ...others.flatMap(([tenant, index]) => printTenant(tenant, detailsOf(index))),
    ...(same.length ? [element("h2", { textContent: "As declared" }), element("p", { textContent: same.map(([{ host }]) => visible(host)).join(", ") })] : []),
  );
}

function printTenant(tenant, more) {
  const place = (entry) => (entry.place.length === 1 ? `space ${placeName(entry.place)}` : placeName(entry.place));
  const rows = [...more.spaces, ...more.connections].map((entry) =>
    textRow(entry.error ? failureWord(entry).replace("failed", "FAILED") : actionWord(entry.action), place(entry), entry.error || changesOf(entry).join("\n")),
  );
  rows.push(
    ...more.undeclared.map((entry) => textRow(found(entry), placeName([entry.space, entry.name]), entry.data_source)),
    ...more.undeclared_members.map((entry) => textRow("undeclared member", `space ${placeName([entry.space])}`, `${entry.member}: ${entry.roles.join(", ")}`)),
  );
  rows.push(
    ...more.policy.map((entry) => textRow(`rule ${entry.rule}`, named(entry), `${entry.reason}\n${entry.message}`)),
    ...more.same_targets.map((entry) => textRow("same target", placeName([entry.space, entry.name]), `${entry.target}\n${othersOf(entry)}`)),
  );
  const listed = rows.length ? [table(speech.paper, rows)] : [];
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
