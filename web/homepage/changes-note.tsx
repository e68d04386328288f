import { type Changes, isUnchanged } from './changes.ts';

export interface NoteProps {
  /** What happened before the page was made anew. */
  readonly after: string;
  readonly changes: Changes;
  readonly onClose: () => void;
}

const listed = (names: readonly string[]): string => {
  const few = names.slice(0, 3).map((name) => `“${name}”`);
  return names.length > few.length
    ? `${few.join(', ')} and ${names.length - few.length} more`
    : few.join(', ');
};

/** What changed on the page, and after what. */
export const ChangesNote = ({ after, changes, onClose }: NoteProps) => {
  const { arrived, moved, left, newRows, goneRows, movedRows } = changes;
  const facts = [
    newRows.length > 0 && `new rows: ${listed(newRows)}`,
    goneRows.length > 0 && `rows gone: ${listed(goneRows)}`,
    movedRows.size > 0 && `${movedRows.size} rows stand elsewhere`,
    arrived.size > 0 && `${arrived.size} titles are new here`,
    moved.size > 0 && `${moved.size} moved to another row`,
    left.length > 0 && `gone: ${listed(left)}`,
  ].filter((fact) => fact !== false);
  return (
    <div class="note" role="status">
      <p>
        <b>{after}</b> {isUnchanged(changes) ? 'The page is as it was.' : `${facts.join('; ')}.`}
      </p>
      <button type="button" aria-label="Dismiss what changed" onClick={onClose}>
        ✕
      </button>
    </div>
  );
};
