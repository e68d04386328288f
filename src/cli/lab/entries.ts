import type { LabEntry } from '../../serving/routes/lab-routes.ts';

/** The charts of the lab, in the order of the page. */
export const LAB_ENTRIES = [
  {
    id: 'recall',
    title: 'Recall@K by source of candidates',
    about: 'How many of the held-out plays each source finds, beside popularity and chance.',
    source: 'demo',
  },
  {
    id: 'ndcg',
    title: "NDCG beside the oracle's",
    about: 'How well each ranker orders a page, beside an oracle that ranks by the truth.',
    source: 'demo',
  },
  {
    id: 'examination',
    title: 'Examination: estimated and true',
    about: 'How far members look along a row, as their clicks tell and as the world has it.',
    source: 'demo',
  },
  {
    id: 'artwork-regret',
    title: 'Regret of artwork policies',
    about: 'What policies lost while they learned which artwork to show to whom.',
    source: 'demo',
  },
  {
    id: 'latency',
    title: 'Latency histograms against budgets',
    about: 'How long pages, artwork, candidates and ranking took when the demo measured them.',
    source: 'demo',
  },
  {
    id: 'stages',
    title: 'Stages of this server’s requests',
    about: 'How long each stage takes in this very server, beside its budget.',
    source: 'server',
  },
  {
    id: 'drift',
    title: 'Drift by feature',
    about: 'How far what this server sees lies from what its models learned from.',
    source: 'server',
  },
  {
    id: 'versions',
    title: 'Versions and their trials',
    about:
      'What became of versions published while this server runs: tried on some members, promoted, rolled back.',
    source: 'server',
  },
  {
    id: 'regret',
    title: 'Regret of each policy as it learns',
    about: 'Twelve policies meet the same members for the first time, here and now.',
    source: 'experiment',
  },
  {
    id: 'off-policy',
    title: 'Off-policy estimates around the truth',
    about: 'What a policy would be worth, from the log of another, in worlds where the answer is known.',
    source: 'experiment',
  },
  {
    id: 'new-retrieval',
    title: 'A/B test: a new retrieval model',
    about: 'An experiment on members of the world: what it says, what is true, and the verdict.',
    source: 'experiment',
  },
  {
    id: 'clicks-up-watch-down',
    title: 'A/B test: clicks up, watch time down',
    about: 'An experiment whose metrics disagree: what it says, what is true, and the verdict.',
    source: 'experiment',
  },
  {
    id: 'season-push',
    title: 'Causal question: a push about a new season',
    about: 'Would they have stayed anyway, and whom to send it to?',
    source: 'experiment',
  },
  {
    id: 'interleaving',
    title: 'Interleaving beside A/B tests',
    about: 'Two rankers on one page: how few pages tell which is better, and whether an A/B test agrees.',
    source: 'experiment',
  },
] as const satisfies readonly LabEntry[];

export type LabId = (typeof LAB_ENTRIES)[number]['id'];
