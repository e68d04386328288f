/**
 * Compiles the AssemblyScript kernels into `build/kernels-VARIANT-HASH.wasm`: `npm ci` runs this file,
 * and the loader calls it when the module for the present sources is missing.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** `fma` uses relaxed SIMD: multiply and add in one instruction. `plain` runs wherever WebAssembly SIMD does. */
export type KernelVariant = 'plain' | 'fma';

/** 65,536 pages of 64 KiB: all that 32-bit addresses reach. Address space is reserved, memory is not. */
export const MAXIMUM_PAGES = 65_536;

const SOURCES = dirname(fileURLToPath(import.meta.url));
const BUILD = join(SOURCES, '..', '..', '..', 'build');
const require = createRequire(import.meta.url);

const flagsOf = (variant: KernelVariant): readonly string[] => [
  ...['-O3', '--runtime', 'stub', '--noAssert', '--importMemory', '--sharedMemory'],
  ...['--initialMemory', '1', '--maximumMemory', String(MAXIMUM_PAGES)],
  ...['--enable', variant === 'fma' ? 'simd,threads,relaxed-simd' : 'simd,threads'],
];

/** Path of the module for the present sources, compiler and flags, whether it is there or not. */
export function kernelPath(variant: KernelVariant): string {
  const hash = createHash('sha256').update(flagsOf(variant).join(' '));
  hash.update(readFileSync(require.resolve('assemblyscript/package.json')));
  for (const name of readdirSync(SOURCES).sort()) {
    if (name.endsWith('.as.ts')) hash.update(name).update(readFileSync(join(SOURCES, name)));
  }
  return join(BUILD, `kernels-${variant}-${hash.digest('hex').slice(0, 16)}.wasm`);
}

/**
 * The compiled module's bytes, from `build/` or compiled now. The file is written aside and renamed, so
 * processes that compile at the same time never read half a module; where `build/` cannot be written,
 * the bytes are used without being kept.
 * @throws Error with the compiler's own words if the sources do not compile
 */
export function kernelBytes(variant: KernelVariant): Uint8Array {
  const path = kernelPath(variant);
  if (existsSync(path)) return readFileSync(path);
  const aside = mkdtempSync(join(writableBuild() ?? tmpdir(), 'kernels-'));
  try {
    const output = join(aside, 'kernels.wasm');
    const compiler = join(dirname(require.resolve('assemblyscript/package.json')), 'bin', 'asc.js');
    const entry = join(SOURCES, 'index.as.ts');
    const ran = spawnSync(process.execPath, [compiler, entry, ...flagsOf(variant), '-o', output], {
      encoding: 'utf8',
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    if (ran.status !== 0) {
      throw new Error(
        `The kernels did not compile (${ran.error?.message ?? `exit ${ran.status}`}):\n${ran.stderr}`,
      );
    }
    const bytes = readFileSync(output);
    if (dirname(aside) === BUILD) {
      renameSync(output, path);
      removeOthers(variant, path);
    }
    return bytes;
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
}

function writableBuild(): string | undefined {
  try {
    mkdirSync(BUILD, { recursive: true });
    rmSync(mkdtempSync(join(BUILD, 'kernels-')), { recursive: true });
    return BUILD;
  } catch {
    return undefined; // a read-only installation: compile beside, keep nothing
  }
}

function removeOthers(variant: KernelVariant, keep: string): void {
  for (const name of readdirSync(BUILD)) {
    const stale = name.startsWith(`kernels-${variant}-`) && name.endsWith('.wasm');
    if (stale && join(BUILD, name) !== keep) rmSync(join(BUILD, name), { force: true });
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  kernelBytes('plain');
  kernelBytes('fma');
}
