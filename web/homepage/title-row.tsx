import { useRef, useState } from 'preact/hooks';
import type { Changes } from './changes.ts';
import type { Impressions } from './events.ts';
import type { Page, Row, Title } from './served-page.ts';
import { TitleCard } from './title-card.tsx';

export interface RowProps {
  readonly row: Row;
  readonly at: number;
  readonly page: Page;
  readonly changes: Changes | undefined;
  readonly impressions: Impressions;
  readonly onOpen: (title: Title) => void;
}

/** Says how a row came to stand where it does. */
const rowNews = (changes: Changes | undefined, heading: string): string | undefined => {
  if (changes === undefined) return undefined;
  if (changes.newRows.includes(heading)) return 'new row';
  const rows = changes.movedRows.get(heading);
  if (rows === undefined) return undefined;
  return rows > 0 ? `up ${rows}` : `down ${-rows}`;
};

/** A row that scrolls by touch, by its buttons, and by the arrow keys, which go from card to card. */
export const TitleRow = ({ row, at, page, changes, impressions, onOpen }: RowProps) => {
  const shelf = useRef<HTMLUListElement>(null);
  const [stop, setStop] = useState(0);
  const headingId = `row-${at}`;
  const scroll = (direction: number): void => {
    const { current } = shelf;
    current?.scrollBy({ left: direction * 0.8 * current.clientWidth });
  };
  const step = (event: KeyboardEvent): void => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const cards = shelf.current?.querySelectorAll<HTMLButtonElement>('.card > button');
    const next = by === undefined ? undefined : cards?.[stop + by];
    if (next === undefined) return;
    event.preventDefault();
    next.focus();
  };
  const news = rowNews(changes, row.heading);
  return (
    <section class="row" aria-labelledby={headingId} data-template={row.template}>
      <div class="row-head">
        <h2 id={headingId}>{row.heading}</h2>
        {news !== undefined && <span class="badge">{news}</span>}
        <span class="row-turn">
          <button type="button" aria-label={`Back in ${row.heading}`} onClick={() => scroll(-1)}>
            ‹
          </button>
          <button type="button" aria-label={`Further in ${row.heading}`} onClick={() => scroll(1)}>
            ›
          </button>
        </span>
      </div>
      <ul class="shelf" ref={shelf} onKeyDown={step}>
        {row.titles.map((title, position) => (
          <TitleCard
            key={title.id}
            {...{ title, page, row: at, position, changes, impressions }}
            isStop={position === stop}
            onFocus={() => setStop(position)}
            onOpen={() => onOpen(title)}
          />
        ))}
      </ul>
    </section>
  );
};
