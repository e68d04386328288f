import { useEffect, useRef, useState } from 'preact/hooks';
import { Modal } from '../modal.tsx';
import { plainPictureOf, type Title } from './served-page.ts';

export interface PlayerProps {
  readonly title: Pick<Title, 'id' | 'name' | 'artwork'>;
  readonly modelVersion: string;
  /** From 0 to 1. */
  readonly from: number;
  /** Hears of the viewing as a device would tell it; `stop` and `finish` are its end. */
  readonly onEvent: (type: ViewingEvent, watchedFraction: number) => void;
}

export type ViewingEvent = 'play' | 'pause' | 'stop' | 'finish';

/** A whole title takes as long here. */
const WHOLE_MS = 15_000;

const TICK_MS = 100;

/** Plays a title many times faster than it is, until it ends or is closed. */
export const Player = ({ title, modelVersion, from, onEvent }: PlayerProps) => {
  const [watched, setWatched] = useState(from);
  const [isPlaying, setPlaying] = useState(true);
  const ended = useRef(false);
  const end = (fraction: number): void => {
    if (ended.current) return;
    ended.current = true;
    onEvent(fraction < 1 ? 'stop' : 'finish', fraction);
  };
  const turn = (): void => {
    onEvent(isPlaying ? 'pause' : 'play', watched);
    setPlaying(!isPlaying);
  };
  useEffect(() => onEvent('play', from), []);
  useEffect(() => {
    if (!isPlaying) return;
    const timer = setInterval(() => setWatched((known) => Math.min(1, known + TICK_MS / WHOLE_MS)), TICK_MS);
    return () => clearInterval(timer);
  }, [isPlaying]);
  useEffect(() => {
    if (watched >= 1) end(1);
  }, [watched]);
  const text = `${Math.round(100 * watched)} % watched`;
  return (
    <Modal label={`Playing ${title.name}`} kind="player" onClose={() => end(watched)}>
      <img
        class={`wide ${isPlaying ? 'playing' : ''}`}
        src={plainPictureOf(title, modelVersion)}
        alt=""
        width="640"
        height="360"
      />
      <div class="padded">
        <h2>{title.name}</h2>
        <input
          type="range"
          min={0}
          max={100}
          step={1}
          value={Math.round(100 * watched)}
          aria-label="How far it has played"
          aria-valuetext={text}
          onInput={({ currentTarget }) => setWatched(Number(currentTarget.value) / 100)}
        />
        <p class="actions">
          <button type="button" class="primary" onClick={turn}>
            {isPlaying ? '❚❚ Pause' : '▶ Play'}
          </button>
          <button type="button" onClick={() => end(watched)}>
            ■ Stop
          </button>
          <button type="button" onClick={() => end(1)}>
            Watch to the end
          </button>
          <span class="muted">{text}, at several hundred times the speed</span>
        </p>
      </div>
    </Modal>
  );
};
