/** The sheet of all keys, made of the very bindings that are in force. */

import { h } from "../dom.js";
import { BINDINGS } from "../keyboard.js";
import { sheet } from "./sheet.js";

/** What a control in focus does by itself. */
const OF_CONTROLS = [
  ["Tab", "next control"],
  ["Arrows", "on a large picture: move the cursor, read its values; on the tabs: next view"],
  ["Shift Arrows", "on a large picture that is zoomed into: move it"],
];

/**
 * @param {boolean} open
 * @param {(patch: Partial<import("../state.js").State>) => void} choose
 * @returns {import("../dom.js").VNode}
 */
export function keysheet(open, choose) {
  const groups = [...new Set(BINDINGS.map(({ group }) => group))];
  const close = () => choose({ help: false });
  return sheet({ name: "all-keys", open, close, title: "Keys" }, [
    h(
      "div",
      { class: "groups" },
      groups.map((group) =>
        section(
          group,
          BINDINGS.filter((binding) => binding.group === group).map(({ shown, does }) => [shown, does]),
        ),
      ),
      section("Controls", OF_CONTROLS),
    ),
  ]);
}

/**
 * @param {string} title
 * @param {string[][]} rows
 * @returns {import("../dom.js").VNode}
 */
function section(title, rows) {
  return h(
    "section",
    { key: title },
    h("h3", null, title),
    h(
      "dl",
      null,
      rows.map(([shown, does]) => h("div", null, h("dt", null, h("kbd", null, shown)), h("dd", null, does))),
    ),
  );
}
