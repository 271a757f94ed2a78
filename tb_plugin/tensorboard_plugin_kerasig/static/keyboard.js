/** The keys of the whole page; controls that use a key themselves keep it. */

import { derive } from "./derive.js";

/**
 * @param {import("./state.js").Store} store
 * @param {import("./views/page.js").Actions} actions
 * @returns {void}
 */
export function listen(store, actions) {
  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const target = /** @type {HTMLElement} */ (event.target);
    const slider = target.matches("input[type=range]");
    if (target.matches("select, textarea, input:not([type=range], [type=checkbox])")) return;
    const { index, steps } = derive(store.state, store.data);
    /** @type {Record<string, () => void>} */
    const keys = {
      ArrowLeft: () => actions.go(index - 1),
      ArrowRight: () => actions.go(index + 1),
      Home: () => actions.go(0),
      End: () => actions.go(steps.length - 1),
    };
    if (slider || !target.matches("button, input, a, summary")) keys[" "] = () => actions.play(!store.state.playing);
    const act = keys[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
}
