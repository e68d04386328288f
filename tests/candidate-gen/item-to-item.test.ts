import { describe, expect, it } from 'vitest';
import { fitItemKnn } from '../../src/candidate-gen/baselines/item-knn.ts';
import { createItemToItem, playedBefore } from '../../src/candidate-gen/item-to-item.ts';
import { itemsOf } from '../../src/domain/interactions.ts';
import { describeCandidateGenerator } from '../contracts/describe-candidate-generator.ts';
import {
  likedGenre,
  PLANTED_GENRES,
  PLANTED_MEMBERS,
  type PlantedFixture,
  plantedFixture,
  stageContext,
} from '../contracts/fixture.ts';

const itemToItem = ({ dataset, at }: PlantedFixture) =>
  createItemToItem({
    titles: dataset.titles,
    neighbours: fitItemKnn(playedBefore(dataset, at)).neighbours,
  });

describeCandidateGenerator('item-to-item', itemToItem);

const fixture = plantedFixture();
const { dataset } = fixture;

describe('item-to-item', () => {
  it('proposes the genre that the member plays', async () => {
    const source = itemToItem(fixture);
    for (let member = 0; member < PLANTED_MEMBERS; member++) {
      const { items } = await source.generate(fixture.request(member), 3, stageContext(1));
      for (const title of items) expect(1 + (title % PLANTED_GENRES)).toBe(likedGenre(member));
    }
  });

  it('lets a later play and a longer one speak louder', async () => {
    // Title 0 speaks for 10, title 1 for 11, title 2 for 12, each alike.
    const itemCount = dataset.titles.ids.length;
    const offsets = Uint32Array.from({ length: itemCount + 1 }, (_, j) => Math.min(j, 3));
    const neighbours = {
      itemCount,
      offsets,
      items: Uint32Array.of(10, 11, 12),
      weights: Float32Array.of(1, 1, 1),
    };
    const source = createItemToItem({ titles: dataset.titles, neighbours });
    const request = fixture.request(0);
    const played = async (fractions: number[]) => {
      const profile = {
        ...request.profile,
        historyTitles: Uint32Array.of(0, 1, 2),
        historyFractions: Float32Array.from(fractions),
      };
      return source.generate({ ...request, profile }, 3, stageContext(1));
    };
    const alike = await played([1, 1, 1]);
    expect([...alike.items]).toEqual([12, 11, 10]);
    expect([...alike.scores].map((score) => +score.toFixed(4))).toEqual([1, 0.9, 0.81]);
    expect([...(await played([1, 0, 0.5])).items.subarray(0, 2)]).toEqual([10, 12]);
  });

  it('refuses neighbours of another catalogue', () => {
    const neighbours = fitItemKnn({ ...playedBefore(dataset, fixture.at), itemCount: 61 }).neighbours;
    expect(() => createItemToItem({ titles: dataset.titles, neighbours })).toThrow(RangeError);
  });
});

describe('what was played before a moment', () => {
  it('holds each title of a member once, in order, and nothing from then on', () => {
    const { plays } = dataset;
    const before = plays.time[60];
    const played = playedBefore(dataset, before);
    for (let member = 0; member < PLANTED_MEMBERS; member++) {
      const titles = [...plays.title].filter((_, i) => plays.member[i] === member && plays.time[i] < before);
      expect([...itemsOf(played, member)]).toEqual([...new Set(titles)]);
    }
    expect(played.items.length).toBe(60);
  });
});
