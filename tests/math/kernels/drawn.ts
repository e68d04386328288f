import fc from 'fast-check';

/** Sizes around the tile and vector widths, with 0 and 1 as likely as the rest. */
export const size = (max: number) =>
  fc.oneof(fc.constantFrom(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17), fc.integer({ min: 0, max }));

const ordinary = fc.double({ min: -8, max: 8, noNaN: true });
const special = fc.constantFrom(Number.NaN, Infinity, -Infinity, 0, -0, 1e-40);

/** Float32 values; with `specials`, about one in twenty is NaN, infinite, zero or denormal. */
export const floats = (length: number, specials = false): fc.Arbitrary<Float32Array> =>
  fc
    .array(
      specials ? fc.oneof({ weight: 19, arbitrary: ordinary }, { weight: 1, arbitrary: special }) : ordinary,
      {
        minLength: length,
        maxLength: length,
        size: 'max',
      },
    )
    .map((values) => Float32Array.from(values));

/**
 * Index of the first element that is further than `absolute + relative * |expected|` from the expected
 * one, or -1. NaN agrees with NaN alone, an infinity with the same infinity alone.
 */
export function firstDifference(
  got: Float32Array,
  expected: Float32Array,
  tolerance: { readonly relative: number; readonly absolute: number },
): number {
  if (got.length !== expected.length) return Math.min(got.length, expected.length);
  return got.findIndex((value, i) => {
    const wanted = expected[i]!;
    if (Object.is(value, wanted) || value === wanted) return false;
    return !(Math.abs(value - wanted) <= tolerance.absolute + tolerance.relative * Math.abs(wanted));
  });
}
