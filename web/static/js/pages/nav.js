// nav.js: on a narrow screen the navigation scrolls sideways; the part one is in
// is in sight.

document.querySelector(".nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
