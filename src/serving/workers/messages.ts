/** What workers and their parent tell each other of the port that they share. What is sent to a worker keeps its order. */
import type { AddressInfo } from 'node:net';

export interface Place {
  readonly host: string;
  /** 0 takes any free one. */
  readonly port: number;
}

export type ToParent =
  /** Ready for connections. */
  | { readonly type: 'marquee:listen'; readonly place: Place }
  /** Has the one that it was handed, and is free for the next. */
  | { readonly type: 'marquee:taken' }
  /** Wants no more of them. */
  | { readonly type: 'marquee:leave' };

export type ToWorker =
  | { readonly type: 'marquee:listening'; readonly address: AddressInfo }
  | { readonly type: 'marquee:refused'; readonly message: string; readonly code: string | undefined }
  /** With a socket, unless its client is gone already. */
  | { readonly type: 'marquee:connection' }
  /** No connection comes after this. */
  | { readonly type: 'marquee:left' }
  /** Answer what is under way and end. A signal would not do: a terminal sends its own to each. */
  | { readonly type: 'marquee:drain' };

/** Whether it is one of ours: node and others send theirs over the same channel. */
export const isMessage = <M extends ToParent | ToWorker>(message: unknown): message is M =>
  typeof message === 'object' &&
  message !== null &&
  'type' in message &&
  typeof message.type === 'string' &&
  message.type.startsWith('marquee:');
