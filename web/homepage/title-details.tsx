import { useEffect, useState } from 'preact/hooks';
import type { Static } from 'typebox';
import type { titleDetailSchema } from '../../src/serving/routes/browse-routes.ts';
import { Modal } from '../modal.tsx';
import { askJson, messageOf } from '../requests.ts';
import { tell } from './events.ts';
import { plainPictureOf, type Title } from './served-page.ts';
import { WhyThis } from './why-this.tsx';

type Detail = Static<typeof titleDetailSchema>;

export interface DetailsProps {
  readonly title: Pick<Title, 'id' | 'name' | 'artwork'>;
  readonly member: string;
  readonly modelVersion: string;
  /** The page that it was found on; draws of the explanation follow from it. */
  readonly requestId: string;
  /** Whether why it stands there is to be seen at once. */
  readonly why: boolean;
  readonly onPlay: () => void;
  readonly onClose: () => void;
}

export const TitleDetails = (props: DetailsProps) => {
  const { title, member, modelVersion, requestId, onPlay, onClose } = props;
  const [detail, setDetail] = useState<Detail>();
  const [why, setWhy] = useState(props.why);
  const [said, setSaid] = useState('');
  useEffect(() => {
    askJson<Detail>(`/v1/titles/${title.id}`).then(setDetail, (thrown: unknown) =>
      setSaid(messageOf(thrown)),
    );
  }, [title.id]);
  const judge = (value: 'up' | 'down'): void => {
    tell({ type: 'thumbs', member, title: title.id, requestId, value }).then(
      () => setSaid(value === 'up' ? 'Noted: you like it.' : 'Noted: not for you.'),
      (thrown: unknown) => setSaid(messageOf(thrown)),
    );
  };
  const shown = detail?.artworks.find(({ id }) => id === title.artwork?.id);
  return (
    <Modal label={title.name} kind="details" onClose={onClose}>
      <img class="wide" src={plainPictureOf(title, modelVersion)} alt="" width="640" height="360" />
      <div class="padded">
        <h2>{title.name}</h2>
        <p class="facts">
          {detail !== undefined &&
            [
              detail.kind,
              detail.genres.join(', '),
              detail.runtimeMinutes === null ? undefined : `${Math.round(detail.runtimeMinutes)} min`,
              detail.language,
              `released ${detail.releasedOn}`,
            ]
              .filter((fact) => fact !== undefined)
              .join(' · ')}
        </p>
        {shown !== undefined && (
          <p class="muted">
            The artwork shows {shown.genre}
            {shown.mood.length > 0 && <> and is {shown.mood.join(' and ')}</>}: 1 of {detail?.artworks.length}
            .
          </p>
        )}
        <p class="actions">
          <button type="button" class="primary" onClick={onPlay}>
            ▶ Play
          </button>
          <button type="button" aria-label="Thumbs up" onClick={() => judge('up')}>
            <Thumb />
          </button>
          <button type="button" aria-label="Thumbs down" onClick={() => judge('down')}>
            <Thumb isDown />
          </button>
          <button type="button" aria-expanded={why} onClick={() => setWhy(!why)}>
            Why this?
          </button>
        </p>
        <p role="status" class="muted">
          {said}
        </p>
        {why && <WhyThis {...{ member, requestId, titleId: title.id, modelVersion }} />}
      </div>
    </Modal>
  );
};

const Thumb = ({ isDown = false }: { readonly isDown?: boolean }) => (
  <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
    <path
      transform={isDown ? 'rotate(180 12 12)' : undefined}
      d="M2 10h4v11H2zM8 10.5 12.5 2c1.9 0 2.9 1.3 2.5 3.2L14.2 9H20c1.5 0 2.4 1.3 2 2.7l-2 7.2c-.3 1.2-1.3 2.1-2.6 2.1H8z"
    />
  </svg>
);
