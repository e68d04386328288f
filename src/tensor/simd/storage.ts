import * as tf from '@tensorflow/tfjs';
import type { Kernels } from '../../math/kernels/kernels.ts';
import type { Block, Span } from '../../math/kernels/memory.ts';

/** What a backend keeps per tensor. Values lie in kernel memory, or in an array until a kernel wants them. */
export class TensorData {
  readonly dtype: tf.DataType;
  refCount: number;
  /** Set by the CPU kernel that makes complex numbers. */
  complexTensorInfos?: { real: tf.TensorInfo; imag: tf.TensorInfo };
  #array: tf.backend_util.BackendValues | undefined;
  #block: Block | undefined;
  #converted: Block | undefined;

  constructor(dtype: tf.DataType, refCount: number, held: Block | tf.backend_util.BackendValues | undefined) {
    this.dtype = dtype;
    this.refCount = refCount;
    if (isBlock(held)) this.#block = held;
    else this.#array = held;
  }

  /** Read by the CPU backend's kernels: a view of kernel memory, which growth does not detach, or the array. */
  get values(): tf.backend_util.BackendValues | undefined {
    if (this.#block === undefined) return this.#array;
    return this.dtype === 'int32' ? this.#block.i32 : this.#block.f32;
  }

  get inKernelMemory(): boolean {
    return this.#block !== undefined;
  }

  /**
   * The values as a span of that type, moved into kernel memory where they are not there yet. A cast may have left
   * a tensor with the data of another type: then the span is a converted copy, kept until the data is freed.
   */
  span(kernels: Kernels, dtype: tf.DataType): Span {
    if (dtype !== 'float32' && dtype !== 'int32') {
      throw new TypeError(`simd: a tensor of ${dtype} does not lie in kernel memory`);
    }
    const type = dtype === 'float32' ? Float32Array : Int32Array;
    if (dtype !== this.dtype) {
      this.#converted ??= kernels.from(type.from(this.values as Float32Array));
      return this.#converted;
    }
    if (this.#block === undefined) {
      const values = this.#array as Float32Array | Int32Array;
      this.#block = kernels.from(values instanceof type ? values : type.from(values));
      this.#array = undefined;
    }
    return this.#block;
  }

  free(): void {
    this.#block?.free();
    this.#converted?.free();
    this.#block = undefined;
    this.#converted = undefined;
    this.#array = undefined;
  }
}

const isBlock = (held: unknown): held is Block => typeof held === 'object' && held !== null && 'ptr' in held;

/**
 * The TensorFlow.js backend `simd`: the CPU backend's kernels, of which the hot ones are replaced by kernels in
 * WebAssembly SIMD. Results of those live in kernel memory until they are disposed; everything else lives in
 * arrays, as on the CPU backend.
 */
export class SimdBackend extends tf.KernelBackend {
  readonly kernels: Kernels;
  readonly data: tf.DataStorage<TensorData>;
  /** Read by the CPU backend's matrix multiplication. */
  readonly blockSize = 48;
  #nextId = 0;

  constructor(kernels: Kernels) {
    super();
    this.kernels = kernels;
    this.data = new tf.DataStorage<TensorData>(this, tf.engine() as unknown as tf.DataMover);
  }

  override write(values: tf.backend_util.BackendValues, _shape: number[], dtype: tf.DataType): object {
    const dataId = { id: this.#nextId++ };
    this.data.set(dataId, new TensorData(dtype, 1, ownArray(values)));
    return dataId;
  }

  override move(...[dataId, values, , dtype, refCount]: Parameters<tf.KernelBackend['move']>): void {
    this.data.set(dataId, new TensorData(dtype, refCount, ownArray(values)));
  }

  /** A new tensor in kernel memory, not cleared. */
  allocate(
    shape: readonly number[],
    dtype: 'float32' | 'int32' = 'float32',
  ): { info: tf.TensorInfo; span: Span } {
    const span = this.kernels.alloc(tf.util.sizeFromShape([...shape]));
    const dataId = { id: this.#nextId++ };
    this.data.set(dataId, new TensorData(dtype, 1, span));
    return { info: { dataId, shape: [...shape], dtype }, span };
  }

  /** The tensor's values in kernel memory, good until the tensor is disposed. float32 and int32 alone. */
  span(tensor: tf.TensorInfo): Span {
    return this.data.get(tensor.dataId).span(this.kernels, tensor.dtype);
  }

  makeTensorInfo(
    shape: number[],
    dtype: tf.DataType,
    values?: tf.backend_util.BackendValues | string[],
  ): tf.TensorInfo {
    const encoded =
      dtype === 'string' && values !== undefined && typeof values[0] === 'string'
        ? (values as string[]).map((value) => tf.util.encodeString(value))
        : (values as tf.backend_util.BackendValues);
    return { dataId: this.write(encoded, shape, dtype), shape, dtype };
  }

  makeOutput(values: tf.backend_util.BackendValues, shape: number[], dtype: tf.DataType): tf.Tensor {
    return tf.engine().makeTensorFromTensorInfo(this.makeTensorInfo(shape, dtype, values), this);
  }

  override refCount(dataId: object): number {
    return this.data.has(dataId) ? this.data.get(dataId).refCount : 0;
  }

  override incRef(dataId: object): void {
    this.data.get(dataId).refCount++;
  }

  decRef(dataId: object): void {
    if (this.data.has(dataId)) this.data.get(dataId).refCount--;
  }

  override numDataIds(): number {
    return this.data.numDataIds();
  }

  override async read(dataId: object): Promise<tf.backend_util.BackendValues> {
    return this.readSync(dataId);
  }

  /** A copy where the values lie in kernel memory: they outlive the tensor then. */
  override readSync(dataId: object): tf.backend_util.BackendValues {
    const data = this.data.get(dataId);
    if (data.complexTensorInfos !== undefined) {
      const { real, imag } = data.complexTensorInfos;
      const parts = [this.readSync(real.dataId), this.readSync(imag.dataId)] as [Float32Array, Float32Array];
      return tf.backend_util.mergeRealAndImagArrays(...parts);
    }
    const values = data.values as Float32Array;
    return data.inKernelMemory ? values.slice() : values;
  }

  bufferSync(tensor: tf.TensorInfo): tf.TensorBuffer<tf.Rank> {
    const values = this.readSync(tensor.dataId);
    const { shape, dtype } = tensor;
    if (dtype !== 'string')
      return tf.buffer(shape, dtype, values as Float32Array) as tf.TensorBuffer<tf.Rank>;
    const strings = (values as Uint8Array[]).map((value) => tf.util.decodeString(value));
    return tf.buffer(shape, dtype, strings) as unknown as tf.TensorBuffer<tf.Rank>;
  }

  override disposeData(dataId: object, force = false): boolean {
    if (!this.data.has(dataId)) return true;
    const data = this.data.get(dataId);
    data.refCount--;
    if (!force && data.refCount > 0) return false;
    if (data.complexTensorInfos !== undefined) {
      this.disposeData(data.complexTensorInfos.real.dataId, true);
      this.disposeData(data.complexTensorInfos.imag.dataId, true);
    }
    this.data.delete(dataId);
    data.free();
    return true;
  }

  disposeIntermediateTensorInfo(tensor: tf.TensorInfo): void {
    this.disposeData(tensor.dataId);
  }

  where(condition: tf.Tensor): tf.Tensor2D {
    const values = this.readSync(condition.dataId) as Uint8Array;
    return tf.kernel_impls.whereImpl(condition.shape, values);
  }

  override async time(run: () => void): Promise<{ kernelMs: number }> {
    const start = performance.now();
    run();
    return { kernelMs: performance.now() - start };
  }

  override memory(): { unreliable: boolean; kernelBytesInUse: number } {
    return { unreliable: false, kernelBytesInUse: this.kernels.arena.bytesInUse };
  }

  override floatPrecision(): 32 {
    return 32;
  }

  override epsilon(): number {
    return 1e-7;
  }

  override dispose(): void {
    void this.kernels.close();
  }
}

/** CPU kernels may answer with a part of their input: a view of kernel memory is copied, or it would dangle. */
function ownArray(values: tf.backend_util.BackendValues): tf.backend_util.BackendValues {
  const shared = ArrayBuffer.isView(values) && values.buffer instanceof SharedArrayBuffer;
  return shared ? (values as Float32Array).slice() : values;
}
