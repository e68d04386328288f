import * as tf from '@tensorflow/tfjs';
import { createKernels, type KernelOptions, type Kernels } from '../../math/kernels/kernels.ts';
import { elementwiseKernels } from './elementwise.ts';
import type { KernelCall, SimdKernel } from './kernel-call.ts';
import { layoutKernels } from './layout.ts';
import { matmulKernels } from './matmul.ts';
import { reductionKernels } from './reduce.ts';
import { SimdBackend } from './storage.ts';

export const SIMD = 'simd';

/** The kernels that the simd backend has of its own. */
export const SIMD_KERNELS: Readonly<Record<string, SimdKernel>> = {
  ...matmulKernels,
  ...elementwiseKernels,
  ...reductionKernels,
  ...layoutKernels,
};

let kernels: Kernels | undefined;

/**
 * Registers the backend `simd` and its kernels with TensorFlow.js, once; `tf.setBackend('simd')` then takes it.
 * Called again, it changes the number of threads. Returns the kernels that the backend runs on.
 */
export function registerSimdBackend(options: KernelOptions = {}): Kernels {
  if (kernels !== undefined) {
    if (options.threads !== undefined) kernels.setThreads(options.threads);
    return kernels;
  }
  const made = createKernels(options);
  kernels = made;
  // without this, TensorFlow.js advises every Node user to install a native library
  tf.env().set('PROD', true);
  tf.registerBackend(SIMD, () => new SimdBackend(made));
  tf.copyRegisteredKernels('cpu', SIMD);
  for (const [kernelName, own] of Object.entries(SIMD_KERNELS)) {
    const cpu = tf.getKernel(kernelName, 'cpu') as tf.KernelConfig | undefined;
    if (cpu !== undefined) tf.unregisterKernel(kernelName, SIMD);
    tf.registerKernel({
      kernelName,
      backendName: SIMD,
      kernelFunc(params) {
        const result = own(params as KernelCall);
        if (result !== undefined) return result;
        if (cpu === undefined) throw new TypeError(`${kernelName}: no kernel for these tensors`);
        return cpu.kernelFunc(params);
      },
    });
  }
  return made;
}

/** The active backend where it is `simd`. */
export function activeSimdBackend(): SimdBackend | undefined {
  const backend: unknown = tf.backend();
  return backend instanceof SimdBackend ? backend : undefined;
}
