/** An entry as bytes: the moment of its end, a little-endian float64 where 0 stands for never, then its value. */
import type { EpochMs } from '../../domain/clock.ts';
import { isExpired } from './store-arguments.ts';

const HEADER_BYTES = 8;

export const framed = (value: Uint8Array, expiry: EpochMs): Buffer => {
  const frame = Buffer.allocUnsafeSlow(HEADER_BYTES + value.length);
  frame.writeDoubleLE(expiry, 0);
  frame.set(value, HEADER_BYTES);
  return frame;
};

/** The value, which shares memory with the frame; undefined where its time is over. */
export const unframed = (frame: Uint8Array | undefined, now: EpochMs): Uint8Array | undefined => {
  if (frame === undefined) return undefined;
  const expiry = new DataView(frame.buffer, frame.byteOffset, HEADER_BYTES).getFloat64(0, true);
  return isExpired(expiry, now)
    ? undefined
    : new Uint8Array(frame.buffer, frame.byteOffset + HEADER_BYTES, frame.length - HEADER_BYTES);
};
