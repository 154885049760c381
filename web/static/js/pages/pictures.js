// pictures.js: charts as files. Every figure gets a link to its chart as SVG,
// and where a chart can be had as SVG it can be had as PNG as well, drawn here.

import { el } from "../lib/dom.js";

/** @param {string} svg address @param {string} name of the file, without ending */
async function savePNG(svg, name) {
  const image = new Image();
  image.src = svg;
  await image.decode();
  const scale = 2; // sharp in print
  const canvas = document.createElement("canvas");
  canvas.width = image.naturalWidth * scale;
  canvas.height = image.naturalHeight * scale;
  const paper = canvas.getContext("2d");
  if (!paper) return;
  paper.fillStyle = "white";
  paper.fillRect(0, 0, canvas.width, canvas.height);
  paper.drawImage(image, 0, 0, canvas.width, canvas.height);
  canvas.toBlob((blob) => {
    if (!blob) return;
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = `${name}.png`;
    link.click();
    URL.revokeObjectURL(link.href);
  });
}

/** @param {string} svg @param {string} name @returns {HTMLElement} */
function pngButton(svg, name) {
  return el("button", { type: "button", "data-png": name, on: { click: () => savePNG(svg, name) } }, "PNG");
}

for (const link of document.querySelectorAll("a[data-svg]")) {
  if (link instanceof HTMLAnchorElement) link.after(" ", pngButton(link.href, link.dataset.svg ?? "chart"));
}

const charts = [...document.querySelectorAll("svg.chart")];
for (const figure of document.querySelectorAll("figure")) {
  const chart = figure.querySelector("svg.chart");
  if (!chart) continue;
  const address = new URL(location.href);
  address.hash = "";
  address.searchParams.set("chart", String(charts.indexOf(chart) + 1));
  figure.append(el("p.save.noprint", {}, el("a", { href: address.href, download: "" }, "SVG"), " ", pngButton(address.href, `chart-${charts.indexOf(chart) + 1}`)));
}
