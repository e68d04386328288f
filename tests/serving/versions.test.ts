/** Versions that come and go under a running server. Each guard, switched off, lets members see what it keeps from them. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, describe, expect, test } from 'vitest';
import { publishVersion, setCurrentVersion } from '../../src/artifacts/publish.ts';
import { recordServed, rejections, rollBack, servedVersions } from '../../src/artifacts/releases.ts';
import { fixedClock } from '../../src/domain/clock.ts';
import { bugError, callerError } from '../../src/domain/errors.ts';
import {
  emptyPage,
  type SimulatedVersion,
  simulatedVersion,
} from '../../src/experiments/canary/simulated-version.ts';
import type { OpenVersion } from '../../src/serving/open-version.ts';
import { versionRoutes } from '../../src/serving/routes/version-routes.ts';
import { canaryPlan } from '../../src/serving/versions/canary-judge.ts';
import { type KeeperParts, startKeeper, type VersionEvent } from '../../src/serving/versions/keeper.ts';
import { createLiveVersion } from '../../src/serving/versions/live-version.ts';
import { createSwitchboard, type SwitchboardParts } from '../../src/serving/versions/switchboard.ts';
import { temporaryFolder } from '../artifacts/temporary-folder.ts';

import { manualTimers } from './manual-timers.ts';
import { dataset, startServing } from './serving-fixture.ts';

const base = temporaryFolder();
let count = 0;
const unwatched = { stageEnded: () => undefined, bugFound: () => undefined };

describe('versions under a running server', () => {
  let root: string;
  let versions: Map<string, SimulatedVersion>;
  const publish = async (version: SimulatedVersion): Promise<void> => {
    versions.set(version.name, version);
    await publishVersion(root, version.name, () => undefined);
    setCurrentVersion(root, version.name);
  };
  beforeEach(async () => {
    root = join(base, String(count++));
    versions = new Map();
    await publish(simulatedVersion('v1'));
  });
  const start = (changes: Partial<KeeperParts & SwitchboardParts> = {}) => {
    const events: VersionEvent[] = [];
    const failures: unknown[] = [];
    const first = versions.get('v1') as OpenVersion;
    const switchboard = createSwitchboard({ first, members: dataset.members, ...changes });
    const keeper = startKeeper({
      ...{ root, switchboard, exchange: async (_, own) => own, clock: fixedClock(1), timers: manualTimers() },
      open: async ({ name }) => versions.get(name) as OpenVersion,
      onEvent: (event) => events.push(event),
      onFailure: (error) => failures.push(error),
      ...changes,
    });
    const page = (memberId: string) =>
      switchboard.of(memberId).homepage({ requestId: 'r', memberId }, unwatched);
    return { switchboard, keeper, events, failures, page };
  };

  /** Pages that take a while, asked for while `swaps` versions come one after another: how many failed. */
  const failuresOfSwaps = async (changes: Partial<SwitchboardParts>, swaps: number): Promise<number> => {
    const slow = async () => {
      await sleep(5);
      return emptyPage();
    };
    versions.set('v1', simulatedVersion('v1', slow));
    const { keeper, page, switchboard, events } = start({ ...changes, warm: async () => undefined });
    let failed = 0;
    let asked = 0;
    let done = false;
    const members = Array.from({ length: 8 }, async (_, i) => {
      while (!done) {
        asked += 1;
        await page(`member-${i}`).catch(() => {
          failed += 1;
        });
      }
    });
    for (let i = 2; i < 2 + swaps; i++) {
      await publish(simulatedVersion(`v${i}`, slow));
      await keeper.look();
      await sleep(2);
    }
    done = true;
    await Promise.all(members);
    await switchboard.close();
    expect(events.filter(({ what }) => what === 'swapped').length).toBe(swaps);
    expect([...versions.values()].every(({ closed }) => closed)).toBe(true);
    expect(asked).toBeGreaterThan(swaps);
    return failed;
  };

  test('no request fails over twenty swaps; without waiting for the old version, some do', async () => {
    expect(await failuresOfSwaps({}, 20)).toBe(0);
    versions.clear();
    root = join(base, String(count++));
    await publish(simulatedVersion('v1'));
    const undrained = (opened: OpenVersion) => ({
      ...createLiveVersion(opened),
      retire: () => opened.close(),
    });
    expect(await failuresOfSwaps({ makeLive: undrained }, 20)).toBeGreaterThan(0);
  });

  test('a version that cannot be opened is refused, told once, and the old one goes on', async () => {
    const open = async (): Promise<OpenVersion> => {
      throw callerError('file-checksum', 'models/v2/layers.arrow: SHA-256 is 1, expected 2');
    };
    const { keeper, events, page, switchboard } = start({ open });
    await publish(simulatedVersion('v2'));
    await keeper.look();
    await keeper.look();
    expect(events).toEqual([
      { what: 'refused', version: 'v2', why: expect.stringContaining('v2/layers.arrow') },
    ]);
    expect(keeper.state().refused[0].why).toContain('layers.arrow');
    await page('member-1');
    expect(switchboard.current).toBe('v1');
    expect(servedVersions(root)).toEqual(['v1']);
  });

  /** What members get when a version comes whose pages hold bugs. */
  const afterBrokenVersion = async (changes: Partial<KeeperParts>) => {
    const { keeper, events, page } = start(changes);
    const bug = bugError('scores-not-finite', 'scores: got NaN');
    await publish(simulatedVersion('v2', () => emptyPage([{ stage: 'ranking', reason: 'bug', error: bug }])));
    await keeper.look();
    const { degraded } = await page('member-1');
    return { event: events[0], degraded, isClosed: versions.get('v2')?.closed };
  };

  test('a version whose pages hold bugs is refused, and closed', async () => {
    const { event, degraded, isClosed } = await afterBrokenVersion({});
    expect(event.what).toBe('refused');
    expect(event.why).toMatch(/version v2, .*stage ranking: scores: got NaN/);
    expect(degraded).toEqual([]);
    expect(isClosed).toBe(true);
  });

  test('without a warm-up, members would get the bugs', async () => {
    const { event, degraded } = await afterBrokenVersion({ warm: async () => undefined });
    expect(event.what).toBe('swapped');
    expect(degraded.length).toBe(1);
  });

  test('a version is warmed up with the last requests of members, then with members of the dataset', async () => {
    const { keeper, page } = start();
    const asked: string[] = [];
    await page('somebody-new');
    await page('member-3');
    await publish(
      simulatedVersion('v2', ({ memberId }) => {
        asked.push(memberId);
        return emptyPage();
      }),
    );
    await keeper.look();
    expect(asked.slice(0, 2)).toEqual(['member-3', 'somebody-new']);
    expect(asked.length).toBe(Math.min(32, new Set([...asked, ...dataset.members.ids]).size));
    expect(new Set(asked).size).toBe(asked.length);
  });

  test('a rollback goes back to what served before', async () => {
    const { keeper, events, switchboard } = start();
    await publish(simulatedVersion('v2'));
    await keeper.look();
    expect(switchboard.current).toBe('v2');
    versions.set('v1', simulatedVersion('v1'));
    rollBack(root, 5, 'by hand');
    await keeper.look();
    expect(switchboard.current).toBe('v1');
    expect(events.map(({ what, version }) => `${version} ${what}`)).toEqual(['v2 swapped', 'v1 swapped']);
  });

  test('a version on trial ends as another process, or an operator, decides', async () => {
    const { keeper, events, switchboard } = start({ canary: canaryPlan() });
    await publish(simulatedVersion('v2'));
    await keeper.look();
    expect([switchboard.current, switchboard.trial?.version]).toEqual(['v1', 'v2']);
    rollBack(root, 5, 'by hand');
    await keeper.look();
    setCurrentVersion(root, 'v2'); // it is not tried again by itself
    await keeper.look();
    expect([switchboard.current, switchboard.trial]).toEqual(['v1', undefined]);
    await publish(simulatedVersion('v3'));
    await keeper.look();
    recordServed(root, 'v3');
    await keeper.look();
    expect([switchboard.current, switchboard.trial]).toEqual(['v3', undefined]);
    await publish(simulatedVersion('v4'));
    await keeper.look();
    await publish(simulatedVersion('v5'));
    await keeper.look();
    expect(events.map(({ what, version }) => `${version} ${what}`)).toEqual([
      ...['v2 on-trial', 'v2 rolled-back', 'v3 on-trial', 'v3 promoted'],
      ...['v4 on-trial', 'v4 abandoned', 'v5 on-trial'],
    ]);
    expect(['v1', 'v2', 'v4'].map((name) => versions.get(name)?.closed)).toEqual([true, true, true]);
    await switchboard.close();
  });

  test('an operator sees what is tried, and what was taken back and why', async () => {
    const { keeper } = start({ canary: canaryPlan() });
    for (const name of ['v2', 'v3']) {
      await publish(simulatedVersion(name));
      await keeper.look();
      if (name === 'v2') rollBack(root, 5, 'by hand');
      await keeper.look();
    }
    const routes = versionRoutes({
      state: keeper.state,
      shadow: () => undefined,
      rejected: () => rejections(root),
    });
    const { app } = await startServing({
      app: { adminToken: 'a-token-of-this-test', adminRoutes: [routes] },
    });
    const headers = { authorization: 'Bearer a-token-of-this-test' };
    const answer = await app.inject({ url: '/v1/admin/versions', headers });
    expect(answer.json()).toEqual({
      ...{ serving: 'v1', refused: [], rejected: [{ version: 'v2', at: 5, cause: 'by hand' }] },
      trial: expect.objectContaining({ version: 'v3', share: 0.1, action: 'hold', guardrails: [] }),
    });
    await app.close();
  });

  test('a pointer that names nothing changes nothing, and is told', async () => {
    const { keeper, failures, switchboard } = start();
    await publish(simulatedVersion('v2'));
    rmSync(join(root, 'v2'), { recursive: true });
    await keeper.look();
    expect(String(failures[0])).toMatch(/names "v2"/);
    expect(switchboard.current).toBe('v1');
  });
});
