"use strict";
(function () {
  const models = JSON.parse(document.getElementById("data").textContent);
  const dark = window.matchMedia("(prefers-color-scheme: dark)").matches;
  const ink = dark ? "#98a2ab" : "#667079";
  const grid = dark ? "#30363c" : "#e8e5df";
  const card = dark ? "#1c2024" : "#ffffff";
  // Okabe and Ito's colours, which the colour-blind can distinguish.
  const colors = dark
    ? ["#56b4e9", "#e69f00", "#2fc79a", "#cc79a7", "#f0e442", "#ff8a5c"]
    : ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#9a8200", "#56b4e9"];
  Chart.defaults.color = ink;
  Chart.defaults.borderColor = grid;
  Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
  Chart.defaults.animation = false;
  Chart.defaults.maintainAspectRatio = false;
  const wash = (color) => color + "26";
  const number = (value) => (value === null || value === undefined ? "–" : value.toFixed(3));

  // A line with its interval as a band and its reference dashed.
  function line(series, index, mature, options) {
    const color = colors[index % colors.length];
    const count = series.value.length;
    const sets = [];
    if (options.band && series.lower.some((v) => v !== null)) {
      sets.push({ data: series.upper, borderWidth: 0, pointRadius: 0, fill: "+1", backgroundColor: wash(color), helper: true });
      sets.push({ data: series.lower, borderWidth: 0, pointRadius: 0, helper: true });
    }
    sets.push({
      label: series.name, data: series.value, borderColor: color, backgroundColor: color,
      borderWidth: 2, tension: 0, spanGaps: true, pointRadius: count > 60 ? 0 : 3.5,
      pointBackgroundColor: mature ? mature.map((m) => (m ? color : card)) : color,
      pointBorderColor: color, pointBorderWidth: 1.5,
    });
    if (options.reference && series.reference !== null && series.reference !== undefined) {
      sets.push({ data: Array(count).fill(series.reference), borderColor: color, borderWidth: 1, borderDash: [5, 4], pointRadius: 0, helper: true });
    }
    return sets;
  }

  function level(value, count) {
    return { data: Array(count).fill(value), borderColor: ink, borderWidth: 1, borderDash: [2, 3], pointRadius: 0, helper: true };
  }

  // Windows in which an alert fired are shaded.
  const shade = (alerts) => ({
    id: "alerts",
    beforeDatasetsDraw(chart) {
      const { ctx, chartArea, scales } = chart;
      const half = alerts.length > 1 ? (scales.x.getPixelForValue(1) - scales.x.getPixelForValue(0)) / 2 : chartArea.width / 2;
      ctx.save();
      ctx.fillStyle = dark ? "#ff8a5c22" : "#d55e0018";
      alerts.forEach((names, index) => {
        if (!names.length) return;
        const x = scales.x.getPixelForValue(index);
        const left = Math.max(chartArea.left, x - half);
        ctx.fillRect(left, chartArea.top, Math.min(chartArea.right, x + half) - left, chartArea.height);
      });
      ctx.restore();
    },
  });

  function draw(id, labels, datasets, extra, alerts) {
    const canvas = document.getElementById(id);
    if (!canvas) return;
    new Chart(canvas, {
      type: "line",
      data: { labels, datasets },
      plugins: [shade(alerts)],
      options: {
        interaction: { mode: "index", intersect: false },
        plugins: {
          legend: { position: "bottom", labels: { boxWidth: 12, filter: (item, data) => !data.datasets[item.datasetIndex].helper } },
          tooltip: { filter: (item) => !item.dataset.helper, callbacks: { label: (item) => `${item.dataset.label}: ${number(item.parsed.y)}`, footer: (items) => (items.length ? alerts[items[0].dataIndex] : []) } },
        },
        scales: { x: { ticks: { maxRotation: 60, autoSkip: true, maxTicksLimit: 14 }, grid: { display: false } }, y: extra },
      },
    });
  }

  models.forEach((model, m) => {
    model.groups.forEach((group, g) => {
      const name = `${m}-${g}`;
      const count = group.labels.length;
      draw(`performance-${name}`, group.labels, group.performance.flatMap((s, i) => line(s, i, group.mature, { band: true, reference: true })), { suggestedMin: 0, suggestedMax: 1 }, group.alerts);
      draw(`churn-${name}`, group.labels, group.churn.flatMap((s, i) => line(s, i, group.mature, { band: true, reference: true })), { beginAtZero: true }, group.alerts);
      draw(`drift-${name}`, group.labels, group.drift.flatMap((s, i) => line(s, i, null, {})).concat([level(0.1, count), level(0.25, count)]), { type: "logarithmic", min: 0.003, suggestedMax: 0.5, ticks: { callback: (v) => ([0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10].includes(v) ? v : null) } }, group.alerts);
    });
    model.distributions.forEach((distribution, d) => {
      const canvas = document.getElementById(`distribution-${m}-${d}`);
      if (!canvas) return;
      new Chart(canvas, {
        type: "bar",
        data: {
          labels: distribution.labels,
          datasets: [
            { label: "reference", data: distribution.reference, backgroundColor: dark ? "#5a646d" : "#b9bec3" },
            { label: "window", data: distribution.current, backgroundColor: colors[0] },
          ],
        },
        options: {
          plugins: { legend: { position: "bottom", labels: { boxWidth: 12 } }, tooltip: { callbacks: { label: (item) => `${item.dataset.label}: ${(100 * item.parsed.y).toFixed(1)} %` } } },
          scales: { x: { grid: { display: false }, ticks: { maxRotation: 60, autoSkip: true } }, y: { beginAtZero: true, ticks: { callback: (v) => `${Math.round(v * 100)} %` } } },
        },
      });
    });
    const canvas = document.getElementById(`reliability-${m}`);
    if (canvas && model.reliability) {
      const points = (rows) => rows.map((r) => ({ x: r[0], y: r[1], low: r[2], high: r[3], n: r[4] }));
      const top = Math.min(1, 1.1 * Math.max(...model.reliability.points.concat(model.reliability.reference).map((r) => Math.max(r[0], r[3]))));
      new Chart(canvas, {
        type: "scatter",
        data: {
          datasets: [
            { label: "perfect", type: "line", data: [{ x: 0, y: 0 }, { x: top, y: top }], borderColor: ink, borderWidth: 1, borderDash: [4, 4], pointRadius: 0 },
            { label: "reference", data: points(model.reliability.reference), showLine: true, borderColor: dark ? "#7b858e" : "#9aa1a8", backgroundColor: dark ? "#7b858e" : "#9aa1a8", borderWidth: 1.5 },
            { label: "window", data: points(model.reliability.points), showLine: true, borderColor: colors[0], backgroundColor: colors[0], borderWidth: 2 },
          ],
        },
        options: {
          plugins: { legend: { position: "bottom", labels: { boxWidth: 12 } }, tooltip: { callbacks: { label: (item) => item.raw.n === undefined ? "" : `score ${number(item.raw.x)}, churned ${number(item.raw.y)} (${number(item.raw.low)} to ${number(item.raw.high)}), ${item.raw.n} rows` } } },
          scales: { x: { min: 0, max: top }, y: { min: 0, max: top } },
        },
      });
    }
  });
})();
