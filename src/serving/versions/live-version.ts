import type { OpenVersion } from '../open-version.ts';
import type { HomePipeline } from '../pipelines/home.ts';

/** A version that answers members, and knows how many answers of its are under way. */
export interface LiveVersion {
  readonly opened: OpenVersion;
  readonly pipeline: HomePipeline;
  /** Waits for the answers under way, then closes the version. To be called once nobody is sent to it any more. */
  retire(): Promise<void>;
}

export const createLiveVersion = (opened: OpenVersion): LiveVersion => {
  let underWay = 0;
  let idle = (): void => undefined;
  const counted = async <T>(answer: () => Promise<T>): Promise<T> => {
    underWay += 1;
    try {
      return await answer();
    } finally {
      underWay -= 1;
      if (underWay === 0) idle();
    }
  };
  const { pipeline } = opened;
  return {
    opened,
    pipeline: {
      ...pipeline,
      homepage: (ask, observer) => counted(() => pipeline.homepage(ask, observer)),
      recommendations: (ask, observer) => counted(() => pipeline.recommendations(ask, observer)),
      artwork: (ask, observer) => counted(() => pipeline.artwork(ask, observer)),
      explain: (ask) => counted(() => pipeline.explain(ask)),
      compare: (ask) => counted(() => pipeline.compare(ask)),
    },
    async retire() {
      if (underWay > 0) {
        await new Promise<void>((resolve) => {
          idle = resolve;
        });
      }
      await opened.close();
    },
  };
};
