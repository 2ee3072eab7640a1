/** Buckets of Firebase Storage. */
export {};
