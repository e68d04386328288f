import { useState } from 'preact/hooks';
import type { LabChart } from '../../src/serving/routes/lab-routes.ts';

const DIGITS = 6;

/** The numbers of a chart, one click away; made when they are asked for. */
export const Numbers = ({ title, columns, rows }: Pick<LabChart, 'title' | 'columns' | 'rows'>) => {
  const [isOpen, setOpen] = useState(false);
  return (
    <details onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>
        Numbers ({rows.length} rows)<span class="unseen"> of {title}</span>
      </summary>
      {isOpen && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a keyboard must be able to scroll it
        <section class="scrolls" tabIndex={0} aria-label={`Numbers of ${title}`}>
          <table>
            <thead>
              <tr>
                {columns.map((column) => (
                  <th key={column} scope="col">
                    {column}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.map((row, r) => (
                <tr key={r}>
                  {row.map((cell, c) => (
                    <td key={columns[c]} class={typeof cell === 'number' ? 'number' : ''}>
                      {typeof cell === 'number' ? Number(cell.toPrecision(DIGITS)) : cell}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
    </details>
  );
};
