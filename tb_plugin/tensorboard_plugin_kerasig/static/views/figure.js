/** The Plotly figure of the charts: one small panel per scalar, one line per run. */

import { measureIn } from "../measures.js";
import { words } from "./words.js";

const PANEL_WIDTH = 176;
const PANEL_HEIGHT = 132;
const MARGIN = { l: 48, r: 12, t: 22, b: 24 };
const GAP = { x: 48, y: 46 };
const FONT = "Roboto, system-ui, sans-serif";

/**
 * @typedef {object} Line
 * @property {import("../steps.js").StepTable} table
 * @property {string} name
 * @property {string} color
 */

/**
 * @param {Line[]} lines
 * @param {string[]} names Of the stats, one panel each.
 * @param {number | null} step
 * @param {boolean} dark
 * @param {number} width
 * @returns {{data: any[], layout: any, config: any}}
 */
export function figure(lines, names, step, dark, width) {
  const perRow = Math.max(1, Math.min(names.length, Math.floor(width / PANEL_WIDTH)));
  const rows = Math.ceil(names.length / perRow);
  const colors = dark
    ? { text: "#cfcfcf", grid: "#4a4a4a", page: "#303030" }
    : { text: "#555", grid: "#e8e8e8", page: "#fff" };
  const height = rows * PANEL_HEIGHT + ((rows - 1) * GAP.y) / 2 + MARGIN.t + MARGIN.b - 24;
  const inner = { width: Math.max(1, width - MARGIN.l - MARGIN.r), height: height - MARGIN.t - MARGIN.b };
  const panel = {
    width: (inner.width - (perRow - 1) * GAP.x) / perRow,
    height: (inner.height - (rows - 1) * GAP.y) / rows,
  };
  /** @type {any} */
  const layout = {
    width,
    height,
    margin: MARGIN,
    showlegend: false,
    dragmode: false,
    hovermode: "x",
    hoverdistance: -1,
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { family: FONT, size: 11, color: colors.text },
    hoverlabel: { font: { family: FONT, size: 11 } },
    shapes: markers(names, step, dark),
    annotations: [],
  };
  /** @type {any[]} */
  const data = [];
  const tables = lines.map(({ table }) => table);
  names.forEach((name, i) => {
    const [row, column] = [Math.floor(i / perRow), i % perRow];
    const x0 = (column * (panel.width + GAP.x)) / inner.width;
    const y1 = 1 - (row * (panel.height + GAP.y)) / inner.height;
    const axis = {
      gridcolor: colors.grid,
      zeroline: false,
      fixedrange: true,
      tickfont: { size: 10 },
      exponentformat: "e",
      hoverformat: "",
    };
    layout[`xaxis${i + 1}`] = {
      ...axis,
      domain: [x0, Math.min(1, x0 + panel.width / inner.width)],
      anchor: `y${i + 1}`,
      showgrid: false,
      nticks: 4,
      tickformat: ",d",
      hoverformat: ",d",
    };
    layout[`yaxis${i + 1}`] = {
      ...axis,
      domain: [Math.max(0, y1 - panel.height / inner.height), y1],
      anchor: `x${i + 1}`,
      nticks: 4,
      hoverformat: ".3g",
    };
    // Plotly reads a little markup in texts; names are text.
    layout.annotations.push({
      text: plain(words(measureIn(tables, name))),
      xref: "paper",
      yref: "paper",
      x: x0,
      y: y1,
      xanchor: "left",
      yanchor: "bottom",
      yshift: 3,
      showarrow: false,
      font: { size: 12, color: colors.text },
    });
    const logged = [...new Set(lines.flatMap(({ table }) => table.steps))];
    // Of a single step, its own number is the only one that an axis can have.
    if (logged.length === 1) Object.assign(layout[`xaxis${i + 1}`], { tickvals: logged });
    for (const line of lines) {
      const y = line.table.names.includes(name) ? line.table.mean(name) : [];
      data.push({
        type: "scatter",
        mode: line.table.steps.length > 60 ? "lines" : "lines+markers",
        x: line.table.steps,
        y,
        xaxis: `x${i + 1}`,
        yaxis: `y${i + 1}`,
        name: plain(line.name),
        line: { color: line.color, width: 1.75 },
        marker: { color: line.color, size: 4 },
        hovertemplate: `%{y:.3g}<extra>${plain(line.name)}</extra>`,
        connectgaps: false,
      });
    }
  });
  return { data, layout, config: { displayModeBar: false, responsive: false, doubleClick: false } };
}

/**
 * @param {string[]} names
 * @param {number | null} step
 * @param {boolean} dark
 * @returns {any[]} A line at the chosen step through every panel.
 */
export function markers(names, step, dark) {
  if (step === null) return [];
  return names.map((_, i) => ({
    type: "line",
    xref: `x${i + 1}`,
    yref: `y${i + 1} domain`,
    x0: step,
    x1: step,
    y0: 0,
    y1: 1,
    line: { color: dark ? "#ffa726" : "#e65100", width: 1.5 },
  }));
}

/**
 * @param {string} text
 * @returns {string} Such that Plotly shows it as it is: no tags, no templates, no TeX.
 */
function plain(text) {
  return text
    .replace(/&/g, "&amp;")
    .replace(/</g, "&lt;")
    .replace(/>/g, "&gt;")
    .replace(/%\{/g, "%\u200b{")
    .replace(/\$/g, "\uff04")
    .replace(/\0/g, "\u2400");
}
