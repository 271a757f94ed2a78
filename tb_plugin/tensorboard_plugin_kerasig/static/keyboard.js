/** The keys of the whole page; controls that use a key themselves keep it. */

import { derive } from "./derive.js";

/**
 * @param {import("./state.js").Store} store
 * @param {import("./views/page.js").Actions} actions
 * @returns {(event: KeyboardEvent) => void}
 */
export function keys(store, actions) {
  return (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const target = /** @type {HTMLElement} */ (event.target);
    if (target.matches("select, textarea, input:not([type=range], [type=checkbox])")) return;
    const { index, steps } = derive(store.state, store.data);
    /** @type {Record<string, () => void>} */
    const acts = {
      ArrowLeft: () => actions.go(index - 1),
      ArrowRight: () => actions.go(index + 1),
      Home: () => actions.go(0),
      End: () => actions.go(steps.length - 1),
    };
    if (!target.matches("button, input:not([type=range]), a, summary"))
      acts[" "] = () => actions.play(!store.state.playing);
    const act = acts[event.key];
    if (!act || !steps.length) return;
    event.preventDefault();
    act();
  };
}
