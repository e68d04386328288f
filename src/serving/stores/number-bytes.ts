export const encodeNumber = (value: number): Uint8Array => new Uint8Array(Float64Array.of(value).buffer);

export const decodeNumber = (bytes: Uint8Array): number => new Float64Array(Uint8Array.from(bytes).buffer)[0];
