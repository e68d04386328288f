/** Files as failing disks, half copies and fingers leave them. */
import type { Rng } from '../../domain/rng.ts';

export type Damage = 'bit flipped' | 'cut short';

/** A copy with one bit flipped, or without a part of its end, the last byte at least. */
export const damaged = (bytes: Uint8Array, rng: Rng): { damage: Damage; bytes: Uint8Array } => {
  if (rng.next() < 0.5) {
    const bent = Uint8Array.from(bytes);
    bent[Math.floor(rng.next() * bent.length)] ^= 1 << Math.floor(rng.next() * 8);
    return { damage: 'bit flipped', bytes: bent };
  }
  return { damage: 'cut short', bytes: bytes.subarray(0, Math.floor(rng.next() * bytes.length)) };
};
