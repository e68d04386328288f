/** Progress for eyes: one redrawn line on a terminal; elsewhere plain lines, few enough to read in a log. */
import type { Progress, ProgressStep } from '../domain/progress.ts';
import { durationText } from './durations.ts';

export interface ShownProgress extends Progress {
  /** Takes the redrawn line off the terminal, so that something else can be written. */
  clear(): void;
}

/** The part of a stream that is used: `process.stderr`, or a test's own. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** Between two plain lines of a step in hand: a log should not fill. */
const PLAIN_EVERY_MS = 5_000;
/** Between two redraws: more often than the eye reads only costs. */
const REDRAW_EVERY_MS = 100;
/** Below this no time left is told: an estimate from less is a guess. */
const TELLING_MS = 1_000;
const BAR_LENGTH = 20;

/** Progress on a stream. `now` is in milliseconds and never runs back. */
export const progressOn = (
  stream: ProgressStream,
  now: () => number = () => performance.now(),
): ShownProgress => {
  const line = stream.isTTY === true ? redrawnLine(stream, now) : plainLines(stream, now);
  let open: ProgressStep | undefined;

  const step = (name: string, total?: number): ProgressStep => {
    open?.end();
    const startedAt = now();
    const started: ProgressStep = {
      advance: (done, detail) => {
        if (open === started) line.advance({ name, done, total, elapsedMs: now() - startedAt, detail });
      },
      end: (summary) => {
        if (open !== started) return;
        open = undefined;
        line.clear();
        const told = summary === undefined ? '' : `: ${summary}`;
        stream.write(`${name}${told} (${durationText(now() - startedAt)})\n`);
      },
    };
    open = started;
    line.begin({ name, done: 0, total, elapsedMs: 0, detail: undefined });
    return started;
  };

  const note = (text: string): void => {
    line.clear();
    stream.write(`${text}\n`);
  };
  return { step, note, clear: () => line.clear() };
};

interface State {
  readonly name: string;
  readonly done: number;
  readonly total: number | undefined;
  readonly elapsedMs: number;
  readonly detail: string | undefined;
}

interface Line {
  begin(state: State): void;
  advance(state: State): void;
  clear(): void;
}

const redrawnLine = (stream: ProgressStream, now: () => number): Line => {
  let drawnAt = Number.NEGATIVE_INFINITY;
  let visible = false;
  const draw = (state: State): void => {
    drawnAt = now();
    visible = true;
    const width = (stream.columns ?? 80) - 1; // a full line would wrap, and the redraw would miss it
    const text = [state.name, barText(state), ...wordsOf(state)].filter((word) => word !== '').join('  ');
    stream.write(`\r${text.slice(0, width)}\x1b[K`);
  };
  return {
    begin: draw,
    advance: (state) => {
      if (now() - drawnAt >= REDRAW_EVERY_MS) draw(state);
    },
    clear: () => {
      if (visible) stream.write('\r\x1b[K');
      visible = false;
    },
  };
};

const plainLines = (stream: ProgressStream, now: () => number): Line => {
  let spokeAt = 0;
  return {
    begin: () => {
      spokeAt = now();
    },
    advance: (state) => {
      if (now() - spokeAt < PLAIN_EVERY_MS) return;
      spokeAt = now();
      const words = wordsOf(state);
      stream.write(
        `${state.name}: ${words.length === 0 ? durationText(state.elapsedMs) : words.join(', ')}\n`,
      );
    },
    clear: () => undefined,
  };
};

const barText = ({ done, total }: State): string => {
  if (total === undefined || total <= 0) return '';
  const filled = Math.round(BAR_LENGTH * Math.min(1, done / total));
  return `[${'#'.repeat(filled)}${'.'.repeat(BAR_LENGTH - filled)}]`;
};

const wordsOf = ({ done, total, elapsedMs, detail }: State): string[] => {
  const words: string[] = [];
  if (total !== undefined && total > 0) {
    words.push(`${Math.floor(100 * Math.min(1, done / total))}%`);
    if (done > 0 && done < total && elapsedMs >= TELLING_MS) {
      words.push(`about ${durationText((elapsedMs * (total - done)) / done)} left`);
    }
  }
  if (detail !== undefined) words.push(detail);
  return words;
};
