import { navigate } from "wouter/use-browser-location";

/** Clicks on links within the console change the page without loading it anew; all
 *  others, and those with a key held, stay with the browser. */
export function followLinks(root: HTMLElement) {
  root.ownerDocument.addEventListener("click", (e) => {
    if (e.defaultPrevented || e.button !== 0 || e.metaKey || e.ctrlKey || e.shiftKey || e.altKey) return;
    const a = (e.target as Element | null)?.closest?.("a");
    if (!a?.href || (a.target && a.target !== "_self") || a.hasAttribute("download")) return;
    const to = new URL(a.href, location.href);
    if (to.origin !== location.origin || !inConsole(to.pathname)) return;
    e.preventDefault();
    if (to.href !== location.href) navigate(to.pathname + to.search + to.hash);
  });
}

const inConsole = (path: string) => !/^\/(v1|a|local|hooks)(\/|$)/.test(path);
