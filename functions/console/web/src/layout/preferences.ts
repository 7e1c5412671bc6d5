import { applyDensity, applyMode, Density, Mode } from "@cloudscape-design/global-styles";

// Looks that a person chose, kept in this browser.

export type Theme = "system" | "light" | "dark";
export type Spacing = "comfortable" | "compact";

export function recall<T>(name: string, otherwise: T): T {
  try {
    const text = localStorage.getItem("deskhand." + name);
    return text === null ? otherwise : (JSON.parse(text) as T);
  } catch {
    return otherwise; // storage that is switched off or holds something else
  }
}

export function remember(name: string, value: unknown) {
  try {
    localStorage.setItem("deskhand." + name, JSON.stringify(value));
  } catch {
    // It works all the same, until the next reload.
  }
}

const dark = window.matchMedia("(prefers-color-scheme: dark)");

export const theme = (): Theme => recall<Theme>("theme", "system");
export const spacing = (): Spacing => recall<Spacing>("spacing", "comfortable");

/** Puts the chosen looks on; those of the system when none are chosen. */
export function applyLooks() {
  const t = theme();
  const isDark = t === "dark" || (t === "system" && dark.matches);
  applyMode(isDark ? Mode.Dark : Mode.Light);
  applyDensity(spacing() === "compact" ? Density.Compact : Density.Comfortable);
  document.documentElement.style.colorScheme = isDark ? "dark" : "light";
}

export function chooseTheme(t: Theme) {
  remember("theme", t);
  applyLooks();
}

export function chooseSpacing(s: Spacing) {
  remember("spacing", s);
  applyLooks();
}

dark.addEventListener("change", applyLooks);
