// The chart of the last days' runs. The page holds the same numbers as a table.

// A canvas knows plain colours alone, so an element's computed ones are read, not the theme's rules.
const readStyle = (element, property) => getComputedStyle(element)[property];
const readColour = (name) => getComputedStyle(document.body).getPropertyValue(name).trim();

const drawRuns = (canvas) => {
  const text = readStyle(document.body, "color");
  const line = readStyle(canvas.closest(".card"), "borderTopColor");
  Chart.defaults.font.family = readStyle(document.body, "fontFamily");
  const data = JSON.parse(document.getElementById("runs-data").textContent);
  const series = (label, key, colour) => ({
    label,
    data: data[key],
    backgroundColor: readColour(colour),
  });
  const scale = (extra) => ({
    stacked: true,
    ticks: { color: text, ...extra },
    grid: { color: line },
  });
  return new Chart(canvas, {
    type: "bar",
    data: {
      labels: data.days,
      datasets: [
        series("Succeeded", "succeeded", "--tblr-green"),
        series("With errors", "with_errors", "--tblr-yellow"),
        series("Failed", "failed", "--tblr-red"),
      ],
    },
    options: {
      animation: false,
      maintainAspectRatio: false,
      scales: { x: scale({}), y: scale({ precision: 0 }) },
      plugins: { legend: { labels: { color: text } } },
    },
  });
};

const canvas = document.getElementById("runs-chart");
let chart = drawRuns(canvas);

// Colours of a canvas do not follow the theme by themselves.
new MutationObserver(() => {
  chart.destroy();
  chart = drawRuns(canvas);
}).observe(document.documentElement, { attributes: true, attributeFilter: ["data-bs-theme"] });
