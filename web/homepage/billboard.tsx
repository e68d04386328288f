import type { Page, Title } from './served-page.ts';
import { plainPictureOf } from './served-page.ts';

export interface BillboardProps {
  readonly page: Page;
  readonly title: Title;
  readonly onPlay: () => void;
  readonly onWhy: () => void;
}

/** What stands first on the page, large. */
export const Billboard = ({ page, title, onPlay, onWhy }: BillboardProps) => (
  <section class="billboard" aria-labelledby="billboard-name">
    <img
      src={plainPictureOf(title, page.modelVersion)}
      alt=""
      width="640"
      height="360"
      fetchpriority="high"
    />
    <div class="billboard-text">
      <p class="eyebrow">{title.reason.text}</p>
      <h1 id="billboard-name">{title.name}</h1>
      <p>
        First of {page.rows.reduce((sum, { titles }) => sum + titles.length, 0)} titles, proposed by{' '}
        {title.reason.source}.
      </p>
      <p class="actions">
        <button type="button" class="primary" onClick={onPlay}>
          ▶ Play
        </button>
        <button type="button" onClick={onWhy}>
          Why this?
        </button>
      </p>
    </div>
  </section>
);
