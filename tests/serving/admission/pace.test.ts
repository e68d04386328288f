import { expect, it } from 'vitest';
import { createPace } from '../../../src/serving/admission/pace.ts';

it('is the mean of late, on which one piece of work that was held up weighs little', () => {
  const pace = createPace();
  expect(pace.ms).toBe(0);
  for (let i = 0; i < 40; i++) pace.observe(4);
  expect(pace.ms).toBe(4);
  pace.observe(1_000);
  expect(pace.ms).toBeLessThan(4.5);
  for (let i = 0; i < 200; i++) pace.observe(i % 2 === 0 ? 1 : 3);
  expect(pace.ms).toBeCloseTo(2, 1);
});

it('forgets the first piece, which compiles what the others run, once a few more were seen', () => {
  const pace = createPace();
  pace.observe(160);
  for (let i = 1; i < 16; i++) pace.observe(8);
  expect(pace.ms).toBeLessThan(20);
});
