import { useEffect, useRef, useState } from 'preact/hooks';
import type { LabAnswer, LabEntry } from '../../src/serving/routes/lab-routes.ts';
import { askJson, messageOf } from '../requests.ts';
import { Numbers } from './numbers.tsx';

/** How long a drawing of an experiment stands before the next is asked for. */
const NEXT_MS = 700;
const WIDTHS = { least: 280, most: 1_100 };

type State =
  | { readonly kind: 'not-asked' }
  | { readonly kind: 'waiting' }
  | { readonly kind: 'problem'; readonly message: string }
  | { readonly kind: 'answered'; readonly answer: LabAnswer };

/** One chart: what is measured is asked for as it comes into view, an experiment when it is run. */
export const ChartCard = ({ id, title, about, source }: LabEntry) => {
  const [state, setState] = useState<State>({ kind: 'not-asked' });
  const card = useRef<HTMLElement>(null);
  const next = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const isExperiment = source === 'experiment';

  const show = async (): Promise<void> => {
    clearTimeout(next.current);
    setState((before) => (before.kind === 'answered' ? before : { kind: 'waiting' }));
    const room = Math.floor(card.current?.clientWidth ?? 0) - 2 * INSET;
    const width = Math.min(WIDTHS.most, Math.max(WIDTHS.least, room));
    try {
      const answer = await askJson<LabAnswer>(`/v1/lab/charts/${id}?width=${width}`);
      setState({ kind: 'answered', answer });
      if (!answer.isFinal) next.current = setTimeout(() => void show(), NEXT_MS);
    } catch (thrown) {
      setState({ kind: 'problem', message: messageOf(thrown) });
    }
  };
  useEffect(() => () => clearTimeout(next.current), []);
  useEffect(() => {
    if (isExperiment || card.current === null) return;
    const watcher = new IntersectionObserver(
      (seen) => {
        if (!seen.some(({ isIntersecting }) => isIntersecting)) return;
        watcher.disconnect();
        void show();
      },
      { rootMargin: '200px' },
    );
    watcher.observe(card.current);
    return () => watcher.disconnect();
  }, []);

  const chart = state.kind === 'answered' ? state.answer.chart : undefined;
  const isRunning = state.kind === 'waiting' || (state.kind === 'answered' && !state.answer.isFinal);
  return (
    <article class="chart-card" id={id} ref={card} aria-labelledby={`${id}-name`} aria-busy={isRunning}>
      <h3 id={`${id}-name`}>{chart?.title ?? title}</h3>
      <p class={chart === undefined ? 'muted' : ''}>{chart?.sentence ?? about}</p>
      <div class="actions">
        {(isExperiment
          ? state.kind === 'not-asked' || state.kind === 'problem'
          : state.kind !== 'waiting') && (
          <button type="button" onClick={() => void show()}>
            {isExperiment ? '▶ Run' : '↻ Look again'}
            <span class="unseen"> {title}</span>
          </button>
        )}
        <span role="status">{isRunning ? (isExperiment ? 'Running…' : 'Drawing…') : ''}</span>
      </div>
      {state.kind === 'problem' && <p role="alert">{state.message}</p>}
      {state.kind === 'answered' && state.answer.absent !== undefined && (
        <p>Nothing yet: {state.answer.absent}.</p>
      )}
      {chart !== undefined && (
        <>
          <div class="drawing" dangerouslySetInnerHTML={{ __html: chart.svg }} />
          <Numbers {...chart} />
          <p class="actions">
            <a href={`/v1/lab/charts/${id}/svg`} download={`${id}.svg`}>
              SVG<span class="unseen"> of {title}</span>
            </a>
            <a href={`/v1/lab/charts/${id}/csv`} download={`${id}.csv`}>
              CSV<span class="unseen"> of {title}</span>
            </a>
          </p>
        </>
      )}
    </article>
  );
};

/** What the card keeps free on each side: see `lab.css`. */
const INSET = 16;
