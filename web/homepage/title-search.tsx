import { useEffect, useState } from 'preact/hooks';
import type { Static } from 'typebox';
import type { foundSchema } from '../../src/serving/routes/browse-routes.ts';
import { askJson } from '../requests.ts';

type Found = Static<typeof foundSchema>['titles'][number];

const PAUSE_MS = 150;

/** Titles by name, as one types. */
export const TitleSearch = ({ onOpen }: { readonly onOpen: (title: Found, query: string) => void }) => {
  const [name, setName] = useState('');
  const [found, setFound] = useState<readonly Found[]>();
  useEffect(() => {
    setFound(undefined);
    if (name.trim() === '') return;
    let isWanted = true;
    const look = async (): Promise<void> => {
      const { titles } = await askJson<{ titles: Found[] }>(
        `/v1/titles?name=${encodeURIComponent(name.trim())}`,
      );
      if (isWanted) setFound(titles);
    };
    const timer = setTimeout(() => look().catch(() => setFound([])), PAUSE_MS);
    return () => {
      isWanted = false;
      clearTimeout(timer);
    };
  }, [name]);
  return (
    <search
      class="search"
      onKeyDown={({ key }) => {
        if (key === 'Escape') setName('');
      }}
    >
      <input
        type="search"
        aria-label="Search titles by name"
        placeholder="Search by name"
        maxLength={80}
        value={name}
        onInput={({ currentTarget }) => setName(currentTarget.value)}
      />
      {found !== undefined && (
        <ul class="found" aria-label="Titles found">
          {found.length === 0 && <li class="muted">No title is called that.</li>}
          {found.map((title) => (
            <li key={title.id}>
              <button
                type="button"
                onClick={() => {
                  setName('');
                  onOpen(title, name.trim());
                }}
              >
                <b>{title.name}</b> <span class="muted">{title.genres.join(', ')}</span>
              </button>
            </li>
          ))}
        </ul>
      )}
    </search>
  );
};
