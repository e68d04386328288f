import { expect, it } from 'vitest';
import { partitionOf } from '../../src/serving/stores/store-arguments.ts';

it('a key belongs where Redis Cluster places it', () => {
  // the examples of its specification
  expect(partitionOf('{user1000}.following')).toBe('user1000');
  expect(partitionOf('foo{}{bar}')).toBe('foo{}{bar}');
  expect(partitionOf('foo{{bar}}zap')).toBe('{bar');
  expect(partitionOf('foo{bar}{zap}')).toBe('bar');
  expect(partitionOf('foo{bar')).toBe('foo{bar');
  expect(partitionOf('foo}bar')).toBe('foo}bar');
});
