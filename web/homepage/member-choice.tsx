import { useEffect, useState } from 'preact/hooks';
import type { Static } from 'typebox';
import type { tellingSchema } from '../../src/serving/routes/browse-routes.ts';
import { Modal } from '../modal.tsx';

export type Telling = Static<typeof tellingSchema>['members'][number];

export interface ChoiceProps {
  readonly members: readonly Telling[];
  readonly chosen: string;
  readonly onChoose: (member: string) => void;
  readonly onClose: () => void;
}

/** Who to be: somebody who tells something at a glance, or anybody by id. */
export const MemberChoice = ({ members, chosen, onChoose, onClose }: ChoiceProps) => {
  const [id, setId] = useState('');
  useEffect(() => setId(''), [chosen]);
  return (
    <Modal label="Who are you?" kind="choice" onClose={onClose}>
      <div class="padded">
        <h2>Who are you?</h2>
        <ul class="members">
          {members.map((member) => (
            <li key={member.id}>
              <button type="button" aria-pressed={member.id === chosen} onClick={() => onChoose(member.id)}>
                <b>{member.label}</b>
                <span>{member.detail}</span>
                <code>{member.id}</code>
              </button>
            </li>
          ))}
        </ul>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (id !== '') onChoose(id);
          }}
        >
          <label>
            Or any member, by id
            <input
              value={id}
              placeholder="m42"
              pattern="[A-Za-z0-9_.:\-]{1,64}"
              onInput={({ currentTarget }) => setId(currentTarget.value)}
            />
          </label>
          <button type="submit">Be them</button>
        </form>
      </div>
    </Modal>
  );
};
