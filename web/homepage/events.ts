/** What the member does, told to the server: at once what changes the next page, in batches what was only seen. */
import { send } from '../requests.ts';

interface Receipt {
  readonly results: readonly { readonly outcome: string }[];
}

/** An id that no other has. */
export const newId = (): string => {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
};

let last: Promise<unknown> = Promise.resolve();

/** Resolves once the server has the event on its disk, after those told before. @throws Refused, TypeError */
export const tell = (event: Readonly<Record<string, unknown>>): Promise<Receipt> => {
  const told = last.then(() => send<Receipt>('/v1/events', 'POST', { eventId: newId(), ...event }));
  last = told.catch(() => undefined); // whoever asked hears of it
  return told;
};

const BATCH_MS = 1_000;

export interface Impressions {
  /** Tells once of what is seen of it. */
  watch(element: Element, event: Readonly<Record<string, unknown>>): void;
  /** Sends what was not sent yet, and looks no longer. */
  end(): void;
}

/** Reports what has been half in view, each element once. What cannot be sent is lost: nobody would want to wait for it. */
export const watchImpressions = (): Impressions => {
  const events = new Map<Element, Readonly<Record<string, unknown>>>();
  let seen: Readonly<Record<string, unknown>>[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  const flush = (): void => {
    timer = undefined;
    const batch = seen.map((event) => ({ eventId: newId(), type: 'impression', ...event }));
    seen = [];
    if (batch.length > 0) send('/v1/events', 'POST', batch).catch(() => undefined);
  };
  const observer = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) {
        const event = events.get(target);
        if (!isIntersecting || event === undefined) continue;
        observer.unobserve(target);
        events.delete(target);
        seen.push(event);
        timer ??= setTimeout(flush, BATCH_MS);
      }
    },
    { threshold: 0.5 },
  );
  return {
    watch(element, event) {
      events.set(element, event);
      observer.observe(element);
    },
    end() {
      observer.disconnect();
      clearTimeout(timer);
      flush();
    },
  };
};
