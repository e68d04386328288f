import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

export interface ModalProps {
  readonly label: string;
  readonly kind?: string;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}

/** What lies over the page until it is closed: by its button, by Escape, or by a click beside it. */
export const Modal = ({ label, kind = '', onClose, children }: ModalProps) => {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const { current } = dialog;
    current?.showModal();
    return () => current?.close();
  }, []);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes a dialog that is shown as a modal one
    <dialog
      ref={dialog}
      class={`modal ${kind}`}
      aria-label={label}
      onClose={onClose}
      onClick={({ target }) => {
        if (target === dialog.current) onClose();
      }}
    >
      <div class="modal-body">
        <button type="button" class="modal-close" aria-label="Close" onClick={onClose}>
          ✕
        </button>
        {children}
      </div>
    </dialog>
  );
};
