/**
 * A homepage as the bytes of its JSON. Its rows are written once and kept with the page, so what is served again (a
 * member's last page, the popular one) is ready-made; what never changes of a title is written once for all pages.
 */
import type { Catalogue } from '../../domain/tables.ts';
import type { Dressed, DressedRow, Served } from '../pipelines/journey.ts';
import { NO_ARTWORK } from '../pipelines/parts.ts';
import { type Answered, envelope } from './page-json.ts';
import { reasonJson } from './reason-json.ts';

/** What `homepageSchema` says, as JSON. */
export type PageBytes = (who: Answered, served: Served<Dressed>) => Buffer;

export const pageBytes = (catalogue: Catalogue): PageBytes => {
  const { titles, artworks } = catalogue;
  const titleTexts: string[] = [];
  const artworkTexts: string[] = [];
  const written = new WeakMap<Dressed, Buffer>();

  const titleText = (title: number): string => {
    titleTexts[title] ??=
      `{"id":${JSON.stringify(titles.ids[title])},"name":${JSON.stringify(titles.names[title])},"score":`;
    return titleTexts[title];
  };
  const artworkText = (
    { artworks: rows, propensities, selected }: DressedRow['choice'],
    i: number,
  ): string => {
    const row = rows[i];
    if (row === NO_ARTWORK) return 'null';
    artworkTexts[row] ??= `{"id":${JSON.stringify(artworks?.ids[row])},"propensity":`;
    return `${artworkTexts[row]}${propensities[i]},"source":"${selected[i] === 1 ? 'selected' : 'default'}"}`;
  };
  const rowText = ({ template, heading, titles, scores, reasons, origins, choice }: DressedRow): string => {
    let text = `{"template":${JSON.stringify(template)},"heading":${JSON.stringify(heading)},"titles":[`;
    for (let i = 0; i < titles.length; i++) {
      const reason = JSON.stringify(reasonJson(reasons[i], origins[i], catalogue));
      text += `${i === 0 ? '' : ','}${titleText(titles[i])}${scores[i]},"reason":${reason},"artwork":${artworkText(choice, i)}}`;
    }
    return `${text}]}`;
  };
  const rowsBytes = (page: Dressed): Buffer => {
    let bytes = written.get(page);
    if (bytes === undefined) {
      bytes = Buffer.from(`[${page.rows.map(rowText).join()}]}`);
      written.set(page, bytes);
    }
    return bytes;
  };
  return (who, { value: page, degraded }) => {
    const head = JSON.stringify({ ...envelope(who, degraded), origin: page.origin });
    return Buffer.concat([Buffer.from(`${head.slice(0, -1)},"rows":`), rowsBytes(page)]);
  };
};
