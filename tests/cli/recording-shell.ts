import type { Shell } from '../../src/cli/shell.ts';
import { silentProgress } from '../../src/domain/progress.ts';

/** A shell that keeps what was written, line by line. */
export const recordingShell = () => {
  const out: string[] = [];
  const err: string[] = [];
  const shell: Shell = {
    out: (text) => void out.push(...text.split('\n')),
    err: (text) => void err.push(...text.split('\n')),
    progress: silentProgress,
  };
  return { shell, out, err };
};
