import { expect, it } from 'vitest';
import { openLab } from '../../../src/experiments/lab/lab-world.ts';
import {
  loadScenario,
  SCENARIO_NAMES,
  type ScenarioName,
} from '../../../src/experiments/lab/scenarios/scenarios.ts';

const lab = openLab(5, true);

const DECISIONS: Readonly<Record<ScenarioName, string>> = {
  'new-retrieval': 'ship',
  'personal-artwork': 'ship',
  trailers: 'do not ship',
  'clicks-up-watch-down': 'do not ship',
  'good-offline': 'do not ship',
  'twenty-experiments': 'act on 15',
  'price-change': 'the price costs watch time',
  'season-push': 'fifth 1 by uplift',
  'regional-drop': 'look at BR, mobile',
};

it.each(SCENARIO_NAMES)(
  '%s comes to the decision that its truth asks for, with estimates about it',
  async (name) => {
    const { plots, decision, reasons, method } = (await loadScenario(name))(lab);
    expect(decision).toContain(DECISIONS[name]);
    expect(method.length).toBeGreaterThan(0);
    expect(reasons.length).toBeGreaterThan(0);
    const all = plots.flatMap(({ estimates }) => estimates);
    for (const {
      name: of,
      interval: [low, high],
      truth,
    } of all) {
      // about four standard errors: there are sixty intervals
      expect(Math.abs(truth - (low + high) / 2), of).toBeLessThan(high - low);
    }
  },
);
