// Everything that the compiled module offers. Nothing here owns memory: pointers come from outside.
export * from './cells.as';
export * from './elementwise.as';
export * from './gemm.as';
export * from './int8.as';
export * from './reduce.as';
export * from './rows.as';
export * from './scan.as';
export * from './softmax.as';
export * from './topk.as';
export * from './triangular.as';

/** First byte after the module's own constants: the arena starts here. */
export const heapBase: usize = __heap_base;
