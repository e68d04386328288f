import type { Series as Sample } from '../../monitoring/exposition.ts';
import { type Chart, tableOf } from '../chart.ts';
import { numberText } from '../digits.ts';
import { colour } from '../palette.ts';

const [PSI, DRIFTED] = ['marquee_drift_psi', 'marquee_drifted'];
const MOST_ROWS = 30;

/** How far each feature and prediction that a server sees lies from what its version was published with. */
export const featureDrift = (samples: readonly Sample[]): Chart | undefined => {
  const drifted = new Set(
    samples
      .filter(({ metric, value }) => metric === DRIFTED && value === 1)
      .map(({ labels }) => labels['of']),
  );
  const rows = samples
    .filter(({ metric, value }) => metric === PSI && Number.isFinite(value))
    .map(({ labels: { of }, value }) => ({
      feature: of,
      psi: value,
      result: drifted.has(of) ? 'drifted' : 'as published with',
    }))
    .sort((a, b) => b.psi - a.psi)
    .slice(0, MOST_ROWS);
  if (rows.length === 0) return undefined;
  return {
    id: 'drift',
    title: 'Drift by feature',
    sentence: `${drifted.size} features and predictions have drifted from what the version was published with, by much and not by chance; the furthest is ${rows[0].feature}, with a stability index of ${numberText(rows[0].psi)}.`,
    table: tableOf(rows),
    spec: {
      height: rows.length * 24,
      layer: [
        {
          mark: { type: 'bar', height: 12 },
          encoding: {
            y: { field: 'feature', type: 'nominal', sort: null, title: null, axis: { labelLimit: 140 } },
            x: { field: 'psi', type: 'quantitative', axis: { title: 'population stability index' } },
            color: {
              field: 'result',
              type: 'nominal',
              title: null,
              scale: { domain: ['as published with', 'drifted'], range: [colour('good'), colour('bad')] },
            },
          },
        },
      ],
    },
  };
};
