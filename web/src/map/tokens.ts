/** The colours of the map are the tokens of look/base.css as they hold where the map stands. */

export const TONES = ["red", "orange", "yellow", "green", "cyan", "blue", "purple", "secondary"] as const;
export type Tone = (typeof TONES)[number];

export interface Palette {
  ground: string;
  surface: string;
  line: string;
  ink: string;
  soft: string;
  brand: string;
  dark: boolean;
  scale: number; // of the screen: a wall of 3840 pixels has twice the size of letters
  tones: Record<Tone, string>;
}

export function palette(at: Element): Palette {
  const style = getComputedStyle(at);
  const token = (name: string) => style.getPropertyValue(`--${name}`).trim();
  const tones = Object.fromEntries(TONES.map((tone) => [tone, token(`tone-${tone}`)])) as Record<Tone, string>;
  return {
    ground: token("ground"),
    surface: token("surface"),
    line: token("line"),
    ink: token("ink"),
    soft: token("ink-soft"),
    brand: token("brand"),
    dark: at.closest("[data-bs-theme]")?.getAttribute("data-bs-theme") === "dark",
    scale: Math.max(1, Number.parseFloat(getComputedStyle(document.documentElement).fontSize) / 16),
    tones,
  };
}
