/** What brings a member back, page after page: the same in the page-by-page world and in the coarse one. */

export const START_MOOD = 0.6;

/** Mean page views in a day of a member of that activity in that mood, which goes from 0 to 1. */
export const visitRate = (activity: number, mood: number): number => activity * (0.4 + mood);

/** The mood after a page with so many plays, of which some satisfied; patience slows its fall. */
export const moodAfterPage = (mood: number, plays: number, satisfied: number, patience: number): number =>
  plays === 0 ? mood - (0.02 * mood) / patience : mood + 0.15 * (satisfied / plays - mood);

/** P(the member leaves for good) after a page. */
export const leaveProbability = (mood: number, patience: number): number => (0.02 * (1 - mood)) / patience;

const MOST_VISITS = 20;

/** Number of page views on a day, of mean `rate`, by inversion of the Poisson distribution at `u`. */
export const drawVisits = (rate: number, u: number): number => {
  let probability = Math.exp(-rate);
  let rest = u - probability;
  let visits = 0;
  while (rest >= 0 && visits < MOST_VISITS) {
    visits++;
    probability *= rate / visits;
    rest -= probability;
  }
  return visits;
};
