import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    maxWorkers: 2, // half the suite waits for child processes, so two share even two cores well
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
