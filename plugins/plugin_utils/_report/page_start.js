// The head of the page, and its beginning.

function subtitles() {
  const made = overview.created.replace("T", " ").replace("Z", " UTC");
  const about = `${speech.says} Made ${made} by qlikops.cloud ${overview.collection_version}.`;
  if (kind !== "audit") return [about];
  const reasons = { drift: "drift", left_over: "left-overs", unmanaged: "unmanaged connections", policy: "breaches of the policy", same_target: "what others reach too", expiring: `secrets that expire within ${counted(overview.expiry_days, "day")}` };
  const rules = Object.entries(overview.rules);
  // Where there is no policy, nothing can break it.
  const counting = overview.fail_on.filter((one) => one !== "policy" || rules.length);
  const failing = [...counting.map((one) => reasons[one]), "what can't be read"].join(", ");
  const idle = rules.filter(([, { connections }]) => !connections).map(([name]) => visible(name));
  const told = idle.length ? [`Rules that are about no connection of any tenant: ${idle.join(", ")}.`] : [];
  return [...told, `${number(summary.passed)} of ${counted(summary.tenants.total, "tenant")} passed. A tenant fails for: ${failing}.`, about];
}

// What it took, for whoever wonders.
function effort() {
  const { requests, waited_seconds: waited, seconds } = summary;
  const slowest = tenants.reduce((most, tenant) => (tenant.requests.seconds > (most?.requests.seconds ?? 0) ? tenant : most), null);
  const parts = [
    counted(requests.reads + requests.writes, "request"),
    counted(requests.retries, "retry", "retries"),
    `${duration(waited)} waited for rate limits and retries`,
    ...(slowest ? [`${duration(seconds)} of work in all tenants together, longest ${visible(slowest.host)} with ${duration(slowest.requests.seconds)}`] : []),
  ];
  return `${parts.join(", ")}.`;
}

// The tenants of each state, and the connections that make them so: the same that the legend counts by what became of them.
function stateCounts() {
  const { tenants: states, findings, connections } = summary;
  const { managed, unmanaged } = summary.undeclared;
  const changed = CHANGES.reduce((sum, [, , count]) => sum + connections[count], 0);
  const own = { failed: connections.failed, changed, left_over: managed, unmanaged, expiring: overview.expiring_count, unchanged: connections.unchanged };
  const all = connections.failed + changed + connections.unchanged + managed + unmanaged;
  const shown = Object.keys(STATES).filter((state) => findings || !FINDINGS.includes(state));
  const counts = shown.map((state) => ({ state, word: STATES[state][1], count: FINDINGS.includes(state) ? findings[state] : states[state], connections: own[state] }));
  return [{ state: "", word: "tenants", count: states.total, connections: all }, ...counts.filter(({ state, count }) => count || !RARE.includes(state))];
}

// States that most reports don't have.
const RARE = ["not_reached", "skipped", "policy", "same_target", "expiring"];

function actionCounts() {
  const { managed: left_over, unmanaged } = summary.undeclared;
  // Of those that were only tried; the others are counted by what was done to them.
  const cellCount = (code) => tenants.reduce((sum, _, index) => sum + cellsOf(index).split(code).length - 1, 0);
  const unknown = summary.tests ? cellCount("k") : 0;
  const other = { left_over, unmanaged, unknown };
  return Object.values(ACTIONS).flatMap(([action, , count]) => {
    if (action === "absent") return [];
    const found = count ? summary.connections[count] : other[action];
    return [[actionWord(action), action === "none" ? found - unknown : found, action]];
  });
}

function addTile({ state, word, count, connections }) {
  const choose = () => {
    filters.elements.state.value = state;
    // The number on it counts them all.
    if (HIDDEN_BY_DIFFERENCES.includes(state)) filters.elements.differences.checked = false;
    filter();
  };
  const among = connections === undefined ? [] : [element("small", { textContent: counted(connections, "connection") })];
  const button = element(
    "button",
    { type: "button", value: state, className: `${state} ${count ? "some" : ""}`, onclick: choose },
    element("strong", { textContent: number(count) }),
    element("span", { textContent: word }),
    ...among,
  );
  byId("tiles").append(element("li", {}, button));
  if (state) filters.elements.state.append(new Option(word, state));
}

function addLegend() {
  const items = actionCounts().filter(([, count]) => count).map(([word, count, action]) => element("li", {}, actionMark(action), `${word} ${number(count)}`));
  byId("legend").append(element("li", { className: "quiet", textContent: "Connections:" }), ...items, element("li", {}, mark("absent", ""), "not declared and not there"));
}

// Whose secrets have expired or will soon, over the fleet. It is folded, so that the matrix has its room.
function addExpiring() {
  const { expiring } = overview;
  if (!expiring.length) return;
  const place = byId("expiring");
  place.hidden = false;
  place.append(element("summary", { textContent: expiringTitle(overview.expiring_count) }));
  place.addEventListener("toggle", () => place.querySelector("table") ?? place.append(...expiringRows()));
}

function start() {
  // Without this script nothing of it works, so until now nothing of it was shown.
  for (const part of [byId("tiles"), document.querySelector("main")]) part.hidden = false;
  subtitles().forEach((line, index) => byId("subtitle").append(...(index ? [element("br")] : []), line));
  stateCounts().forEach(addTile);
  const regions = [...new Set(tenants.map((tenant) => tenant.region).filter(Boolean))].sort();
  filters.elements.region.append(...regions.map((region) => new Option(visible(region), region)));
  addLegend();
  byId("effort").textContent = effort();
  addExpiring();
  filters.elements.differences.checked = tenants.some(isDifferent);
  filters.elements.state.addEventListener("input", ({ target }) => {
    if (target.value && HIDDEN_BY_DIFFERENCES.includes(target.value)) filters.elements.differences.checked = false;
  });
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
