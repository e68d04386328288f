/**
 * What papers and public benchmarks printed for a split, and what Marquee promises on it. The split is known by
 * its files, so the same figures stand beside it in any folder, and a split of the same name with other files
 * gets none.
 */
import type { BudgetSense } from '../../src/domain/measurement.ts';

export interface PublishedResults {
  /** Of `openPublishedSplit`. */
  readonly fingerprint: string;
  /** By metric, such as `recall@20`: the figures printed, by the model's name there. */
  readonly printed: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** By `model.metric@k`. */
  readonly budgets: Readonly<Record<string, readonly [value: number, sense: BudgetSense]>>;
}

/** NGCF/LightGCN split; figures of BARS (Zhu et al., SIGIR 2022) and of the models' own papers. */
const GOWALLA: PublishedResults = {
  fingerprint: '520b60c3f9028a93475636a55a55b7e2c5d662a846fc8b4161894749fccdc421',
  printed: {
    'recall@20': {
      ItemCF: 0.157,
      'MF-BPR': 0.1627,
      EASE: 0.1765,
      LightGCN: 0.183,
      UltraGCN: 0.1862,
      SimpleX: 0.1872,
    },
    'ndcg@20': {
      ItemCF: 0.1214,
      'MF-BPR': 0.1378,
      EASE: 0.1467,
      LightGCN: 0.1554,
      UltraGCN: 0.158,
      SimpleX: 0.1557,
    },
  },
  budgets: {
    'item-knn.recall@20': [0.95 * 0.157, 'at-least'],
    'two-tower.recall@20': [0.183, 'at-least'],
    'two-tower.ndcg@20': [0.1554, 'at-least'],
    'two-tower.fit': [1_800, 'at-most'],
  },
};

/** NBPO split of Amazon Electronics; UltraGCN as its authors print it (CIKM 2021). */
const ELECTRONICS: PublishedResults = {
  fingerprint: 'd9053b81aaf1096dd62c32183606f249ba6b586b661562e540e65a11ee870a91',
  printed: { 'ndcg@20': { UltraGCN: 0.0829 } },
  budgets: { 'ease.ndcg@20': [0.08, 'at-least'], 'two-tower.ndcg@20': [0.0829, 'at-least'] },
};

const KNOWN = new Map([GOWALLA, ELECTRONICS].map((results) => [results.fingerprint, results]));

export const publishedResults = (fingerprint: string): PublishedResults | undefined => KNOWN.get(fingerprint);
