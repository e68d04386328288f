/** What an artwork's theme vector looks like: each number of it is one quality that a drawing can show. */

/** In the order of the theme's numbers. A longer theme's other numbers show nothing, a shorter one's are 0. */
export const MOOD_AXES = [
  { axis: 'warmth', high: 'warm', low: 'cool' },
  { axis: 'light', high: 'bright', low: 'dark' },
  { axis: 'tension', high: 'tense', low: 'calm' },
  { axis: 'play', high: 'playful', low: 'grave' },
  { axis: 'scale', high: 'grand', low: 'intimate' },
  { axis: 'tenderness', high: 'tender', low: 'harsh' },
  { axis: 'mystery', high: 'mysterious', low: 'clear' },
  { axis: 'pace', high: 'fast', low: 'slow' },
] as const;

/** Each from -1 to 1. */
export type Mood = Readonly<Record<(typeof MOOD_AXES)[number]['axis'], number>>;

/** The numbers of a unit vector of 8 are small, so that what is strong for one shows as strong. */
const STRONG = 0.6;

/** The theme's numbers as qualities, those of `STRONG` and beyond in full. */
export const moodOfTheme = (theme: ArrayLike<number>): Mood =>
  Object.fromEntries(
    MOOD_AXES.map(({ axis }, i) => [axis, Math.max(-1, Math.min(1, (theme[i] ?? 0) / STRONG))]),
  ) as Mood;

/** The two words that say most of it, the stronger first; fewer where nothing is strong. */
export const moodWords = (mood: Mood): string[] =>
  [...MOOD_AXES]
    .filter(({ axis }) => Math.abs(mood[axis]) > 0.3)
    .sort((a, b) => Math.abs(mood[b.axis]) - Math.abs(mood[a.axis]))
    .slice(0, 2)
    .map(({ axis, high, low }) => (mood[axis] > 0 ? high : low));
