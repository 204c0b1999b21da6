// What the tests look at on a page, as functions of `look`.
var look = {
  all: (selector) => [...document.querySelectorAll(selector)],
  settled: () => new Promise((done) => requestAnimationFrame(() => setTimeout(done))),
  middle(selector) {
    const element = document.querySelector(selector);
    element.scrollIntoView({ block: "center" });
    const at = element.getClientRects()[0];
    return [at.x + at.width / 2, at.y + at.height / 2];
  },
  focus(selector) {
    document.querySelector(selector).focus();
    return document.activeElement === document.querySelector(selector);
  },
  choose(selector, value) {
    document.querySelector(selector).value = value;
    document.querySelector(selector).dispatchEvent(new Event("input", { bubbles: true }));
  },
  unfold: () => look.all("details").forEach((details) => { details.open = true; }),
  findings: () => look.all("tr.finding:not(.out)").map((row) => [...row.cells].map((cell) => cell.innerText.trim())),
  sorted: (texts, sign) => texts.sort((a, b) => sign * a.localeCompare(b, "en", { numeric: true })),
  bottoms: (selector) => look.all(selector).map((e) => [e.innerText, e.getBoundingClientRect().bottom]),
  beyond: () => look.all("body *").filter((e) => !e.closest(".picture, pre, select") && e.checkVisibility()
    && (e.getBoundingClientRect().right > innerWidth + 1 || e.getBoundingClientRect().left < -1)).map(look.name),
  clipped: () => look.all("summary, td, th, li, p, h2, button").filter((e) => e.checkVisibility()
    && e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== "inline").map(look.name),
  name: (e) => e.outerHTML.slice(0, 200),
  rgba(colour) {
    const canvas = new OffscreenCanvas(1, 1).getContext("2d");
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  },
  // Relative luminance and contrast as WCAG 2 defines them.
  light: (rgba) => rgba.slice(0, 3).map((c) => c / 255).map((c) => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0),
  ground(e) {
    for (; e; e = e.parentElement) {
      const colour = look.rgba(getComputedStyle(e).backgroundColor);
      if (colour[3] === 255) return look.light(colour);
    }
    return 1;
  },
  faint() {
    const found = {}, seen = new Set();
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let text = walker.nextNode(); text; text = walker.nextNode()) {
      const e = text.parentElement;
      const kind = [e, e.parentElement, e.parentElement?.parentElement].map((x) => `${x?.tagName}.${x?.className}`).join(" < ");
      if (!text.data.trim() || seen.has(kind) || e.closest("svg, script, select") || !e.checkVisibility()) continue;
      seen.add(kind);
      const [a, b] = [look.light(look.rgba(getComputedStyle(e).color)), look.ground(e)];
      const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
      if (contrast < 4.5) found[kind] = contrast;
    }
    return found;
  },
};
