/** Texts in the chosen language. The choice is kept in the address, so a link opens in the language it was copied in. */

const catalogues = {};
let language = "en";

/** Choose a language and load its texts. @param {"en" | "zh"} wanted */
export async function use(wanted) {
  catalogues[wanted] ??= await (await fetch(`messages/${wanted}.json`)).json();
  language = wanted;
  document.documentElement.lang = wanted === "zh" ? "zh-CN" : "en";
}

export const current = () => language;

/** The text of a key, its `{places}` filled. */
export function t(key, values = {}) {
  const message = catalogues[language][key] ?? key;
  return message.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

/** A text that the API sends in both languages. */
export const pick = (both) => both?.[language] ?? "";

/** The language to begin with. */
export function preferred() {
  const asked = new URLSearchParams(location.search).get("lang");
  if (asked === "zh" || asked === "en") return asked;
  return navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";
}

export const moment = (iso) => (iso ? new Date(iso).toLocaleString(language === "zh" ? "zh-CN" : "en-GB", { dateStyle: "medium", timeStyle: "medium" }) : "–");

/** How long something took or takes. */
export function duration(from, to) {
  if (!from) return "–";
  const seconds = Math.max(0, Math.round(((to ? Date.parse(to) : Date.now()) - Date.parse(from)) / 1000));
  if (seconds < 60) return t("seconds", { n: seconds });
  if (seconds < 3600) return t("minutes", { n: Math.floor(seconds / 60), s: seconds % 60 });
  return t("hours", { n: Math.floor(seconds / 3600), m: Math.floor((seconds % 3600) / 60) });
}

export function bytes(size) {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let unit = 0;
  while (size >= 1024 && unit < units.length - 1) { size /= 1024; unit += 1; }
  return `${size.toLocaleString(language, { maximumFractionDigits: 1 })} ${units[unit]}`;
}
