/** Chooses and compiles the module once per process; every `createKernels()` instantiates it with its own memory. */
import { setFlagsFromString } from 'node:v8';
import { type KernelVariant, kernelBytes } from './build.ts';

export interface LoadedModule {
  readonly variant: KernelVariant;
  readonly module: WebAssembly.Module;
}

const loaded = new Map<KernelVariant, WebAssembly.Module>();
let best: KernelVariant | undefined;

/**
 * The module of the asked variant, or of the best that this Node runs: `fma` where relaxed SIMD is there.
 * Node 22 has it; Node 20 has it behind a V8 flag, which is set here and believed only if a small sum
 * then comes out right.
 */
export function loadModule(variant: KernelVariant | undefined): LoadedModule {
  const chosen = variant ?? (best ??= fusedMultiplyAddWorks() ? 'fma' : 'plain');
  let module = loaded.get(chosen);
  if (module === undefined) {
    if (chosen === 'fma' && !fusedMultiplyAddWorks()) {
      throw new RangeError('loadModule: this Node has no relaxed SIMD, so the fma kernels cannot run');
    }
    module = new WebAssembly.Module(new Uint8Array(kernelBytes(chosen)));
    loaded.set(chosen, module);
  }
  return { variant: chosen, module };
}

/** (func (export "f") (param f32 f32 f32) (result f32)): lane 0 of relaxed_madd over splats. */
const PROBE = Uint8Array.from([
  ...[
    0, 97, 115, 109, 1, 0, 0, 0, 1, 8, 1, 96, 3, 125, 125, 125, 1, 125, 3, 2, 1, 0, 7, 5, 1, 1, 102, 0, 0, 10,
    22,
  ],
  ...[1, 20, 0, 32, 0, 253, 19, 32, 1, 253, 19, 32, 2, 253, 19, 253, 133, 2, 253, 31, 0, 11],
]);

function fusedMultiplyAddWorks(): boolean {
  try {
    if (!WebAssembly.validate(PROBE)) setFlagsFromString('--experimental-wasm-relaxed-simd');
    if (!WebAssembly.validate(PROBE)) return false;
    const { f } = new WebAssembly.Instance(new WebAssembly.Module(PROBE)).exports;
    return (f as (a: number, b: number, c: number) => number)(3, 5, 0.5) === 15.5;
  } catch {
    return false; // an engine that refuses the probe has no relaxed SIMD: the plain kernels serve
  }
}
