import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { callerError, messageOf } from '../../domain/errors.ts';
import type { Status } from '../../monitoring/status.ts';
import { HOST } from '../options.ts';
import type { Dispatch, Shell } from '../shell.ts';

interface MonitorFlags {
  readonly url: string;
  readonly json?: true;
  readonly watch?: true;
  readonly rules?: true;
}

export const addMonitor = (program: Command, dispatch: Dispatch): void => {
  program
    .command('monitor')
    .description(
      'the state of a running server: versions, alerts and what to do, traffic against budgets, drift, calibration, data quality; exit code 1 when an alert needs somebody now',
    )
    .option('--url <address>', 'where the server answers', `http://${HOST}:8080`)
    .option('--json', 'as JSON')
    .option('--watch', 'again every few seconds, on a terminal')
    .option('--rules', 'the alert rules as a file for Prometheus, and nothing else')
    .action((flags: MonitorFlags) => dispatch((shell) => monitor(flags, shell)));
};

const EVERY_MS = 5_000;
const PATIENCE_MS = 10_000;
const CLEAR = '\u001b[2J\u001b[H';

const monitor = async (flags: MonitorFlags, shell: Shell): Promise<number> => {
  if (flags.rules === true) {
    const [{ prometheusRules }, { ALERT_RULES }] = await Promise.all([
      import('../../monitoring/alerts/prometheus-rules.ts'),
      import('../../monitoring/alerts/rules.ts'),
    ]);
    shell.out(prometheusRules(ALERT_RULES).trimEnd());
    return 0;
  }
  const address = addressOf(flags.url);
  const isWatching = flags.watch === true && process.stdout.isTTY === true;
  for (;;) {
    const code = await show(address, { ...flags, isWatching }, shell);
    if (!isWatching) return code;
    await sleep(EVERY_MS);
  }
};

const addressOf = (url: string): URL => {
  if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) return new URL('/v1/status', url);
  throw callerError('cli.bad-value', `--url: got '${url}', expected an address such as http://${HOST}:8080`);
};

const show = async (
  address: URL,
  { json, isWatching }: Pick<MonitorFlags, 'json'> & { readonly isWatching: boolean },
  shell: Shell,
): Promise<number> => {
  const [{ statusText }, { isPageWorthy }] = await Promise.all([
    import('../status-text.ts'),
    import('../../monitoring/alerts/alert-watch.ts'),
  ]);
  let text: string;
  try {
    text = await statusOf(address);
  } catch (thrown) {
    shell.out(
      `PAGE server-away: ${address.href} does not answer (${messageOf(thrown)}).\n  Start it (npm start), and find in its last log lines why it ended.`,
    );
    return 1;
  }
  const status = JSON.parse(text, (_, value: unknown) => (value === null ? Number.NaN : value)) as Status;
  shell.out(`${isWatching ? CLEAR : ''}${json === true ? text : statusText(status)}`);
  return status.alerts.some(isPageWorthy) ? 1 : 0;
};

const statusOf = async (address: URL): Promise<string> => {
  const response = await fetch(address, { signal: AbortSignal.timeout(PATIENCE_MS) });
  const text = await response.text();
  if (response.ok) return text;
  throw callerError('status-refused', `status ${response.status}: ${text.slice(0, 200)}`);
};
