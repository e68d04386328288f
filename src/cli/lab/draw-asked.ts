/** Answers asks for charts one after another: those of now are made anew, experiments go on between the asks. */
import { messageOf } from '../../domain/errors.ts';
import type { Chart } from '../../reporting/chart.ts';
import { drawChart } from '../../reporting/draw.ts';
import type { LabAnswer, LabAsk } from '../../serving/routes/lab-routes.ts';
import type { LabId } from './entries.ts';
import { LAB_MAKERS, type Shown } from './makers.ts';

interface Experiment {
  latest?: Chart;
  isFinal: boolean;
  failure?: string;
  /** Settles when there is something to show. */
  readonly begun: Promise<void>;
}

/** @param results where the demo wrote what it measured */
export const createDrawer = (results: string): ((ask: LabAsk) => Promise<LabAnswer>) => {
  const experiments = new Map<LabId, Experiment>();

  const experimentOf = (id: LabId, run: () => Shown): Experiment => {
    const known = experiments.get(id);
    if (known !== undefined && known.failure === undefined) return known;
    let begin: () => void = () => undefined;
    const experiment: Experiment = {
      isFinal: false,
      begun: new Promise((resolve) => {
        begin = resolve;
      }),
    };
    experiments.set(id, experiment);
    const goOn = async (): Promise<void> => {
      try {
        for await (const chart of run()) {
          if (chart === undefined) continue;
          experiment.latest = chart;
          begin();
        }
      } catch (thrown) {
        experiment.failure = messageOf(thrown);
      }
      experiment.isFinal = true;
      begin();
    };
    void goOn();
    return experiment;
  };

  return async ({ id, width, metrics }) => {
    const maker = LAB_MAKERS[id as LabId];
    if (maker.kind === 'now') {
      const chart = maker.make({ results, metrics });
      return chart === undefined ? { absent: maker.absent, isFinal: true } : await drawn(chart, width, true);
    }
    const experiment = experimentOf(id as LabId, maker.run);
    await experiment.begun;
    const { latest, failure, isFinal } = experiment;
    if (latest === undefined || failure !== undefined)
      return { absent: failure ?? 'the experiment showed nothing', isFinal: true };
    return await drawn(latest, width, isFinal);
  };
};

const drawn = async (chart: Chart, width: number, isFinal: boolean): Promise<LabAnswer> => {
  const { title, sentence, table } = chart;
  const svg = await drawChart(chart, { width, idPrefix: 'lab-' });
  return {
    chart: { title, sentence, svg, columns: [...table.columns], rows: table.rows.map((row) => [...row]) },
    isFinal,
  };
};
