import { useEffect, useRef } from 'preact/hooks';
import type { Changes } from './changes.ts';
import type { Impressions } from './events.ts';
import { type Page, pictureOf, type Title } from './served-page.ts';

export interface CardProps {
  readonly title: Title;
  readonly page: Page;
  readonly row: number;
  readonly position: number;
  readonly changes: Changes | undefined;
  readonly impressions: Impressions;
  /** Whether the tab key stops here: one card of each row. */
  readonly isStop: boolean;
  readonly onFocus: () => void;
  readonly onOpen: () => void;
}

export const TitleCard = (props: CardProps) => {
  const { title, page, row, position, changes, impressions, isStop, onFocus, onOpen } = props;
  const card = useRef<HTMLButtonElement>(null);
  const { requestId, member, modelVersion } = page;
  useEffect(() => {
    if (card.current === null) return;
    const artwork = title.artwork === null ? {} : { artwork: title.artwork.id };
    impressions.watch(card.current, { member, requestId, title: title.id, row, position, ...artwork });
  }, [requestId]);
  const moved = changes?.moved.get(title.id);
  const { watchedFraction } = title.reason;
  return (
    <li class="card">
      <button
        ref={card}
        type="button"
        tabIndex={isStop ? 0 : -1}
        aria-label={`${title.name}: ${title.reason.text}`}
        onFocus={onFocus}
        onClick={onOpen}
      >
        <img
          src={pictureOf(title, modelVersion)}
          alt=""
          loading="lazy"
          decoding="async"
          width="320"
          height="180"
        />
        {changes?.arrived.has(title.id) === true && <span class="badge">new here</span>}
        {moved !== undefined && <span class="badge quiet">from {moved.from}</span>}
        <span class="about" aria-hidden="true">
          <b>{title.reason.text}</b>
          <span>
            by {title.reason.source} · score {title.score.toFixed(2)}
          </span>
        </span>
        {watchedFraction !== undefined && <progress value={watchedFraction} max={1} aria-hidden="true" />}
      </button>
    </li>
  );
};
