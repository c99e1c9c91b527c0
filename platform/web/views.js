/** What each area shows: `load` asks the API, `render` makes elements of the answer. */

import * as api from "./api.js";
import { el } from "./dom.js";
import { bytes, duration, moment, pick, t } from "./i18n.js";

const state = (name) => el("span", { class: `state ${name}` }, t(`state.${name}`));

function table(columns, rows, empty) {
  if (!rows.length) return el("p", { class: "empty" }, empty);
  return el("div", { class: "scroll" }, el("table", {},
    el("thead", {}, el("tr", {}, ...columns.map((key) => el("th", { scope: "col" }, t(key))))),
    el("tbody", {}, ...rows)));
}

/** The cells of a row, each with its column's name: narrow screens show them as a list. */
const row = (columns, cells) => el("tr", {}, ...cells.map((cell, i) => el("td", { "data-label": t(columns[i]) }, cell)));

function reason(item) {
  if (!item.reason) return null;
  return el("div", { class: `reason ${item.reason.code}` }, pick(item.reason.text));
}

function named(link, name, item) {
  return el("div", {}, link ? el("a", { href: link }, name) : el("strong", {}, name), el("span", { class: "id" }, item.id), reason(item));
}

const resources = (r) => [
  r.replicas > 1 ? `${r.replicas} ×` : "", `${r.cpu} CPU`, r.memory, r.gpu.count ? `${r.gpu.count} GPU` : "",
].filter(Boolean).join(" ");

function waiting({ items, total }) {
  return el("section", { class: "waiting", "aria-label": t("waiting") },
    el("h2", {}, t("waiting"), el("span", { class: "count" }, String(total))),
    items.length
      ? el("ol", {}, ...items.map((item) => el("li", {},
        el("div", { class: "what" }, el("span", { class: "queue" }, t(`queue.${item.queue}`)), el("strong", {}, item.name), el("span", { class: "id" }, item.id),
          el("span", { class: "since" }, t("since", { time: duration(item.since) }))),
        el("p", { class: "why" }, pick(item.reason.text)))))
      : el("p", { class: "empty" }, t("nothing_waits")));
}

const TASK_COLUMNS = ["task", "state", "metrics", "resources", "submitted", "took"];

export const tasks = {
  load: async () => ({ page: await api.get("/tasks?limit=50"), queue: await api.get("/queue") }),
  render: ({ page, queue }) => el("div", {},
    waiting(queue),
    el("h2", {}, t("tasks")),
    table(TASK_COLUMNS, page.items.map((task) => row(TASK_COLUMNS, [
      named(`#/tasks/${task.id}`, task.name, task),
      state(task.state),
      task.metrics.accuracy !== undefined ? `${t("accuracy")} ${task.metrics.accuracy.toFixed(4)}` : "–",
      resources(task.resources),
      moment(task.created_at),
      duration(task.started_at, task.finished_at),
    ])), t("no_tasks"))),
};

/** Why a waiting task waits, at this moment. */
async function explained(id) {
  const { reason, outcome } = await api.get(`/tasks/${id}/explain`);
  return outcome ? { code: outcome.waiting?.rule ?? "starts", text: outcome.text } : reason;
}

const FOLLOWED = 4; // logs; a browser opens six connections to a server, and one of them follows the states

/** An element for each replica's log, which follows it; made once, so that what was written stays while the rest is drawn anew. */
function followed(id, ranks, signal) {
  return ranks.map((rank) => {
    const pre = el("pre", { tabindex: "0" }, t("no_log"));
    let empty = true;
    api.follow(`/tasks/${id}/logs/events?rank=${rank}`, signal, (_event, text) => {
      if (empty) pre.replaceChildren();
      empty = false;
      pre.append(text);
    });
    return pre;
  });
}

function logsOf(found, logs, signal) {
  if (!logs.length) logs.push(...followed(found.id, [...Array(Math.min(found.resources.replicas, FOLLOWED)).keys()], signal));
  return logs;
}

export const task = (id, logs = []) => ({
  load: async () => {
    const found = await api.get(`/tasks/${id}`);
    if (found.state === "queued") found.reason = await explained(id) ?? found.reason;
    return found;
  },
  render: (found, act, signal) => el("div", {},
    el("p", {}, el("a", { href: "#/tasks" }, `← ${t("tasks")}`)),
    el("div", { class: "head" }, el("h2", {}, found.name), state(found.state),
      ["queued", "starting", "running", "requeuing"].includes(found.state)
        ? el("div", { class: "buttons" },
          el("button", { onclick: () => act(() => api.post(`/tasks/${id}/${found.paused ? "resume" : "pause"}`)) }, t(found.paused ? "resume" : "pause")),
          el("button", { class: "danger", onclick: () => act(() => api.post(`/tasks/${id}/cancel`)) }, t("cancel"))) : null),
    reason(found),
    facts([
      ["id", found.id], ["owner", found.owner], ["tenant", found.tenant], ["operator", `${found.operator} ${found.operator_version}`],
      ["resources", resources(found.resources)], ["nodes", found.placement.join(", ") || "–"],
      ["submitted", moment(found.created_at)], ["took", duration(found.started_at, found.finished_at)],
      ...Object.entries(found.metrics).map(([name, value]) => [name, Number.isInteger(value) ? String(value) : value.toPrecision(5)]),
    ]),
    ...logsOf(found, logs, signal).map((pre, rank) => el("section", {},
      el("h3", {}, logs.length > 1 ? t("log_of", { rank }) : t("log")), pre))),
});

const facts = (pairs) => el("dl", {}, ...pairs.flatMap(([key, value]) => [el("dt", {}, t(key)), el("dd", {}, value)]));

const SERVICE_COLUMNS = ["service", "state", "model", "resources", "published", "actions"];

export const services = {
  load: () => api.get("/services?limit=200"),
  render: ({ items }, act) => el("div", {}, el("h2", {}, t("services")),
    table(SERVICE_COLUMNS, items.map((service) => row(SERVICE_COLUMNS, [
      el("div", {}, el("strong", {}, service.name),
        service.state === "ready" ? el("code", {}, `POST ${location.origin}/api/v1/services/${service.name}/infer`) : null, reason(service)),
      state(service.state),
      `${service.model} v${service.version}`,
      resources(service.resources),
      moment(service.created_at),
      service.state === "stopping" ? "–"
        : el("button", { class: "danger", onclick: () => act(() => api.remove(`/services/${service.name}`)) }, t("take_down")),
    ])), t("no_services"))),
};

const MODEL_COLUMNS = ["model", "version", "accuracy", "made_by", "files", "created"];

export const models = {
  load: () => api.get("/models?limit=200"),
  render: ({ items }) => el("div", {}, el("h2", {}, t("models")),
    table(MODEL_COLUMNS, items.map((model) => row(MODEL_COLUMNS, [
      el("strong", {}, model.name), String(model.version),
      model.metrics.accuracy?.toFixed(4) ?? "–",
      model.task ? el("a", { href: `#/tasks/${model.task}` }, model.task) : "–",
      files(model), moment(model.created_at),
    ])), t("no_models"))),
};

const DATA_COLUMNS = ["dataset", "version", "files", "owner", "created"];

export const datasets = {
  load: () => api.get("/datasets?limit=200"),
  render: ({ items }) => el("div", {}, el("h2", {}, t("datasets")),
    table(DATA_COLUMNS, items.map((data) => row(DATA_COLUMNS, [
      el("strong", {}, data.name), String(data.version), files(data), data.owner, moment(data.created_at),
    ])), t("no_datasets"))),
};

const files = (artifact) => artifact.files.map((f) => `${f.path} (${bytes(f.size)})`).join(", ");
