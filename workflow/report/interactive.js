// Draws the interactive UMAP of report.html. interactive.html.j2 has its controls, and
// nma/report/interactive.py its data:
// layers: [[name, colour]]; tables: columns of points (id, layer number, held_out, depth); unit: of
// depths; maps: {source: {points: its table, kind, mode: {low, high, steps} or null}}.
(async () => {
  const root = document.getElementById("maps");
  const control = (name) => root.querySelector(`[name=${name}]`);
  const layerBoxes = [...root.querySelectorAll("[name=layer]")];
  const plot = root.querySelector(".plot");
  const status = root.querySelector(".status");
  const data = JSON.parse(root.querySelector("script[type='application/json']").textContent);
  const LARGEST = 65534; // the step at `high`; one more means that the point has no place

  // Without WebGL (old or virtual machines) points are drawn as SVG: the same picture, but slower.
  const trace = document.createElement("canvas").getContext("webgl") ? "scattergl" : "scatter";

  const style = getComputedStyle(root);
  // On a touch screen, dragging a finger over the map scrolls the page.
  const dragmode = matchMedia("(pointer: coarse)").matches ? false : "zoom";

  // The bytes of a base64 text.
  function decoded(text) {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  }

  // The coordinates [x, y] of all points; NaN where a point has no place.
  function coordinates({ low, high, steps }) {
    const pairs = new Uint16Array(decoded(steps).buffer);
    return [0, 1].map((axis) =>
      Array.from(pairs.filter((_, i) => i % 2 === axis), (step) =>
        step > LARGEST ? NaN : low[axis] + ((high[axis] - low[axis]) * step) / LARGEST));
  }

  // The range of an axis: that of all points, so that nothing moves when layers are hidden.
  function range({ low, high }, axis) {
    const margin = 0.04 * (high[axis] - low[axis]) + 1e-3;
    return [low[axis] - margin, high[axis] + margin];
  }

  function axis(title, range) {
    return { title: { text: title, standoff: 8 }, range, showticklabels: false, ticks: "",
             showgrid: false, zeroline: false, showline: true, mirror: true, linecolor: "#d9dee3" };
  }

  function hoverText({ kind }, points, i) {
    const lines = [`${kind.replace(/s$/, "")} ${points.id[i]}`,
                   `layer ${data.layers[points.layer[i] - 1][0]}`];
    if (points.depth[i] !== null) lines.push(`depth ${points.depth[i]} ${data.unit}`);
    lines.push(points.held_out[i] ? "held out" : "train");
    return lines.join("<br>");
  }

  function draw() {
    const source = control("source").value;
    const mode = control("mode").value;
    const map = data.maps[source];
    const points = data.tables[map.points];
    plot.hidden = !map[mode];
    if (plot.hidden) {
      status.textContent = `Too few ${map.kind} for a map: it needs at least four train points.`;
      return;
    }
    const [x, y] = coordinates(map[mode]);
    const on = layerBoxes.map((box) => box.checked);
    const show = [control("train").checked, control("held_out").checked];
    const members = [[], []]; // the points shown: train, held out
    points.id.forEach((_, i) => {
      const heldOut = points.held_out[i];
      if (on[points.layer[i] - 1] && show[heldOut] && !Number.isNaN(x[i])) members[heldOut].push(i);
    });

    const size = Math.min(9, Math.max(4, 300 / Math.sqrt(points.id.length)));
    const markers = [
      { size, opacity: 0.55, line: { width: 0 } },
      { size: size + 3, opacity: 1, line: { width: 1, color: "#1d2328" } },
    ];
    const traces = members.map((shown, heldOut) => ({
      type: trace,
      mode: "markers",
      name: heldOut ? "held out" : "train",
      x: shown.map((i) => x[i]),
      y: shown.map((i) => y[i]),
      hovertext: shown.map((i) => hoverText(map, points, i)),
      hoverinfo: "text",
      marker: { ...markers[heldOut], color: shown.map((i) => data.layers[points.layer[i] - 1][1]) },
    }));
    const layout = {
      xaxis: axis("UMAP 1", range(map[mode], 0)),
      yaxis: axis("UMAP 2", range(map[mode], 1)),
      margin: { l: 32, r: 8, t: 34, b: 32 }, // above: room for the buttons
      font: { family: style.fontFamily, color: style.color, size: 13 },
      hovermode: "closest",
      hoverlabel: { bgcolor: "#fff", bordercolor: "#5b6670", font: { color: style.color } },
      dragmode,
      showlegend: false,
      uirevision: `${source} ${mode}`, // the zoom stays when points are hidden and shown
    };
    Plotly.react(plot, traces, layout, {
      responsive: true,
      displaylogo: false,
      showSendToCloud: false, // plotly's default is a button that uploads the data
      plotlyServerURL: "",
      modeBarButtonsToRemove: ["lasso2d", "select2d", "autoScale2d"],
    });
    const [train, heldOut] = members.map((shown) => shown.length.toLocaleString("en"));
    status.textContent = `${train} train and ${heldOut} held-out ${map.kind} shown.` +
      (mode === "supervised" ? " Supervised: train points prove nothing, only held-out points count." : "");
  }

  // Load plotly.js, which the page holds gzipped, at 40 % of its size.
  async function loadPlotly() {
    const packed = root.querySelector("script[type='text/plain']").textContent;
    const stream = new Blob([decoded(packed)]).stream().pipeThrough(new DecompressionStream("gzip"));
    const script = document.createElement("script");
    script.textContent = await new Response(stream).text();
    document.head.append(script);
  }

  if (!window.DecompressionStream) {
    status.textContent = "This browser is too old to draw the map. The figures show the same points.";
    return;
  }
  status.textContent = "Drawing the map ...";
  await loadPlotly();
  root.addEventListener("change", draw);
  for (const name of ["all", "none"]) {
    control(name).addEventListener("click", () => {
      layerBoxes.forEach((box) => { box.checked = name === "all"; });
      draw();
    });
  }
  draw();
})();
