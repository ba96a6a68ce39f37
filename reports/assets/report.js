(function () {
  "use strict";
  var charts = JSON.parse(document.getElementById("data").textContent) || [];
  var root = document.documentElement, plots = [];
  var dashes = [[], [7, 3], [2, 3], [10, 3, 2, 3], [1, 5], [5, 5]];

  function color(name) { return getComputedStyle(root).getPropertyValue(name).trim(); }
  function trim(x, digits) { return String(+x.toPrecision(digits)); }
  function seconds(v) {
    var a = Math.abs(v);
    if (a === 0) return "0";
    if (a < 1e-3) return trim(v * 1e6, 3) + " µs";
    if (a < 1) return trim(v * 1e3, 3) + " ms";
    return trim(v, 3) + " s";
  }
  function elapsed(v) {
    if (v < 60) return trim(v, 4) + " s";
    var s = Math.round(v), h = Math.floor(s / 3600), m = Math.floor(s % 3600 / 60), rest = s % 60;
    return [h ? h + " h" : "", m ? m + " min" : "", rest ? rest + " s" : ""].join(" ").replace(/ +/g, " ").trim();
  }
  function share(x) {
    var left = Math.pow(10, -x), digits = Math.max(0, Math.ceil(x - 1e-9) - 2);
    return (100 * (1 - left)).toFixed(x > 0 && x < 1 ? 1 : digits + (x % 1 > 1e-9 ? 1 : 0)).replace(/(\.\d*?)0+$/, "$1").replace(/\.$/, "") + " %";
  }
  function figure(unit) {
    if (unit === "seconds") return seconds;
    if (unit === "ratio") return function (v) { return +(100 * v).toPrecision(3) + "%"; };
    return function (v) { return (v >= 100 ? Math.round(v) : +v.toFixed(2)).toLocaleString("en-US") + (unit === "per_second" ? "/s" : ""); };
  }
  function absent(format) { return function (u, v) { return v == null ? "–" : format(v); }; }

  // A log's zone need not be one that the browser knows: every point brings its offset.
  function zoned(c) {
    return function (ts) {
      var i = c.x.length - 1;
      while (i > 0 && c.x[i] > ts) i--;
      return uPlot.tzDate(new Date((ts + (c.offsets ? c.offsets[i] : 0)) * 1e3), "Etc/UTC");
    };
  }
  function two(n) { return (n < 10 ? "0" : "") + n; }
  function stamp(c) {
    var zone = zoned(c);
    return function (ts) {
      var d = zone(ts);
      return d.getFullYear() + "-" + two(d.getMonth() + 1) + "-" + two(d.getDate()) + (/ (day|month)$/.test(c.title) ? "" : " " + two(d.getHours()) + ":" + two(d.getMinutes()));
    };
  }

  function draw(c, holder) {
    var format = figure(c.unit), muted = color("--muted"), line = color("--line");
    var axis = { stroke: muted, grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1 }, font: "12px system-ui, sans-serif" };
    var x = Object.assign({}, axis), spell = elapsed;
    if (c.x_kind === "clock") {
      spell = stamp(c);
      x.space = 64;
      // The smallest step, the label, and what is added where a year, a month, a day … begins.
      x.values = [
        [31536e3, "{YYYY}", null, null, null, null, null, null, 1],
        [2419200, "{YYYY}-{MM}", null, null, null, null, null, null, 1],
        [86400, "{MM}-{DD}", "\n{YYYY}", null, null, null, null, null, 1],
        [60, "{HH}:{mm}", "\n{YYYY}-{MM}-{DD}", null, "\n{MM}-{DD}", null, null, null, 1]
      ];
    } else if (c.x_kind === "tail") {
      spell = share;
      x.splits = function (u, i, min, max) { for (var all = [], v = 0; v <= max + 1e-9; v++) all.push(v); return all; };
      x.values = function (u, all) { return all.map(share); };
    } else {
      x.values = function (u, all) { return all.map(elapsed); };
      x.space = 60;
    }
    var wide = 0;
    c.series.forEach(function (s) { s.values.forEach(function (v) { if (v != null) wide = Math.max(wide, format(v).length); }); });
    var y = Object.assign({}, axis, { size: Math.max(46, 18 + 7.5 * wide), values: function (u, all) { return all.map(function (v) { return v == null ? "" : format(v); }); } });
    var series = [{ label: c.x_kind === "tail" ? "share" : "at", value: absent(spell) }];
    c.series.forEach(function (s, i) {
      var stroke = color(c.id === "errors" ? "--c5" : c.kind === "bars" ? "--b" + i % 2 : "--c" + i % 6), one = { label: s.label, stroke: stroke, width: 1.75, value: absent(format), points: { show: c.x.length <= 40 && c.x_kind !== "tail", size: 4 } };
      if (c.kind === "bars") {
        one.paths = uPlot.paths.bars({ size: [[0.85, 0.5][i % 2], 60, 1] });
        one.fill = stroke; one.width = 0; one.points.show = false;
      } else {
        one.dash = dashes[i % 6];
      }
      series.push(one);
    });
    var bounds = function (u, min, max) { return [0, max > 0 ? max * 1.06 : 1]; };
    var options = {
      width: Math.max(240, holder.clientWidth), height: 240, series: series, axes: [x, y],
      scales: { x: { time: c.x_kind === "clock" }, y: { range: bounds } },
      cursor: { drag: { x: true, y: false }, points: { size: 6 } }, legend: { live: true }
    };
    if (c.x.length === 1) options.scales.x.range = function (u, min) { var d = c.x_kind === "clock" ? 3600 : 1; return [min - d, min + d]; };
    if (c.kind === "bars" && c.x.length > 1) {
      var gap = Infinity;
      for (var i = 1; i < c.x.length; i++) gap = Math.min(gap, c.x[i] - c.x[i - 1]);
      options.scales.x.range = function (u, min, max) { return [min - gap / 2, max + gap / 2]; };
    }
    if (c.x_kind === "clock") options.tzDate = zoned(c);
    holder.textContent = "";
    var plot = new uPlot(options, [c.x].concat(c.series.map(function (s) { return s.values; })), holder);
    var canvas = holder.querySelector("canvas");
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", c.title + ": the numbers are in the tables of this page");
    var legend = holder.querySelector(".u-legend"), caption = legend.createCaption();
    caption.className = "unseen";
    caption.textContent = c.title + ": the values under the pointer";
    legend.querySelectorAll("th").forEach(function (th) { th.scope = "row"; });
    holder.parentNode.dataset.points = plot.data[0].length;
    holder.parentNode.dataset.series = plot.series.length - 1;
    plots.push({ plot: plot, holder: holder });
  }
  function drawAll() {
    plots.forEach(function (p) { p.plot.destroy(); });
    plots = [];
    charts.forEach(function (c) { draw(c, document.querySelector("#chart-" + CSS.escape(c.id) + " .plot")); });
  }
  function fit() {
    plots.forEach(function (p) {
      var width = Math.max(240, p.holder.clientWidth);
      if (width !== p.plot.width) p.plot.setSize({ width: width, height: 240 });
    });
  }

  var system = matchMedia("(prefers-color-scheme: dark)"), button = document.getElementById("theme");
  function dark() { return root.dataset.theme ? root.dataset.theme === "dark" : system.matches; }
  function themed() {
    button.textContent = dark() ? "Light" : "Dark";
    button.setAttribute("aria-label", "Switch to " + (dark() ? "light" : "dark") + " colours");
    drawAll();
  }
  button.hidden = false;
  button.addEventListener("click", function () { root.dataset.theme = dark() ? "light" : "dark"; themed(); });
  system.addEventListener("change", themed);

  function order(cell) {
    var v = cell ? cell.dataset.order : undefined;
    return v === undefined ? null : Number(v);
  }
  function compare(a, b, i, sign) {
    if (a.classList.contains("rest") !== b.classList.contains("rest")) return a.classList.contains("rest") ? 1 : -1;
    var x = order(a.cells[i]), y = order(b.cells[i]);
    if (x !== null && y !== null) return sign * (x - y);
    var s = a.cells[i].textContent, t = b.cells[i].textContent;
    if ((s === "") !== (t === "")) return s === "" ? 1 : -1;
    return sign * s.localeCompare(t, "en", { numeric: true });
  }
  // Of a long table the first rows are shown until more are asked for; what sums up the rest is always there.
  var brief = 20;
  function shorten(table) {
    if (table.dataset.whole === undefined) return;
    var all = table.dataset.whole || table.dataset.searched, rows = Array.prototype.slice.call(table.tBodies[0].rows);
    rows.forEach(function (row, i) { row.classList.toggle("more", !all && i >= brief && !row.classList.contains("rest")); });
  }
  function expandable(section) {
    var table = section.querySelector("table"), n = table.tBodies[0].rows.length;
    if (n <= brief + 5 || section.querySelector("details:not(.defs)")) return;
    var b = document.createElement("button");
    b.type = "button";
    b.className = "all";
    b.textContent = "Show all " + n + " rows";
    b.setAttribute("aria-expanded", "false");
    b.addEventListener("click", function () {
      table.dataset.whole = table.dataset.whole ? "" : "yes";
      b.setAttribute("aria-expanded", table.dataset.whole ? "true" : "false");
      b.textContent = table.dataset.whole ? "Show the first " + brief + " rows" : "Show all " + n + " rows";
      shorten(table);
    });
    table.parentNode.after(b);
    table.dataset.whole = "";
    shorten(table);
  }
  function sortable(table) {
    var heads = Array.prototype.slice.call(table.tHead.rows[0].cells), body = table.tBodies[0];
    if (body.rows.length < 2) return;
    heads.forEach(function (head, i) {
      if (!head.textContent) return;
      var b = document.createElement("button");
      b.type = "button";
      b.textContent = head.textContent;
      head.textContent = "";
      head.appendChild(b);
      head.setAttribute("aria-sort", "none");
      b.addEventListener("click", function () {
        var state = head.getAttribute("aria-sort"), first = head.classList.contains("number") ? "descending" : "ascending";
        var next = state === "none" ? first : state === "ascending" ? "descending" : "ascending";
        heads.forEach(function (h) { if (h.hasAttribute("aria-sort")) h.setAttribute("aria-sort", "none"); });
        head.setAttribute("aria-sort", next);
        Array.prototype.slice.call(body.rows).sort(function (x, y) { return compare(x, y, i, next === "ascending" ? 1 : -1); })
          .forEach(function (row) { body.appendChild(row); });
        shorten(table);
      });
    });
  }
  function searchable(section) {
    var bar = section.querySelector(".search");
    if (!bar) return;
    var input = bar.querySelector("input"), status = bar.querySelector("[role=status]"), rows = Array.prototype.slice.call(section.querySelector("tbody").rows);
    bar.hidden = false;
    input.addEventListener("input", function () {
      var wanted = input.value.toLowerCase(), shown = 0;
      rows.forEach(function (row) {
        row.hidden = row.textContent.toLowerCase().indexOf(wanted) < 0;
        if (!row.hidden) shown++;
      });
      section.querySelector("table").dataset.searched = wanted;
      shorten(section.querySelector("table"));
      status.textContent = wanted ? shown + " of " + rows.length + " rows" : "";
    });
  }
  document.querySelectorAll(".sheet").forEach(function (s) { sortable(s.querySelector("table")); searchable(s); expandable(s); });

  themed();
  new ResizeObserver(fit).observe(document.querySelector("main"));
  var theme;
  addEventListener("beforeprint", function () {
    theme = root.dataset.theme;
    root.dataset.theme = "light";
    drawAll();
  });
  addEventListener("afterprint", function () {
    if (theme) root.dataset.theme = theme; else delete root.dataset.theme;
    drawAll();
  });
})();
