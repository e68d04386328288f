// Everything that the compiled module offers. Nothing here owns memory: pointers come from outside.
export * from './gemm.as';
export * from './scan.as';

/** First byte after the module's own constants: the arena starts here. */
export const heapBase: usize = __heap_base;
