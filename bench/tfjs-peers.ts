import * as tf from '@tensorflow/tfjs';

/** Names under which TensorFlow.js knows the peers. */
export const WASM = 'wasm';
export const CPU = 'cpu';

/** Whether the backend of TensorFlow.js in WebAssembly is installed; made ready to train if so. */
export const registerWasmPeer = async (): Promise<boolean> => {
  try {
    await import('@tensorflow/tfjs-backend-wasm');
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw thrown;
    return false; // a development dependency, which an installation without them does not have
  }
  supplyGatherGradient(WASM);
  return true;
};

interface PeerBackend extends tf.KernelBackend {
  readSync(dataId: object): Float32Array | Int32Array;
}

/**
 * Gives a peer the gradient of `gather` as a plain loop. The backend in WebAssembly has none, and that of the CPU
 * backend goes through the whole batch once for each row of the table: minutes a step.
 */
export const supplyGatherGradient = (backendName: string): void => {
  const kernelName = 'UnsortedSegmentSum';
  if (tf.getKernelsForBackend(backendName).some((kernel) => kernel.kernelName === kernelName)) {
    tf.unregisterKernel(kernelName, backendName);
  }
  tf.registerKernel({
    kernelName,
    backendName,
    kernelFunc: ({ inputs, backend, attrs }) => {
      const { x, segmentIds } = inputs as { x: tf.TensorInfo; segmentIds: tf.TensorInfo };
      const { numSegments } = attrs as unknown as { numSegments: number };
      const peer = backend as PeerBackend;
      const [values, ids] = [peer.readSync(x.dataId), peer.readSync(segmentIds.dataId)];
      const shape = [numSegments, ...x.shape.slice(1)];
      const d = tf.util.sizeFromShape(x.shape.slice(1));
      const sums = new Float32Array(numSegments * d);
      for (let i = 0; i < ids.length; i++) {
        if (ids[i] < 0 || ids[i] >= numSegments) continue;
        const to = ids[i] * d;
        for (let j = 0; j < d; j++) sums[to + j] += values[i * d + j];
      }
      return { dataId: peer.write(sums, shape, 'float32'), shape, dtype: 'float32' };
    },
  });
};
