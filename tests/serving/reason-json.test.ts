import { describe, expect, it } from 'vitest';
import type { TitleReason } from '../../src/ranking/contract.ts';
import { reasonJson } from '../../src/serving/http/reason-json.ts';
import { dataset } from './serving-fixture.ts';

describe('the reason for which a title stands on the page', () => {
  it.each<readonly [TitleReason, object]>([
    [{ kind: 'top-pick' }, { text: 'Picked for you' }],
    [
      { kind: 'continue-watching', watchedFraction: 0.256 },
      { text: 'You have watched 26 % of it', watchedFraction: 0.256 },
    ],
    [{ kind: 'trending' }, { text: 'Watched by many of late' }],
    [
      { kind: 'because-you-watched', title: 7 },
      { text: 'Because you watched Title 7', title: { id: 'title-7', name: 'Title 7' } },
    ],
    [
      { kind: 'genre', genre: 2 },
      { text: 'comedy', genre: 'comedy' },
    ],
    [
      { kind: 'new-release', releaseDay: 20_454 },
      { text: 'Released on 2026-01-01', releasedOn: '2026-01-01' },
    ],
    [
      { kind: 'top-in-country', country: 2, rank: 3 },
      { text: 'No. 3 in your country', country: 'ES', rank: 3 },
    ],
  ])('%o is said in ids and words', (reason, said) => {
    const origin = { source: 'two-tower', score: 0.25 };
    const whence = { source: 'two-tower', sourceScore: 0.25 };
    expect(reasonJson(reason, origin, dataset)).toEqual({ kind: reason.kind, ...said, ...whence });
  });
});
