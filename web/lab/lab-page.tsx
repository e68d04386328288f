import { useEffect, useState } from 'preact/hooks';
import type { LabEntry } from '../../src/serving/routes/lab-routes.ts';
import { Masthead } from '../masthead.tsx';
import { askJson, messageOf } from '../requests.ts';
import { ChartCard } from './chart-card.tsx';

const GROUPS: readonly {
  readonly source: LabEntry['source'];
  readonly name: string;
  readonly about: string;
}[] = [
  {
    source: 'demo',
    name: 'Measured by the demo',
    about: 'What the system is worth beside a truth that it never saw.',
  },
  { source: 'server', name: 'This server, now', about: 'Browse the homepage a little, and look again.' },
  {
    source: 'experiment',
    name: 'Run it yourself',
    about: 'Experiments in a world whose truth is known. Each runs on this machine when you start it.',
  },
];

export const LabPage = () => {
  const [entries, setEntries] = useState<readonly LabEntry[]>();
  const [problem, setProblem] = useState('');
  useEffect(() => {
    askJson<{ charts: LabEntry[] }>('/v1/lab/charts').then(
      ({ charts }) => setEntries(charts),
      (thrown: unknown) => setProblem(messageOf(thrown)),
    );
  }, []);
  return (
    <>
      <Masthead />
      <main class="lab">
        <h1>The lab</h1>
        <p class="muted">
          Every chart says what it shows in one sentence, has its numbers one click away, and can be kept as
          SVG or CSV.
        </p>
        {problem !== '' && (
          <p role="alert">
            The lab is not open here: {problem}. It runs beside one server on its own machine:{' '}
            <code>npm start</code>.
          </p>
        )}
        {entries !== undefined &&
          GROUPS.map(({ source, name, about }) => (
            <section key={source} aria-labelledby={`group-${source}`}>
              <h2 id={`group-${source}`}>{name}</h2>
              <p class="muted">{about}</p>
              {entries
                .filter((entry) => entry.source === source)
                .map((entry) => (
                  <ChartCard key={entry.id} {...entry} />
                ))}
            </section>
          ))}
      </main>
    </>
  );
};
