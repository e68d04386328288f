/** The same member's page as it is served, and as other installed parts would make it. */
import { useEffect, useState } from 'preact/hooks';
import type { ComparisonJson } from '../../src/serving/http/compare-json.ts';
import { Modal } from '../modal.tsx';
import { askJson, messageOf } from '../requests.ts';
import { pictureOf } from './served-page.ts';

type Kind = keyof ComparisonJson['installed'];
type Side = ComparisonJson['served'];

const KINDS: readonly { readonly kind: Kind; readonly name: string }[] = [
  { kind: 'generator', name: 'Sources' },
  { kind: 'ranker', name: 'Ranker' },
  { kind: 'pageBuilder', name: 'Page builder' },
  { kind: 'policy', name: 'Artwork policy' },
];

export interface CompareProps {
  readonly member: string;
  readonly onClose: () => void;
}

export const ComparePages = ({ member, onClose }: CompareProps) => {
  const [swap, setSwap] = useState<Partial<Record<Kind, string>>>();
  const [comparison, setComparison] = useState<ComparisonJson>();
  const [failure, setFailure] = useState('');
  useEffect(() => {
    let isWanted = true;
    const query = new URLSearchParams(swap).toString();
    askJson<ComparisonJson>(`/v1/members/${encodeURIComponent(member)}/compare?${query}`).then(
      (answer) => {
        if (!isWanted) return;
        if (swap === undefined) setSwap(firstSwap(answer));
        else setComparison(answer);
        setFailure('');
      },
      (thrown: unknown) => setFailure(messageOf(thrown)),
    );
    return () => {
      isWanted = false;
    };
  }, [member, swap]);
  return (
    <Modal label="Swap a part" kind="compare" onClose={onClose}>
      <div class="padded">
        <h2>Swap a part</h2>
        <p class="muted">
          The page of <code>{member}</code> as it is served, beside the one that other installed parts make of
          the same request.
        </p>
        {failure !== '' && <p role="alert">{failure}</p>}
        {comparison !== undefined && (
          <>
            <div class="swaps">
              {KINDS.map(({ kind, name }) => (
                <label key={kind}>
                  {name}
                  <select
                    value={swap?.[kind] ?? 'as-served'}
                    onChange={({ currentTarget }) => setSwap({ ...swap, [kind]: currentTarget.value })}
                  >
                    {comparison.installed[kind].map((installed) => (
                      <option key={installed}>{installed}</option>
                    ))}
                  </select>
                </label>
              ))}
            </div>
            <Metrics comparison={comparison} />
            <div class="sides">
              <SideOf name="As served" side={comparison.served} other={comparison.swapped} />
              <SideOf name="Swapped" side={comparison.swapped} other={comparison.served} />
            </div>
          </>
        )}
      </div>
    </Modal>
  );
};

/** Something to see at once: everybody's order in the place of the member's own, or whatever other ranker there is. */
const firstSwap = ({ installed: { ranker } }: ComparisonJson): Partial<Record<Kind, string>> => {
  const name = ranker.find((each) => each === 'popularity-order') ?? ranker.at(1);
  return name === undefined ? {} : { ranker: name };
};

const Metrics = ({ comparison: { served, swapped, overlap } }: { readonly comparison: ComparisonJson }) => {
  const rows: readonly (readonly [string, (side: Side) => string])[] = [
    ['Takes that the serving ranker predicts', ({ metrics }) => metrics.predictedTakes.toFixed(2)],
    ['Variety within the page (1 − mean cosine)', ({ metrics }) => metrics.diversity?.toFixed(3) ?? '–'],
    ['Different genres', ({ metrics }) => String(metrics.genres)],
    ['Titles', ({ metrics }) => String(metrics.titles)],
    ['Time', ({ metrics }) => `${metrics.latencyMs.toFixed(1)} ms`],
    [
      'Fallbacks',
      ({ page }) => page.degraded.map(({ stage, reason }) => `${stage} ${reason}`).join(', ') || 'none',
    ],
  ];
  return (
    <table class="metrics">
      <caption>{Math.round(100 * overlap)} % of the served titles are on both pages.</caption>
      <thead>
        <tr>
          <th scope="col">Measure</th>
          <th scope="col">As served</th>
          <th scope="col">Swapped</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(([name, textOf]) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td class="number">{textOf(served)}</td>
            <td class="number">{textOf(swapped)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
};

const idsOf = ({ page }: Side): Set<string> =>
  new Set(page.rows.flatMap(({ titles }) => titles.map(({ id }) => id)));

const SideOf = ({
  name,
  side,
  other,
}: {
  readonly name: string;
  readonly side: Side;
  readonly other: Side;
}) => {
  const theirs = idsOf(other);
  return (
    <section class="side" aria-label={name}>
      <h3>{name}</h3>
      {side.page.rows.map(({ heading, titles }) => (
        <div key={heading}>
          <h4>{heading}</h4>
          <ul>
            {titles.slice(0, 5).map((title) => (
              <li key={title.id} class={theirs.has(title.id) ? '' : 'only'}>
                <img
                  src={pictureOf(title, side.page.modelVersion)}
                  alt={theirs.has(title.id) ? title.name : `${title.name}, on this page alone`}
                  title={title.name}
                  loading="lazy"
                  width="320"
                  height="180"
                />
              </li>
            ))}
          </ul>
        </div>
      ))}
    </section>
  );
};
