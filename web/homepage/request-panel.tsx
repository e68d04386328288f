/** The last request, seen: when each stage began, how long it took, and whether that was within its budget. */
import { useEffect, useState } from 'preact/hooks';
import type { Static } from 'typebox';
import type { faultsSchema } from '../../src/serving/routes/fault-routes.ts';
import { askJson, messageOf, send } from '../requests.ts';
import { type Served, type StageTime, WHOLE } from './served-page.ts';

type Switches = Static<typeof faultsSchema>['stages'];
type Kind = Switches[number]['kind'];

export interface PanelProps {
  readonly served: Served;
  /** Of the requests so far, the latest last: whether something fell back. */
  readonly past: readonly { readonly ms: number; readonly isDegraded: boolean }[];
  readonly isOpen: boolean;
  readonly onToggle: () => void;
  readonly onAgain: () => void;
  readonly onCompare: () => void;
}

const WORDS: Readonly<Record<string, string>> = {
  late: 'late: its fallback was served',
  dependency: 'failed: its fallback was served',
  bug: 'a bug: its fallback was served',
  shed: 'more was asked than could be done: its fallback was served',
};

const SLOW_MS = 300;

export const RequestPanel = (props: PanelProps) => {
  const { served, past, isOpen, onToggle, onAgain, onCompare } = props;
  const [switches, setSwitches] = useState<Switches>();
  const [failure, setFailure] = useState('');
  useEffect(() => {
    // A server that lets nobody break it has no switches.
    askJson<{ stages: Switches }>('/v1/faults').then(
      ({ stages }) => setSwitches(stages),
      () => setSwitches(undefined),
    );
  }, []);
  const turn = async (stage: string, kind: Kind): Promise<void> => {
    try {
      const body = kind === 'slow' ? { kind, delayMs: SLOW_MS } : { kind };
      setSwitches((await send<{ stages: Switches }>(`/v1/faults/${stage}`, 'PUT', body)).stages);
      onAgain();
    } catch (thrown) {
      setFailure(messageOf(thrown));
    }
  };
  const { stages, page, roundTripMs } = served;
  const whole = stages.find(({ stage }) => stage === WHOLE);
  const broken = page.degraded.filter(({ stage }) => stage !== WHOLE);
  const ordered = [...stages].sort((a, b) => a.startMs - b.startMs || b.durationMs - a.durationMs);
  const untold = (switches ?? []).filter(({ stage }) => !stages.some((each) => each.stage === stage));
  const scaleMs = Math.max(whole?.durationMs ?? 0, 1);
  return (
    <aside class="request" aria-label="The last request" data-open={isOpen}>
      <div class="request-bar">
        <button type="button" aria-expanded={isOpen} onClick={onToggle}>
          <span class={`light ${page.degraded.length === 0 ? 'fine' : 'bad'}`} />
          {whole === undefined ? 'not measured' : `${whole.durationMs.toFixed(1)} ms of ${whole.budgetMs}`}
        </button>
        <span class="request-words" role="status">
          {page.degraded.length === 0
            ? 'Every stage answered for itself.'
            : `Degraded: ${page.degraded.map(({ stage, reason }) => `${stage} ${reason}`).join(', ')}.`}
        </span>
        <span class="past" aria-hidden="true">
          {past.map(({ ms, isDegraded }, i) => (
            <span
              key={i}
              class={isDegraded ? 'bad' : 'fine'}
              style={{ height: `${Math.min(100, Math.max(12, ms))}%` }}
            />
          ))}
        </span>
        <button type="button" onClick={onAgain}>
          Ask again
        </button>
        <button type="button" onClick={onCompare}>
          Swap a part
        </button>
      </div>
      {isOpen && (
        <div class="waterfall">
          <table>
            <caption>
              {page.origin} page, {roundTripMs.toFixed(0)} ms until this browser had it
              {broken.length > 0 && `; ${broken.length} of its stages fell back`}
            </caption>
            <thead>
              <tr>
                <th scope="col">Stage</th>
                <th scope="col">When, of {scaleMs.toFixed(1)} ms</th>
                <th scope="col">Took, of its budget</th>
                {switches !== undefined && <th scope="col">Make it</th>}
              </tr>
            </thead>
            <tbody>
              {ordered.map((time) => (
                <StageRow key={time.stage} name={time.stage} {...{ time, scaleMs, switches, turn }} />
              ))}
              {untold.map(({ stage }) => (
                <StageRow key={stage} name={stage} {...{ scaleMs, switches, turn }} />
              ))}
            </tbody>
          </table>
          {failure !== '' && <p role="alert">{failure}</p>}
          <p class="muted">
            {switches === undefined
              ? 'This server lets nobody break its stages.'
              : `Make a stage slow by ${SLOW_MS} ms or fail: the page degrades to that stage's fallback, and recovers when it works again.`}
          </p>
        </div>
      )}
    </aside>
  );
};

interface StageRowProps {
  readonly name: string;
  /** Absent where the request was answered without the stage, or before it ended. */
  readonly time?: StageTime;
  readonly scaleMs: number;
  readonly switches: Switches | undefined;
  readonly turn: (stage: string, kind: Kind) => Promise<void>;
}

const StageRow = ({ name, time, scaleMs, switches, turn }: StageRowProps) => {
  const own = switches?.find((each) => each.stage === name);
  const isLate = time !== undefined && time.durationMs > time.budgetMs;
  return (
    <tr class={time?.degraded !== undefined ? 'bad' : isLate ? 'late' : ''} data-stage={name}>
      <th scope="row" class={name.includes('.') ? 'part' : ''}>
        {name.split('.').at(-1)}
      </th>
      <td>
        {time === undefined ? <span class="muted">not waited for</span> : <Lane {...{ time, scaleMs }} />}
      </td>
      <td class="number">
        {time !== undefined && (
          <>
            <b>{time.durationMs.toFixed(1)}</b> of {time.budgetMs} ms
          </>
        )}
      </td>
      {switches !== undefined && (
        <td>
          {own !== undefined && (
            <select
              aria-label={`Make ${name}`}
              value={own.kind}
              onChange={({ currentTarget }) => void turn(name, currentTarget.value as Kind)}
            >
              <option value="none">work</option>
              <option value="slow">slow</option>
              <option value="fail">fail</option>
            </select>
          )}
        </td>
      )}
    </tr>
  );
};

/** When a stage worked, within the whole request, and the time that it had. */
const Lane = ({ time, scaleMs }: { readonly time: StageTime; readonly scaleMs: number }) => {
  const { startMs, durationMs, budgetMs, degraded } = time;
  const share = (ms: number): string => `${Math.min(100, (100 * ms) / scaleMs)}%`;
  return (
    <>
      <span class="lane">
        <span
          class="lane-budget"
          style={{ left: share(startMs), width: share(Math.min(budgetMs, scaleMs - startMs)) }}
        />
        <span class="lane-took" style={{ left: share(startMs), width: share(durationMs) }} />
      </span>
      {degraded !== undefined && <span class="fell-back">{WORDS[degraded] ?? degraded}</span>}
    </>
  );
};
