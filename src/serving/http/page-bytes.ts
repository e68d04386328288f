/**
 * A homepage as the bytes of its JSON. Its rows are written once and kept with the page, so what is served again (a
 * member's last page, the popular one) is ready-made.
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
  const written = new WeakMap<object, Buffer>();

  const titleText = (title: number): string =>
    `{"id":${JSON.stringify(titles.ids[title])},"name":${JSON.stringify(titles.names[title])},"score":`;
  const artworkText = (
    { artworks: rows, propensities, selected }: DressedRow['choice'],
    i: number,
  ): string => {
    const row = rows[i];
    if (row === NO_ARTWORK) return 'null';
    const source = selected[i] === 1 ? 'selected' : 'default';
    return `{"id":${JSON.stringify(artworks?.ids[row])},"propensity":${propensities[i]},"source":"${source}"}`;
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
    const { key = page } = page;
    let bytes = written.get(key);
    if (bytes === undefined) {
      bytes = Buffer.from(`[${page.rows.map(rowText).join()}]}`);
      written.set(key, bytes);
    }
    return bytes;
  };
  return (who, { value: page, degraded }) => {
    const head = JSON.stringify({ ...envelope(who, degraded), origin: page.origin });
    return Buffer.concat([Buffer.from(`${head.slice(0, -1)},"rows":`), rowsBytes(page)]);
  };
};
