import { EventEmitter } from 'node:events';
import { expect, it } from 'vitest';
import { untilQuiet } from '../../src/serving/http/draining.ts';
import type { Server } from '../../src/serving/http/typed-fastify.ts';

it('listens for as long as connections come one after another, and no longer', async () => {
  const server = new EventEmitter();
  let turns = 0;
  const come = (): void => {
    server.emit('connection');
    if (++turns < 300) setImmediate(come);
  };
  setImmediate(come);
  await untilQuiet({ server } as unknown as Server);
  expect(turns).toBe(300);
  expect(server.listenerCount('connection')).toBe(0);
});

it('does not listen for ever where they never cease', async () => {
  const server = new EventEmitter();
  let isOver = false;
  const come = (): void => {
    server.emit('connection');
    if (!isOver) setImmediate(come);
  };
  come();
  await untilQuiet({ server } as unknown as Server);
  isOver = true;
  expect(server.listenerCount('connection')).toBe(0);
});
