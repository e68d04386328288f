/** What each stage said of a title, from the sources that proposed it to the artwork that was chosen. */
import { useEffect, useState } from 'preact/hooks';
import type { WhyJson } from '../../src/serving/http/why-json.ts';
import { askJson, messageOf } from '../requests.ts';
import { pictureOf } from './served-page.ts';

export interface WhyProps {
  readonly member: string;
  readonly titleId: string;
  readonly requestId: string;
  readonly modelVersion: string;
}

export const WhyThis = ({ member, titleId, requestId, modelVersion }: WhyProps) => {
  const [why, setWhy] = useState<WhyJson>();
  const [failure, setFailure] = useState('');
  useEffect(() => {
    const path = `/v1/members/${encodeURIComponent(member)}/titles/${titleId}/why?requestId=${requestId}`;
    askJson<WhyJson>(path).then(setWhy, (thrown: unknown) => setFailure(messageOf(thrown)));
  }, [member, titleId, requestId]);
  if (failure !== '') return <p role="alert">{failure}</p>;
  if (why === undefined) return <p class="muted">Asking each stage…</p>;
  return (
    <div class="why">
      <Sources why={why} />
      <Ranking why={why} />
      <Place why={why} />
      {why.artworks.length > 0 && <Artworks why={why} modelVersion={modelVersion} />}
      <section>
        <h3>Who answered</h3>
        <p>
          Models of version <code>{why.modelVersion}</code>. {armsText(why)}
        </p>
      </section>
    </div>
  );
};

interface Part {
  readonly why: WhyJson;
}

const armsText = ({ experiments }: WhyJson): string =>
  experiments.length === 0
    ? 'No experiment is in force for this member.'
    : experiments.map(({ experiment, arm }) => `Experiment ${experiment}: arm ${arm}.`).join(' ');

const percent = (share: number): string => {
  const digits = share >= 0.1 || share === 0 ? 0 : share >= 0.01 ? 1 : 2;
  return `${(100 * share).toFixed(digits)} %`;
};

const ordinal = (position: number): string => `no. ${position + 1}`;

/** A share as a bar, with its text beside it. */
const Bar = ({ share, text }: { readonly share: number; readonly text: string }) => (
  <span class="bar">
    <span class="bar-fill" style={{ width: `${100 * Math.max(0, Math.min(1, share))}%` }} />
    <span class="bar-text">{text}</span>
  </span>
);

const Sources = ({ why: { sources, pool } }: Part) => {
  const highest = Math.max(...sources.map(({ found }) => found?.calibrated ?? 0), Number.MIN_VALUE);
  return (
    <section>
      <h3>1. Who proposed it</h3>
      <table>
        <thead>
          <tr>
            <th scope="col">Source</th>
            <th scope="col">Its place there</th>
            <th scope="col">P(played next)</th>
          </tr>
        </thead>
        <tbody>
          {sources.map(({ source, proposed, found }) => (
            <tr key={source} class={pool?.source === source ? 'chosen' : ''}>
              <th scope="row">{source}</th>
              <td>
                {found === undefined
                  ? `not among its ${proposed}`
                  : `${ordinal(found.position)} of ${proposed}, score ${found.score.toPrecision(3)}`}
              </td>
              <td>
                {found !== undefined && (
                  <Bar share={found.calibrated / highest} text={found.calibrated.toPrecision(2)} />
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <p>
        {pool === undefined
          ? 'No source brought it into the pool, so the ranker never saw it.'
          : `It came into the pool by ${pool.source}, as ${ordinal(pool.position)} of ${pool.of}.`}
      </p>
    </section>
  );
};

const Ranking = ({ why: { ranking } }: Part) => {
  if (ranking === undefined) return null;
  const { ranker, score, position, of, heads, features } = ranking;
  return (
    <section>
      <h3>2. How it was ranked</h3>
      <p>
        <b>{ranker}</b> put it at {ordinal(position)} of {of}, score {score.toPrecision(3)}.
      </p>
      {heads.length > 0 && (
        <table>
          <thead>
            <tr>
              <th scope="col">Head</th>
              <th scope="col">Predicted</th>
              <th scope="col">Weight</th>
            </tr>
          </thead>
          <tbody>
            {heads.map(({ head, value, weight }) => (
              <tr key={head} class={weight === 0 ? 'idle' : ''}>
                <th scope="row">{head}</th>
                <td>
                  <Bar share={value} text={value.toFixed(3)} />
                </td>
                <td>{weight ?? 'not said'}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {features.length > 0 && (
        <details>
          <summary>The {features.length} features that it read</summary>
          <dl class="features">
            {features.map(({ feature, value }) => (
              <div key={feature}>
                <dt>{feature}</dt>
                <dd>{Number(value.toPrecision(3))}</dd>
              </div>
            ))}
          </dl>
        </details>
      )}
    </section>
  );
};

const Place = ({ why: { page, ranking } }: Part) => {
  const { builder, place, rows, reranker } = page;
  if (place === undefined) {
    return (
      <section>
        <h3>3. Its place on the page</h3>
        <p>
          It is not on the page: <b>{builder}</b> filled {rows} rows with others.
        </p>
      </section>
    );
  }
  const byRank = ranking === undefined ? undefined : ranking.position - place.before;
  return (
    <section>
      <h3>3. Its place on the page</h3>
      <p>
        <b>{builder}</b> put it into row {place.row + 1} of {rows}, “{place.heading}”, at place{' '}
        {place.position + 1}: {place.reason}.
      </p>
      <p>
        {reranker === undefined
          ? 'No re-ranker is in force: what variety there is comes from the rows.'
          : `Before that, ${reranker} put the best titles in an order of more variety.`}
      </p>
      {ranking !== undefined && byRank !== undefined && (
        <p>
          By rank alone it would be {ordinal(ranking.position)} of the page; it is {ordinal(place.before)}
          {byRank === 0
            ? ', the same.'
            : byRank > 0
              ? `: rows and their variety moved it up by ${byRank}.`
              : `: rows and their variety moved it down by ${-byRank}.`}
        </p>
      )}
    </section>
  );
};

const artworkText = ({ artworkSource, artworks }: WhyJson): string => {
  if (artworkSource !== 'selected')
    return 'Nothing was chosen for this member: the title’s most taken artwork stands in.';
  const { probability = 0 } = artworks.find(({ shown }) => shown) ?? {};
  return probability < 0.5
    ? 'Chosen ahead by the bandit, this time for the sake of learning: one of the others suits this member most, and has all the chance that is left.'
    : 'Chosen ahead by the bandit as what suits this member most; the others keep a small chance, to be learned about.';
};

const Artworks = ({ why, modelVersion }: Part & { readonly modelVersion: string }) => (
  <section>
    <h3>4. Which artwork</h3>
    <p>{artworkText(why)}</p>
    <ul class="options">
      {why.artworks.map(({ id, shown, probability, genre, mood, takes, exposures }) => (
        <li key={id} class={shown ? 'chosen' : ''}>
          <img
            src={pictureOf(
              { id: '', artwork: { id, propensity: probability, source: 'selected' } },
              modelVersion,
            )}
            alt={`${genre}, ${mood.join(' and ') || 'in no particular mood'}`}
            loading="lazy"
            width="320"
            height="180"
          />
          <b>
            {percent(probability)}
            {shown && ' · shown'}
          </b>
          <span class="muted">
            {[genre, ...mood].join(', ')}
            {takes !== undefined && exposures !== undefined && exposures > 0 && (
              <> · taken {percent(takes / exposures)} of the time</>
            )}
          </span>
        </li>
      ))}
    </ul>
  </section>
);
