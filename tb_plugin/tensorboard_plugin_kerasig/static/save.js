/** What is seen, as files. */

import { derive } from "./derive.js";
import { exactly } from "./exact.js";
import { picture } from "./picture.js";
import { csv, tableOf } from "./tables.js";

/**
 * @typedef {"png" | "csv"} Form
 */

/**
 * Has the browser save the picture or the table of the view that is shown; where that fails, the page says why.
 * @param {import("./state.js").Store} store
 * @param {Form} form
 * @returns {Promise<void>}
 */
export async function save(store, form) {
  const { state, data } = store;
  const view = derive(state, data);
  try {
    const table = form === "csv" ? tableOf(view, state, data) : null;
    if (form === "csv" && !table) throw new Error("there are no numbers in this view yet");
    const blob = table ? new Blob([csv(table)], { type: "text/csv" }) : await picture();
    download(blob, `${fileName(view, state)}.${form}`);
    store.set({ unsaved: null });
  } catch (error) {
    store.set({ unsaved: `Not saved: ${error instanceof Error ? error.message : String(error)}.` });
  }
}

/**
 * @param {import("./derive.js").View} view
 * @param {import("./state.js").State} state
 * @returns {string} Of what any system takes for a file's name.
 */
function fileName({ set, step, probe }, { view }) {
  const one = view === "probe" || view === "path" ? `probe ${probe}` : "";
  const name = `${set ?? "attributions"} ${view} ${one} ${step === null ? "" : `step ${exactly(step)}`}`;
  return name
    .replace(/[^A-Za-z0-9.-]+/g, "_")
    .replace(/^[_.]+|[_.]+$/g, "")
    .slice(0, 120);
}

/**
 * @param {Blob} blob
 * @param {string} name
 * @returns {void}
 */
function download(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  // The browser has the file's content once the click was handled; not all have it at once.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
