"use strict";
// Draws the two series with uPlot, and moves about in the pictures of messages. All text is set by the template, not here.
(function () {
  const data = JSON.parse(document.getElementById("data").textContent);
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const charts = [];

  function colour(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  }

  function bands(u) {
    const { ctx, bbox } = u;
    ctx.save();
    for (const band of data.bands) {
      const left = Math.max(bbox.left, u.valToPos(band.start, "x", true));
      const right = Math.min(bbox.left + bbox.width, u.valToPos(band.end, "x", true));
      if (right < bbox.left || left > bbox.left + bbox.width) continue;
      ctx.fillStyle = colour("--band");
      ctx.fillRect(left, bbox.top, Math.max(2, right - left), bbox.height);
      ctx.strokeStyle = colour("--fault");
      ctx.setLineDash([3, 3]);
      ctx.strokeRect(left, bbox.top, Math.max(2, right - left), bbox.height);
    }
    ctx.restore();
  }

  function draw(id, label, unit, lines, scale) {
    const place = document.getElementById(id);
    place.textContent = "";
    const axis = { stroke: colour("--ink"), grid: { stroke: colour("--line"), width: 0.5 }, ticks: { stroke: colour("--line") } };
    const options = {
      width: place.clientWidth, height: 190, title: label,
      scales: { x: { time: false, range: [0, data.end] }, y: scale },
      axes: [{ ...axis, values: (u, ticks) => ticks.map((tick) => tick + " s") },
             { ...axis, size: 70, values: (u, ticks) => ticks.map((tick) => tick + " " + unit) }],
      series: [{ label: "s" }, ...lines.map((line) => ({ label: line.label, stroke: colour(line.colour), width: 2, dash: line.dash, spanGaps: false, points: { show: line.points, size: 4 } }))],
      hooks: { drawClear: [bands] },
    };
    charts.push(new uPlot(options, [data.columns.start, ...lines.map((line) => data.columns[line.column])], place));
  }

  function drawAll() {
    charts.splice(0).forEach((chart) => chart.destroy());
    draw("availability", "availability", "%", [{ label: "ok in time, %", column: "availability", colour: "--lead", points: true }], { range: [0, 102] });
    draw("latency", "latency of ok answers", "ms", [
      { label: "p50, ms", column: "p50", colour: "--ok", points: true },
      { label: "p99, ms (dashed)", column: "p99", colour: "--info", dash: [6, 4], points: false },
    ], { range: (u, low, high) => [0, high ? high * 1.05 : 1] });
  }

  function zoom(svg, factor, pan) {
    const height = Number(svg.dataset.height);
    const [x, , width] = svg.getAttribute("viewBox").split(" ").map(Number);
    const next = factor === 0 ? 1000 : Math.min(1000, Math.max(10, width * factor));
    const left = factor === 0 ? 0 : Math.min(1000 - next, Math.max(0, x + (width - next) / 2 + pan * width));
    svg.setAttribute("viewBox", [left, 0, next, height].join(" "));
    // Time alone is stretched: lanes keep their height, and words are drawn back to their own shape.
    svg.setAttribute("preserveAspectRatio", "none");
    svg.style.height = (height * svg.clientWidth) / 1000 + "px";
    for (const text of svg.querySelectorAll("text, circle, .cross")) {
      if (text.classList.contains("name")) text.setAttribute("x", left + (4 * next) / 1000);
      text.style.transformBox = "fill-box";
      text.style.transformOrigin = text.classList.contains("name") ? "left" : "center";
      text.style.transform = "scaleX(" + next / 1000 + ")";
    }
  }

  for (const button of document.querySelectorAll("button[data-for]")) {
    const svg = document.getElementById(button.dataset.for);
    button.addEventListener("click", () => zoom(svg, Number(button.dataset.zoom ?? 1), Number(button.dataset.pan ?? 0)));
  }
  const keys = { "+": [0.5, 0], "=": [0.5, 0], "-": [2, 0], ArrowLeft: [1, -0.25], ArrowRight: [1, 0.25], 0: [0, 0] };
  for (const svg of document.querySelectorAll("svg.lamport")) {
    svg.addEventListener("keydown", (event) => {
      if (!(event.key in keys) || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      zoom(svg, ...keys[event.key]);
    });
  }
  drawAll();
  dark.addEventListener("change", drawAll);
  window.addEventListener("resize", drawAll);
  window.addEventListener("beforeprint", drawAll);
  window.addEventListener("afterprint", drawAll);
})();
