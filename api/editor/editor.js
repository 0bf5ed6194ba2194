"use strict";
// Puts our examples and who asks around GraphiQL: a token, kept in this tab's sessionStorage and nowhere else, or the
// browser's session, whose cookie goes along by itself and no script can read.
(async () => {
  const $ = id => document.getElementById(id);
  const { createElement: h, useState } = React;
  const KEY = "caseward.token";
  const { groups, lookups } = await (await fetch(document.documentElement.dataset.examples)).json();
  const examples = groups.flatMap(group => group.examples);
  const here = new URL(location.pathname, location.href);
  const token = () => sessionStorage.getItem(KEY) || "";
  const login = () => (token() ? { Authorization: `Bearer ${token()}` } : {});
  let editors = null, schema = null, session = null, provider = false;

  const NOBODY = "Nobody asks yet: sign in, or paste a token into the box above.";
  const NO_TOKEN = "No token yet: paste one into the box above. In the demo .caseward/tokens.json has one for each "
    + "role; elsewhere `caseward token issue` makes one.";
  const who = () => token() || session;

  async function look() {
    const answer = await fetch("auth/session", { headers: { Accept: "application/json" } });
    provider = answer.status !== 404; // there is no identity provider to sign in with
    session = answer.ok ? await answer.json() : null;
  }

  const send = GraphiQL.createFetcher({
    url: here.href,
    enableIncrementalDelivery: false,
    fetch: async (url, init) => {
      const headers = { Accept: "application/graphql-response+json, application/json", ...login(), ...init.headers };
      const answer = await fetch(url, { ...init, headers });
      if (answer.status === 401 && !token()) { session = null; greet(); }
      return answer;
    },
    wsClient: graphqlWs.createClient({
      url: here.href.replace(/^http/, "ws"),
      connectionParams: login,
      retryAttempts: 0, // a stream that was cut says so; silently starting it again would hide what was missed
    }),
  });
  const fetcher = (request, options) => (who() ? send(request, options)
    : { errors: [{ message: provider ? NOBODY : NO_TOKEN }] });

  async function ask(query, variables) {
    const body = JSON.stringify({ query, variables });
    const headers = { "Content-Type": "application/json", Accept: "application/json", ...login() };
    return (await fetch(here, { method: "POST", headers, body })).json();
  }

  // The example's variables, with its placeholders filled by what the token may see.
  async function filled(example) {
    const text = JSON.stringify(example.variables || {});
    const named = [...text.matchAll(/"\{(\w+)\}"/g)].map(match => match[1]);
    const wanted = new Set(named.filter(name => lookups[name]));
    const found = {};
    for (const name of wanted) found[name] = await lookup(name);
    const fresh = Date.now().toString(36);
    return JSON.stringify(JSON.parse(text, (_, value) => typeof value !== "string" ? value
      : value.replace(/\{now(?:([+-]\d+)([dh]))?\}/g, (_, count, unit) => moment(Number(count || 0), unit))
        .replace(/\{new\}/g, fresh).replace(/^\{(\w+)\}$/, (all, name) => found[name] ?? all)), null, 2);
  }

  function moment(count, unit) {
    const ms = count * (unit === "d" ? 24 : 1) * 3600 * 1000;
    return new Date(Date.now() + ms).toISOString().replace(/\.\d+/, "");
  }

  async function lookup(name) {
    const { document: query, otherwise } = lookups[name];
    if (!who()) return otherwise;
    try {
      const { data } = await ask(query, query.includes("$me") ? { me: await lookup("me") } : {});
      return firstWord(data) ?? otherwise;
    } catch {
      return otherwise;
    }
  }

  function firstWord(value) {
    if (typeof value === "string") return value;
    for (const each of Object.values(value ?? {})) {
      const found = firstWord(each);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  // An example takes the place of another that was not touched; what somebody wrote stays in its tab.
  async function open(example, id) {
    const variables = id ? about(id, await filled(example)) : await filled(example);
    const now = editors.queryEditor.getValue().trim();
    if (now && !examples.some(each => each.document.trim() === now)) editors.addTab();
    setTimeout(() => {
      editors.queryEditor.setValue(example.document.trimEnd());
      editors.variableEditor.setValue(variables === "{}" ? "" : variables);
      editors.responseEditor.setValue("");
      editors.queryEditor.focus();
    });
  }

  function about(id, variables) {
    const parsed = JSON.parse(variables);
    (parsed.input ?? parsed).id = id;
    return JSON.stringify(parsed, null, 2);
  }

  // Links in Jira and in mails name a case or a page: what one does with it first is opened.
  const LINKS = { case: "One case, its clocks and its timeline", page: "Acknowledge a page" };

  function follow() {
    if (!editors?.queryEditor || !editors.variableEditor) { setTimeout(follow, 50); return; }
    for (const [name, id] of new URLSearchParams(location.search)) {
      const example = examples.find(each => each.title === LINKS[name]);
      if (example && /^[A-Z]+-\d+$/.test(id)) open(example, id);
    }
  }

  async function greet() {
    $("hint").hidden = Boolean(who());
    $("sign").hidden = Boolean(who()) || !provider;
    $("leave").hidden = Boolean(token()) || !session;
    $("who").className = "";
    $("who").textContent = "";
    if (!who()) return;
    const mine = token();
    const { data, errors } = await ask("{ viewer { name kind } }");
    if (mine !== token()) return;
    $("who").textContent = data ? `${data.viewer.name} · ${data.viewer.kind.toLowerCase()}` : errors[0].message;
    $("who").className = data ? "" : "bad";
  }

  function Captured() {
    editors = GraphiQL.React.useEditorContext();
    schema = GraphiQL.React.useSchemaContext();
    return null;
  }

  function Editor() {
    const [query, setQuery] = useState();
    const explorer = GraphiQLPluginExplorer.useExplorerPlugin({ query, onEdit: setQuery, showAttribution: false });
    return h(GraphiQL, {
      fetcher, query, onEditQuery: setQuery, plugins: [explorer], shouldPersistHeaders: false,
      defaultEditorToolsVisibility: "variables",
      defaultQuery: examples[0].document.trimEnd(), toolbar: { additionalContent: h(Captured) },
    });
  }

  $("example").add(new Option("Choose one …", ""));
  for (const group of groups) {
    const list = document.createElement("optgroup");
    list.label = group.name;
    for (const each of group.examples) list.append(new Option(each.title, examples.indexOf(each)));
    $("example").append(list);
  }
  $("example").onchange = event => {
    const chosen = examples[event.target.value];
    event.target.value = ""; // so that the same one can be chosen again
    if (chosen) open(chosen);
  };
  $("token").value = token();
  $("token").oninput = () => {
    const said = $("token").value.trim().replace(/^Bearer\s+/i, "");
    if (said) sessionStorage.setItem(KEY, said); else sessionStorage.removeItem(KEY);
  };
  $("token").onchange = () => { greet(); schema.introspect(); };
  $("sign").href = `auth/login?return_to=${encodeURIComponent(location.pathname + location.search)}`;
  $("leave").onclick = async () => {
    const answer = await fetch("auth/logout", { method: "POST" });
    const { provider: theirs } = answer.ok ? await answer.json() : {};
    if (theirs) { location.href = theirs; return; }
    await look();
    greet();
  };
  await look();
  ReactDOM.render(h(Editor), $("graphiql"));
  greet();
  follow();
})();
