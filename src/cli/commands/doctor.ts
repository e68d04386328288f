import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir, totalmem } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { Command } from 'commander';
import { messageOf } from '../../domain/errors.ts';
import { numberText } from '../../reporting/digits.ts';
import { FAILURE_EXIT_CODE } from '../failures.ts';
import { workDirOption } from '../options.ts';
import type { Dispatch, Shell } from '../shell.ts';

interface DoctorFlags {
  readonly workDir: string;
}

export const addDoctor = (program: Command, dispatch: Dispatch): void => {
  program
    .command('doctor')
    .description('say what this machine has, and whether Marquee runs on it')
    .addOption(workDirOption())
    .action((flags: DoctorFlags) => dispatch((shell) => doctor(flags, shell)));
};

/** Each says in a few words what it found, or throws what is wrong. */
type Check = (flags: DoctorFlags) => string | Promise<string>;

const OLDEST_NODE = [20, 19] as const;

const CHECKS: Readonly<Record<string, Check>> = {
  node: () => {
    const [major, minor] = process.versions.node.split('.').map(Number);
    const old = major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1]);
    if (old) throw new Error(`got ${process.versions.node}, expected ${OLDEST_NODE.join('.')} or newer`);
    return process.versions.node;
  },
  machine: () => {
    const memory = `${(totalmem() / 2 ** 30).toFixed(1)} GiB`;
    return `${availableParallelism()} cores, ${memory}, ${cpus()[0]?.model.trim() ?? 'unknown processor'}`;
  },
  kernels: async () => {
    const { createKernels } = await import('../../math/kernels/kernels.ts');
    const { variant } = createKernels();
    return variant === 'fma' ? 'WebAssembly SIMD with fused multiply-add' : 'WebAssembly SIMD';
  },
  tensors: async () => {
    const { diagnoseBackends } = await import('../../tensor/backend.ts');
    const { name, reason, candidates } = await diagnoseBackends();
    const speeds = candidates
      .filter(({ gflops }) => gflops !== undefined)
      .map((candidate) => `${candidate.name} ${numberText(candidate.gflops ?? 0)} GFLOP/s`);
    if (candidates.find((candidate) => candidate.name === name)?.passed !== true) {
      throw new Error(`${name} would train, but failed its self-test; ${reason}`);
    }
    return `${name} trains (${speeds.join(', ')}): ${reason}`;
  },
  lmdb: async () => {
    const { open } = await import('lmdb');
    const folder = mkdtempSync(join(tmpdir(), 'marquee-doctor-'));
    try {
      const store = open<string>({ path: join(folder, 'store') });
      await store.put('asked', 'answered');
      const answer = store.get('asked');
      await store.close();
      if (answer !== 'answered') throw new Error(`wrote 'answered', read '${answer}'`);
      return 'writes and reads back';
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
  'work folder': ({ workDir }) => {
    let nearest = resolve(workDir);
    while (!existsSync(nearest)) nearest = dirname(nearest);
    rmSync(mkdtempSync(join(nearest, '.marquee-doctor-')), { recursive: true }); // permission bits can lie
    return `${workDir} can be written`;
  },
};

const doctor = async (flags: DoctorFlags, shell: Shell): Promise<number> => {
  const width = Math.max(...Object.keys(CHECKS).map((name) => name.length));
  let exitCode = 0;
  for (const [name, look] of Object.entries(CHECKS)) {
    try {
      shell.out(`ok    ${name.padEnd(width)}  ${await look(flags)}`);
    } catch (thrown) {
      exitCode = FAILURE_EXIT_CODE;
      shell.out(`FAIL  ${name.padEnd(width)}  ${messageOf(thrown).replace(/\s+/g, ' ')}`);
    }
  }
  return exitCode;
};
