import type { Series as Sample } from '../../monitoring/exposition.ts';
import { type Chart, tableOf } from '../chart.ts';
import { colour } from '../palette.ts';

/** What became of the versions that were published while a server ran: trials on some members, promoted or rolled back. */
export const versionEvents = (samples: readonly Sample[]): Chart | undefined => {
  const serving = samples.find(({ metric, value }) => metric === 'marquee_model_info' && value === 1);
  const rows = samples
    .filter(({ metric }) => metric === 'marquee_version_events_total')
    .map(({ labels, value }) => ({ what: labels['what'], versions: value }));
  if (rows.length === 0 || serving === undefined) return undefined;
  const said = rows.map(({ what, versions }) => `${versions} ${what}`).join(', ');
  return {
    id: 'versions',
    title: 'Versions and their trials',
    sentence: `${serving.labels['version']} serves; of versions published since the start: ${said}.`,
    table: tableOf(rows),
    spec: {
      height: rows.length * 30,
      mark: { type: 'bar', color: colour('good'), height: 14 },
      encoding: {
        y: { field: 'what', type: 'nominal', sort: null, title: null },
        x: { field: 'versions', type: 'quantitative', axis: { tickMinStep: 1, format: 'd' } },
      },
    },
  };
};
