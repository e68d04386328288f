import { EventEmitter } from 'node:events';
import type { Server } from 'node:net';
import { expect, it } from 'vitest';
import { endListening } from '../../src/serving/http/draining.ts';

const listening = () => {
  const server = Object.assign(new EventEmitter(), {
    listening: true,
    close() {
      server.listening = false;
    },
  });
  return server as EventEmitter & Server;
};

it('listens for as long as connections come one after another, and no longer', async () => {
  const server = listening();
  let turns = 0;
  const come = (): void => {
    expect(server.listening).toBe(true);
    server.emit('connection');
    if (++turns < 300) setImmediate(come);
  };
  setImmediate(come);
  await endListening(server);
  expect(turns).toBe(300);
  expect(server.listening).toBe(false);
  expect(server.listenerCount('connection')).toBe(0);
});

it('does not listen for ever where they never cease', async () => {
  const server = listening();
  let isOver = false;
  const come = (): void => {
    server.emit('connection');
    if (!isOver) setImmediate(come);
  };
  come();
  await endListening(server);
  isOver = true;
  expect(server.listening).toBe(false);
  expect(server.listenerCount('connection')).toBe(0);
});
