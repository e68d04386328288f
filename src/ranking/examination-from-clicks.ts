import type { Impressions, Titles } from '../domain/tables.ts';
import type { ExaminationEstimate } from './examination.ts';
import { fitClickRates, fitExamination } from './examination-em.ts';
import { countByStratum } from './examination-strata.ts';

/** The policy whose places all draw from the same titles, so that clicks by place differ by examination alone. */
const RANDOM_SLOT_POLICY = 'random-slot';

/**
 * The examination curve behind the clicks of the impressions from row `from` to before row `to`.
 *   P(click) = row_r * position_p * P(click | examined, x),  row_0 = position_0 = 1 on each device
 * A first curve comes from the randomised slots alone (from all, where there are none); regression-based EM over all
 * pages starts from it. Its regression on x (`countByStratum`) takes out what the old ranking knew when it put better
 * titles into better rows; with `titles` it knows the members' genres too.
 * @see Wang et al., "Position bias estimation for unbiased learning to rank in personal search", WSDM 2018
 */
export const estimateExamination = (
  impressions: Impressions,
  from: number,
  to: number,
  titles?: Titles,
): ExaminationEstimate => {
  const { policy, device, row, position, clicked } = impressions;
  let [devices, rows, positions] = [1, 1, 1];
  for (let i = from; i < to; i++) {
    rows = Math.max(rows, row[i] + 1);
    positions = Math.max(positions, position[i] + 1);
    devices = Math.max(devices, device[i] + 1);
  }
  const shown = new Float64Array(devices * rows * positions);
  const clicks = new Float64Array(shown.length);
  const randomSlot = impressions.policies.indexOf(RANDOM_SLOT_POLICY);
  const randomised = policy.subarray(from, to).includes(randomSlot);
  for (let i = from; i < to; i++) {
    if (randomised && policy[i] !== randomSlot) continue;
    const place = (device[i] * rows + row[i]) * positions + position[i];
    shown[place]++;
    clicks[place] += clicked[i];
  }
  const first = fitClickRates({ devices, rows, positions }, clicks, shown);
  return fitExamination(countByStratum(impressions, from, to, first, titles), first);
};
