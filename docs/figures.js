// Draws the figures of a lesson's page, in the page's own colours, and again when the reader changes from light to dark.
const places = [...document.querySelectorAll(".kerasig-figure")].map((place) => ({
  place,
  figure: JSON.parse(place.querySelector("script").textContent),
}));

function draw() {
  const color = getComputedStyle(document.querySelector(".md-content") ?? document.body).color;
  const lines = { gridcolor: "rgba(128,128,128,0.25)", zerolinecolor: "rgba(128,128,128,0.6)", ticks: "" };
  const axis = { ...lines, automargin: true, title: { standoff: 15 } };
  const clear = "rgba(0,0,0,0)";
  const template = { layout: { font: { color }, paper_bgcolor: clear, plot_bgcolor: clear, xaxis: axis, yaxis: axis } };
  for (const { place, figure } of places) {
    // Figures of pictures have a width of their own, and keep their proportions where there is less room.
    place.style.zoom = Math.min(1, place.parentElement.clientWidth / (figure.layout.width ?? 1));
    window.Plotly.react(place, figure.data, { ...figure.layout, template }, { displayModeBar: false, responsive: true });
  }
}

for (const { place } of places) place.replaceChildren();
draw();
new MutationObserver(draw).observe(document.body, { attributes: true, attributeFilter: ["data-md-color-scheme"] });
