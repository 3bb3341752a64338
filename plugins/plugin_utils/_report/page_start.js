// The head of the page, and its beginning.

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

function stateCounts() {
  const { tenants: states, findings } = summary;
  const shown = Object.entries(STATES).filter(([state]) => findings || !FINDINGS.includes(state));
  return [["tenants", states.total], ...shown.map(([state, [, word]]) => [word, FINDINGS.includes(state) ? findings[state] : states[state]])];
}

function actionCounts() {
  const { managed: left_over, unmanaged } = summary.undeclared;
  const undeclared = { left_over, unmanaged };
  return Object.values(ACTIONS).flatMap(([action, , count]) => {
    if (action === "absent") return [];
    return [[actionWord(action), count ? summary.connections[count] : undeclared[action], action]];
  });
}

function start() {
  // Without this script nothing of it works, so until now nothing of it was shown.
  for (const part of [byId("tiles"), document.querySelector("main")]) part.hidden = false;
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
