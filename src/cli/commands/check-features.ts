import type { Command } from 'commander';
import type { StoreAddress } from '../../serving/stores/store-address.ts';
import { storeOption, workDirOption } from '../options.ts';
import type { Dispatch, Shell } from '../shell.ts';

interface CheckFlags {
  readonly workDir: string;
  readonly store?: StoreAddress;
}

export const addCheckFeatures = (program: Command, dispatch: Dispatch): void => {
  program
    .command('check-features')
    .description(
      'compute the features of logged pages again, and tell where they differ from those that were served; exit code 1 where they do',
    )
    .addOption(workDirOption())
    .addOption(storeOption())
    .action((flags: CheckFlags) => dispatch((shell) => check(flags, shell)));
};

const check = async ({ workDir, store }: CheckFlags, shell: Shell): Promise<number> => {
  const [{ checkFeatures }, { workPlaces }, { numberText }, { SKEW_TOLERANCE }] = await Promise.all([
    import('../../serving/watching/check-features.ts'),
    import('../../serving/work-places.ts'),
    import('../../reporting/digits.ts'),
    import('../../serving/watching/feature-skew.ts'),
  ]);
  const places = workPlaces(workDir);
  const report = await checkFeatures(store === undefined ? places : { ...places, store });
  const { pages, unsettled, ofOtherVersions, features } = report;
  shell.out(
    `${numberText(pages)} pages compared; left out: ${numberText(unsettled)} with an event in the same moment, ${numberText(ofOtherVersions)} of other versions`,
  );
  const width = Math.max(0, ...features.map(({ feature }) => feature.length));
  for (const { feature, n, largestDifference, unequalShare, skewedShare, skewed } of features) {
    shell.out(
      `${skewed ? 'SKEW' : 'ok  '}  ${feature.padEnd(width)}  ${numberText(n)} titles, largest difference ${largestDifference.toExponential(1)}, ${numberText(100 * unequalShare)} % unequal, ${numberText(100 * skewedShare)} % beyond ${SKEW_TOLERANCE}`,
    );
  }
  if (pages > 0) return features.some(({ skewed }) => skewed) ? 1 : 0;
  shell.err('marquee: no page could be compared');
  return 1;
};
