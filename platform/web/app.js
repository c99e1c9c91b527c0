/** The page: sign in, then areas that keep themselves up to date. */

import * as api from "./api.js";
import { el } from "./dom.js";
import * as i18n from "./i18n.js";
import { t } from "./i18n.js";
import * as views from "./views.js";

const AREAS = ["tasks", "services", "models", "datasets"];
const REFRESH = 10000; // milliseconds; for what no event tells, as an expected start
const SETTLE = 100; // milliseconds; several changes at once are one look

let signedIn = false;
let withToken = false; // how the sign-in form asks
let shown = ""; // what was last drawn, to leave the page alone while nothing changes
let timer = 0;
let visit = 0; // an answer that arrives after the area was left is not drawn
let leaving = new AbortController(); // ends what the shown area follows

async function start() {
  await setLanguage(i18n.preferred());
  addEventListener("hashchange", () => draw());
}

async function setLanguage(language) {
  await i18n.use(language);
  api.setLanguage(language);
  draw();
}

function leave() {
  shown = "";
  visit += 1;
  clearTimeout(timer);
  leaving.abort();
  leaving = new AbortController();
}

function draw() {
  leave();
  if (signedIn) drawFrame();
  else drawSignIn();
}

const languages = () => el("div", { class: "languages", role: "group" },
  ...[["en", "English"], ["zh", "中文"]].map(([code, name]) =>
    el("button", { class: "plain", lang: code, "aria-pressed": String(i18n.current() === code), onclick: () => setLanguage(code) }, name)));

const brand = () => el("div", { class: "brand" }, el("img", { src: "icon.svg", alt: "", width: "28", height: "28" }), el("span", {}, "Slipway"));

function drawSignIn(problem = "") {
  const name = el("input", { id: "name", required: true, autocomplete: "username", spellcheck: "false", autocapitalize: "off" });
  const password = el("input", { id: "password", type: "password", required: true, autocomplete: "current-password" });
  const field = el("textarea", { id: "token", rows: "4", required: true, autocomplete: "off", spellcheck: "false", autocapitalize: "off", placeholder: "eyJ…" });
  const button = el("button", { class: "primary", type: "submit" }, t("sign_in"));
  const form = el("form", { onsubmit: (event) => { event.preventDefault(); signIn(withToken ? () => api.setToken(field.value) : () => api.signIn(name.value, password.value), button); } },
    el("h1", {}, t("welcome")),
    ...(withToken
      ? [el("p", {}, t("how_to_sign_in")), el("label", { for: "token" }, t("token")), field]
      : [el("label", { for: "name" }, t("name")), name, el("label", { for: "password" }, t("password")), password]),
    problem ? el("p", { class: "problem", role: "alert" }, problem) : null,
    button,
    el("button", { class: "plain", type: "button", onclick: () => { withToken = !withToken; drawSignIn(); } }, t(withToken ? "with_password" : "with_token")),
    el("p", { class: "small" }, t("token_hint")));
  document.body.replaceChildren(el("div", { class: "sign-in" }, el("header", {}, brand(), languages()), el("main", {}, form)));
  (withToken ? field : name).focus();
}

async function signIn(enter, button) {
  button.disabled = true;
  try {
    await enter();
    await api.get("/queue");
    signedIn = true;
    draw();
  } catch (error) {
    drawSignIn(error.message);
  }
}

function signOut(problem = "") {
  api.signOut();
  signedIn = false;
  leave();
  drawSignIn(problem);
}

function place() {
  const [, area, id] = location.hash.split("/");
  return { area: AREAS.includes(area) ? area : "tasks", id: area === "tasks" ? id : undefined };
}

function drawFrame() {
  const { area, id } = place();
  const content = el("main", { "aria-busy": "true" });
  const problem = el("p", { class: "problem", role: "alert", hidden: true });
  document.body.replaceChildren(
    el("header", {}, brand(),
      el("nav", {}, ...AREAS.map((name) => el("a", { href: `#/${name}`, "aria-current": name === area ? "page" : null }, t(name)))),
      el("div", { class: "right" }, languages(), el("button", { class: "plain", onclick: () => signOut() }, t("sign_out")))),
    problem, content);
  const view = id ? views.task(id) : views[area];
  const [mine, { signal }] = [visit, leaving];
  let settling = 0;
  refresh(view, content, problem, mine, signal);
  api.follow("/events", signal, (event, change) => {
    if (event === "change" && id && change.id !== id) return;
    clearTimeout(settling);
    settling = setTimeout(() => { if (mine === visit) { clearTimeout(timer); refresh(view, content, problem, mine, signal); } }, SETTLE);
  });
}

async function refresh(view, content, problem, mine, signal) {
  const act = async (action) => {
    try { await action(); } catch (error) { problem.textContent = error.message; problem.hidden = false; return; }
    if (mine === visit) { clearTimeout(timer); await refresh(view, content, problem, mine, signal); }
  };
  try {
    const data = await view.load();
    if (mine !== visit) return;
    problem.hidden = true;
    const fingerprint = JSON.stringify(data);
    if (fingerprint !== shown) {
      content.replaceChildren(view.render(data, act, signal));
      content.setAttribute("aria-busy", "false");
      shown = fingerprint;
    }
  } catch (error) {
    if (mine !== visit) return;
    if (error.status === 401) { signOut(error.message); return; }
    problem.textContent = error instanceof api.Problem ? error.message : t("unreachable");
    problem.hidden = false;
  }
  clearTimeout(timer);
  timer = setTimeout(() => refresh(view, content, problem, mine, signal), REFRESH);
}

start();
