/** The version itself, fit to be part of a key. @throws RangeError when it is not */
export const expectVersion = (version: string): string => {
  if (/^[A-Za-z0-9_.:-]{1,128}$/.test(version)) return version;
  throw new RangeError(`version: expected 1 to 128 of A-Z a-z 0-9 _ . : -, got ${JSON.stringify(version)}`);
};
